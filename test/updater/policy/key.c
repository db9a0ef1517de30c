#include "test/unit.h"
#include "updater/policy/key.h"

#include <stdio.h>
#include <string.h>

#define COMMENT "untrusted comment: minisign public key 8FC69A50325F3CD4\n"
#define MINI "RWTUPF8yUJrGjwiDVRg4YrHs5EQoJ/8XsmE9TgXjyGU3XWf2062XeXtF"
#define OTHER "RWR1lr6a2R1f1u+a2mgJyDSrgdVvotXZkAliQzt6UuyX3t1RLxDuEfl4"
#define PEM                                                                                                            \
	"-----BEGIN PUBLIC KEY-----\n"                                                                                 \
	"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMX64IS0bbyvluWYMlSTZBO5TKxaA\n"                                           \
	"OFL0ImvBNxDC/2+MaFLX1ZmD/VwEaq54vAKPunsn0SGtNlA0hU1dUafWsg==\n"                                               \
	"-----END PUBLIC KEY-----\n"
/* Of other curves. */
#define P384                                                                                                           \
	"-----BEGIN PUBLIC KEY-----\n"                                                                                 \
	"MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEQCUuqa6cM3qcnpu03gMqaNs9Kez+ZLqW\n"                                           \
	"teiDTYYrX9NAIPfeJV5vbJQQVqeCSFYAWkBRmzwRfpu8BXom2foTbsttIfx5Cpf/\n"                                           \
	"Y3QhzKfPcTq91T+Rr2GMVpr1hE+eP0AS\n"                                                                           \
	"-----END PUBLIC KEY-----\n"
#define SECP256K1                                                                                                      \
	"-----BEGIN PUBLIC KEY-----\n"                                                                                 \
	"MFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAE/xn4g4xXU0Z23xLhqEggbJwxkV5xTyJS\n"                                           \
	"Py93HY6Ym0cIlN34Iv2PXPLv1iQuDglLE8CsUkD6lGgMkENunLjNyg==\n"                                                   \
	"-----END PUBLIC KEY-----\n"

static void taken(void **state)
{
	static const struct {
		const char *text;
		size_t count;
		unsigned kinds;
	} table[] = {
		{MINI, 1, KEY_MINISIGN},
		{MINI "\n", 1, KEY_MINISIGN},
		{COMMENT MINI "\n", 1, KEY_MINISIGN},
		{"untrusted comment: x\r\n" MINI "\r\n", 1, KEY_MINISIGN},
		{MINI " " OTHER, 2, KEY_MINISIGN},
		{MINI "," OTHER, 2, KEY_MINISIGN},
		{" " MINI ",\n\t" OTHER " , ", 2, KEY_MINISIGN},
		{COMMENT MINI "\n" COMMENT OTHER "\n", 2, KEY_MINISIGN},
		{PEM, 1, KEY_P256},
		{PEM PEM, 2, KEY_P256},
		{PEM COMMENT MINI "\n" PEM, 3, KEY_MINISIGN | KEY_P256},
		{"-----BEGIN PUBLIC KEY----- "
		 "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMX64IS0bbyvluWYMlSTZBO5TKxaAOFL0ImvBNxDC/2+MaFLX1ZmD/"
		 "VwEaq54vAKPunsn0SGtNlA0hU1dUafWsg== -----END PUBLIC KEY-----",
		 1, KEY_P256},
		{MINI " " MINI " " MINI " " MINI " " MINI " " MINI " " MINI " " OTHER, 8, KEY_MINISIGN},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct key_ring ring = {0};
		print_message("%s\n", table[i].text);
		assert_null(key_add(&ring, table[i].text));
		assert_int_equal(ring.count, table[i].count);
		assert_int_equal(key_kinds(&ring), table[i].kinds);
	}
}

static void what_they_are(void **state)
{
	struct key_ring ring = {0};
	char names[KEY_MAX * 32], words[KEY_WORDS];
	(void)state;
	assert_null(key_add(&ring, MINI));
	assert_null(key_add(&ring, PEM));
	assert_string_equal(ring.keys[0].id, "8FC69A50325F3CD4");
	assert_int_equal(ring.keys[0].bytes[0], 0x08);
	assert_int_equal(ring.keys[0].bytes[31], 0x45);
	assert_int_equal(ring.keys[1].bytes[0], 0x04);
	assert_int_equal(ring.keys[1].bytes[64], 0xb2);
	memcpy(ring.keys[1].id, "0123456789abcdef", KEY_ID);
	key_names(&ring, names, sizeof(names));
	assert_string_equal(names, "minisign 8FC69A50325F3CD4, ecdsa-p256 0123456789abcdef");
	key_words(&ring, words);
	assert_string_equal(words, "minisign:8FC69A50325F3CD4:CINVGDhisezkRCgn/xeyYT1OBePIZTddZ/bTrZd5e0U= "
				   "p256:0123456789abcdef:BDF+uCEtG28r5blmDJUk2QTuUysWgDhS9CJrwTcQwv9vjGhS19WZg/"
				   "1cBGqueLwCj7p7J9EhrTZQNIVNXVGn1rI=");
}

/* The longest that there can be. */
static void eight_words_fit(void **state)
{
	struct key_ring ring = {0};
	char words[KEY_WORDS];
	(void)state;
	for (int i = 0; i < KEY_MAX; i++)
		assert_null(key_add(&ring, PEM));
	for (int i = 0; i < KEY_MAX; i++)
		memcpy(ring.keys[i].id, "0123456789abcdef", KEY_ID);
	key_words(&ring, words);
	assert_int_equal(strlen(words), 8 * (strlen("p256:0123456789abcdef:") + 88) + 7);
}

static void refused(void **state)
{
	static const struct {
		const char *text, *says;
	} table[] = {
		{"", "no key"},
		{" \n,", "no key"},
		{COMMENT, "no key"},
		{"hello", "something that is no key"},
		{"RWTUPF8yUJrGjwiDVRg4YrHs5EQoJ/8XsmE9TgXjyGU3XWf2062XeXt", "something that is no key"},
		{MINI "=", "something that is no key"},
		{"x" MINI, "something that is no key"},
		{MINI " hello", "something that is no key"},
		{MINI ":" OTHER, "something that is no key"},
		/* another algorithm in the same form, as minisign's signatures have */
		{"RUTUPF8yUJrGjwiDVRg4YrHs5EQoJ/8XsmE9TgXjyGU3XWf2062XeXtF", "something that is no key"},
		{"untrusted comment: minisign encrypted secret key\nRWQAAEIyAAAAAAAAAAAAAAAA\n",
		 "secret key of minisign"},
		{"RWRTY0IyAAAAAAAAAAAAAAAA", "secret key of minisign"},
		{"-----BEGIN EC PRIVATE KEY-----\nMHcC\n-----END EC PRIVATE KEY-----\n", "private key stays"},
		{"-----BEGIN PRIVATE KEY-----\nMHcC\n-----END PRIVATE KEY-----\n", "private key stays"},
		{"-----BEGIN CERTIFICATE-----\nMHcC\n-----END CERTIFICATE-----\n", "no whole PUBLIC KEY"},
		{"-----BEGIN PUBLIC KEY-----\nMFkw", "no whole PUBLIC KEY"},
		{"-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n", "no ECDSA P-256 public key"},
		{"-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n", "no ECDSA P-256 public key"},
		{P384, "no ECDSA P-256 public key"},
		{SECP256K1, "no ECDSA P-256 public key"},
		{PEM "x", "something that is no key"},
		{MINI " " MINI " " MINI " " MINI " " MINI " " MINI " " MINI " " MINI " " OTHER, "more than 8"},
		{PEM PEM PEM PEM PEM PEM PEM PEM PEM, "more than 8"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct key_ring ring = {0};
		const char *wrong = key_add(&ring, table[i].text);
		print_message("%s: %s\n", table[i].text, wrong != NULL ? wrong : "taken");
		assert_non_null(wrong);
		assert_non_null(strstr(wrong, table[i].says));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(taken), cmocka_unit_test(what_they_are),
					   cmocka_unit_test(eight_words_fit), cmocka_unit_test(refused)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
