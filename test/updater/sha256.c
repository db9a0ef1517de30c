#include "test/unit.h"
#include "updater/sha256.h"

#include <stdio.h>
#include <string.h>

/* The same once more without the processor's instructions, under other names. */
bool plain_is_fast(void);
void plain_begin(struct sha256 *s);
void plain_add(struct sha256 *s, const void *bytes, size_t n);
void plain_end(struct sha256 *s, char hex[65]);
void plain_end_bytes(struct sha256 *s, unsigned char sum[static 32]);
int plain_of(int fd, char hex[65]);
#define SHA256_PLAIN
#define sha256_is_fast plain_is_fast
#define sha256_begin plain_begin
#define sha256_add plain_add
#define sha256_end plain_end
#define sha256_end_bytes plain_end_bytes
#define sha256_of plain_of
#include "updater/sha256.c"
#undef sha256_is_fast
#undef sha256_begin
#undef sha256_add
#undef sha256_end
#undef sha256_end_bytes
#undef sha256_of

/* FIPS 180-4's own examples, and every length round a block. */
static void known_digests(void **state)
{
	static const char *const table[][2] = {
		{"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
		{"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
		{"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		 "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
	};
	struct sha256 s;
	char hex[65];
	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		sha256_begin(&s);
		sha256_add(&s, table[i][0], strlen(table[i][0]));
		sha256_end(&s, hex);
		assert_string_equal(hex, table[i][1]);
		plain_begin(&s);
		plain_add(&s, table[i][0], strlen(table[i][0]));
		plain_end(&s, hex);
		assert_string_equal(hex, table[i][1]);
	}
	assert_false(plain_is_fast());
	sha256_begin(&s);
	for (int i = 0; i < 1000000; i++)
		sha256_add(&s, "a", 1);
	sha256_end(&s, hex);
	assert_string_equal(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

static void pieces_do_not_matter(void **state)
{
	char text[200], whole[65], pieces[65];
	struct sha256 s;
	(void)state;
	memset(text, 'x', sizeof(text));
	for (size_t n = 0; n <= sizeof(text); n++) {
		sha256_begin(&s);
		sha256_add(&s, text, n);
		sha256_end(&s, whole);
		sha256_begin(&s);
		sha256_add(&s, text, n / 3);
		sha256_add(&s, text, n - n / 3);
		sha256_end(&s, pieces);
		assert_string_equal(whole, pieces);
	}
}

/* Pieces of one byte go through the block of the context, all at once goes from where it lies: both over many blocks,
 * at every alignment; and as bytes it is what it is in digits. */
static void many_blocks(void **state)
{
	static unsigned char text[1000 * 64 + 17];
	struct sha256 s;
	char whole[65], pieces[65], digits[3];
	unsigned char sum[32];
	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (unsigned char)(i * i >> 7 ^ i);
	for (size_t from = 0; from < 17; from++) {
		sha256_begin(&s);
		sha256_add(&s, text + from, sizeof(text) - from);
		sha256_end(&s, whole);
		sha256_begin(&s);
		for (size_t i = from; i < sizeof(text); i++)
			sha256_add(&s, text + i, 1);
		sha256_end(&s, pieces);
		assert_string_equal(whole, pieces);
		plain_begin(&s);
		plain_add(&s, text + from, sizeof(text) - from);
		plain_end(&s, pieces);
		assert_string_equal(whole, pieces);
		sha256_begin(&s);
		sha256_add(&s, text + from, sizeof(text) - from);
		sha256_end_bytes(&s, sum);
		for (size_t i = 0; i < sizeof(sum); i++) {
			snprintf(digits, sizeof(digits), "%02x", sum[i]);
			assert_memory_equal(digits, whole + 2 * i, 2);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_digests),
		cmocka_unit_test(pieces_do_not_matter),
		cmocka_unit_test(many_blocks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
