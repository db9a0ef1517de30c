#include "updater/unpack/keys.h"

#include <stdio.h>
#include <string.h>
#include "test/unit.h"

#define B32 "CINVGDhisezkRCgn/xeyYT1OBePIZTddZ/bTrZd5e0U="
#define B65 "BDF+uCEtG28r5blmDJUk2QTuUysWgDhS9CJrwTcQwv9vjGhS19WZg/1cBGqueLwCj7p7J9EhrTZQNIVNXVGn1rI="
#define MINISIGN "minisign:8FC69A50325F3CD4:" B32
#define P256 "p256:0123456789abcdef:" B65

static void taken(void **state)
{
	char text[] = MINISIGN " " P256, none[] = "", eight[KEYS_TEXT] = P256;
	struct pinned_keys keys;

	(void)state;
	assert_int_equal(keys_read(none, &keys), 0);
	assert_int_equal(keys.count, 0);
	assert_int_equal(keys_read(text, &keys), 0);
	assert_int_equal(keys.count, 2);
	assert_int_equal(keys.key[0].kind, KEYS_MINISIGN);
	assert_string_equal(keys.key[0].id, "8FC69A50325F3CD4");
	assert_int_equal(keys.key[0].bytes[0], 0x08);
	assert_int_equal(keys.key[0].bytes[31], 0x45);
	assert_int_equal(keys.key[1].kind, KEYS_P256_POINT);
	assert_int_equal(keys.key[1].bytes[0], 0x04);
	assert_int_equal(keys.key[1].bytes[64], 0xb2);
	for (int i = 1; i < KEYS_MAX; i++)
		strcat(eight, " " P256);
	assert_int_equal(keys_read(eight, &keys), 0);
	assert_int_equal(keys.count, KEYS_MAX);
}

static void refused(void **state)
{
	static const char *const table[] = {
		" ",
		"x",
		MINISIGN " ",
		" " MINISIGN,
		MINISIGN "  " P256,
		"minisign:8FC69A50325F3CD4",
		"minisign::" B32,
		"minisign:8FC69A50325F3CD:" B32,
		"minisign:8FC69A50325F3CDG:" B32,
		"minisign:8FC69A50325F3CD4:" B65,
		"p256:8FC69A50325F3CD4:" B32,
		"rsa:8FC69A50325F3CD4:" B32,
		MINISIGN ":",
		MINISIGN "A",
		"::",
		P256 " " P256 " " P256 " " P256 " " P256 " " P256 " " P256 " " P256 " " P256,
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		char text[2 * KEYS_TEXT];
		struct pinned_keys keys;

		snprintf(text, sizeof text, "%s", table[i]);
		print_message("%s\n", text);
		assert_int_equal(keys_read(text, &keys), -1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(taken), cmocka_unit_test(refused)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
