#include "test/unit.h"
#include "updater/disk/sha256.h"

#include <string.h>

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
	}
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_digests),
		cmocka_unit_test(pieces_do_not_matter),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
