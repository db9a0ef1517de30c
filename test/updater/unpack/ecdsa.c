#include "updater/unpack/ecdsa.h"

#include <string.h>
#include "test/unit.h"

#define ONES                                                                                                           \
	"\x7f\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01" \
	"\x01\x01\x01\x01\x01"
#define HIGH                                                                                                           \
	"\x80\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02" \
	"\x02\x02\x02\x02\x02"

struct row {
	const char *bytes;
	size_t n;
};
#define ROW(text)                                                                                                      \
	{                                                                                                              \
		text, sizeof(text) - 1                                                                                 \
	}

static void der(void **state)
{
	static const struct row table[] = {
		ROW("\x30\x44\x02\x20" ONES "\x02\x20" ONES), ROW("\x30\x45\x02\x21\x00" HIGH "\x02\x20" ONES),
		ROW("\x30\x46\x02\x21\x00" HIGH "\x02\x21\x00" HIGH), ROW("\x30\x06\x02\x01\x01\x02\x01\x7f"),
		ROW("\x30\x07\x02\x02\x00\x80\x02\x01\x01")};
	unsigned char rs[ECDSA_SIZE], small[ECDSA_SIZE] = {[31] = 1, [63] = 0x7f};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		assert_null(ecdsa_read((const unsigned char *)table[i].bytes, table[i].n, rs));
	assert_null(ecdsa_read((const unsigned char *)table[1].bytes, table[1].n, rs));
	assert_memory_equal(rs, HIGH ONES, sizeof rs);
	assert_null(ecdsa_read((const unsigned char *)table[3].bytes, table[3].n, rs));
	assert_memory_equal(rs, small, sizeof rs);
}

static void base64(void **state)
{
	static const struct row table[] = {ROW("MAYCAQECAX8="), ROW("MAYCAQECAX8=\n"), ROW("MAYCAQECAX8=\r\n"),
					   ROW("MAYC\nAQEC\nAX8=\n")};
	unsigned char rs[ECDSA_SIZE], small[ECDSA_SIZE] = {[31] = 1, [63] = 0x7f};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		assert_null(ecdsa_read((const unsigned char *)table[i].bytes, table[i].n, rs));
		assert_memory_equal(rs, small, sizeof rs);
	}
}

static void refused(void **state)
{
	static const struct row table[] = {
		ROW(""),
		ROW("\n"),
		ROW("\x30"),
		ROW("\x30\x00"),
		ROW("<html>"),
		ROW("-----BEGIN PGP SIGNATURE-----\n"),
		ROW("\x30\x06\x02\x01\x01\x02\x01"),		 /* cut off */
		ROW("\x30\x06\x02\x01\x01\x02\x01\x01\x00"),	 /* something behind it */
		ROW("\x30\x07\x02\x01\x01\x02\x01\x01\x00"),	 /* something inside behind it */
		ROW("\x30\x05\x02\x01\x01\x02\x01\x01"),	 /* a wrong length */
		ROW("\x30\x81\x06\x02\x01\x01\x02\x01\x01"),	 /* a length in more bytes than need be */
		ROW("\x30\x80\x02\x01\x01\x02\x01\x01\x00\x00"), /* no length */
		ROW("\x31\x06\x02\x01\x01\x02\x01\x01"),	 /* no sequence */
		ROW("\x30\x06\x03\x01\x01\x02\x01\x01"),	 /* no integer */
		ROW("\x30\x06\x02\x01\x00\x02\x01\x01"),	 /* zero */
		ROW("\x30\x06\x02\x01\x01\x02\x01\x00"),
		ROW("\x30\x06\x02\x01\x81\x02\x01\x01"),     /* negative */
		ROW("\x30\x07\x02\x02\x00\x01\x02\x01\x01"), /* a zero too many */
		ROW("\x30\x05\x02\x00\x02\x01\x01"),
		ROW("\x30\x45\x02\x21\x01" HIGH "\x02\x20" ONES),
		ROW("\x30\x47\x02\x22\x00\x80" HIGH "\x02\x21\x00" HIGH),
		ROW("\x30\x03\x02\x01\x01"),
		ROW("\x30\x46\x02\x21\x00" HIGH "\x02\x21\x00" HIGH "x"),
		ROW("MAYCAQECAX8"),
		ROW("MAYCAQECAX8=="),
		ROW("MAYCAQECAX8= "),
		ROW("MAYCAQECAX8=MAYCAQECAX8="),
		ROW("MAYCAQECAX9="),
		ROW("TUFZQ0FRRUNBWDg9"),
		/* twice */
		ROW("\x30\x06\x02\x01\x01\x02\x01\x01\x30\x06\x02\x01\x01\x02\x01\x01"),
		ROW("MAYCAQECAX8=\nMAYCAQECAX8=\n"),
	};
	unsigned char rs[ECDSA_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		print_message("%zu: %s\n", i, table[i].bytes);
		assert_non_null(ecdsa_read((const unsigned char *)table[i].bytes, table[i].n, rs));
	}
}

static void oversize(void **state)
{
	static unsigned char many[10240];
	unsigned char rs[ECDSA_SIZE];

	(void)state;
	memset(many, '\n', sizeof many);
	assert_non_null(ecdsa_read(many, sizeof many, rs));
	memset(many, 'A', sizeof many);
	assert_non_null(ecdsa_read(many, sizeof many, rs));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(der), cmocka_unit_test(base64), cmocka_unit_test(refused),
					   cmocka_unit_test(oversize)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
