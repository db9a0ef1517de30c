#include "updater/unpack/sums.h"

#include <string.h>
#include "test/unit.h"

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define B_UPPER "0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF"
#define SHA1 "0123456789abcdef0123456789abcdef01234567"
#define SHA512 A B

static void find(void **state)
{
	static const struct {
		const char *text;
		unsigned hits;
	} table[] = {
		/* of app.tgz, with the digest B */
		{B "  app.tgz\n", 1},
		{B " *app.tgz\n", 1},
		{B " app.tgz", 1},
		{B "\tapp.tgz\n", 1},
		{B "   app.tgz  \n", 1},
		{B_UPPER "  app.tgz\r\n", 1},
		{B "  ./app.tgz\n", 1},
		{B "  dist/linux/app.tgz\n", 1},
		{B " */abs/app.tgz\n", 1},
		{"SHA256 (app.tgz) = " B "\n", 1},
		{"SHA256 (./dist/app.tgz) = " B_UPPER "\r\n", 1},
		{"SHA256(app.tgz)= " B "\n", 1},
		{"SHA2-256(app.tgz)= " B "\n", 1},
		{A "  other.tgz\n" B "  app.tgz\n" A "  app.tgz.sig\n", 1},
		{A "  myapp.tgz\n" A "  app.tgz2\n" A "  app_tgz\n" B "  app.tgz", 1},
		{"# sums of v1\n\n" B "  app.tgz\n", 1},
		{"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n" B
		 "  app.tgz\n-----BEGIN PGP SIGNATURE-----\nx\n",
		 1},
		{SHA1 "  app.tgz\n" SHA512 "  app.tgz\n" B "  app.tgz\n", 1},
		{"MD5 (app.tgz) = 0123\nSHA512 (app.tgz) = " SHA512 "\nSHA256 (app.tgz) = " B "\n", 1},
		{B, 1},
		{B "\n", 1},
		{B "  \n", 1},
		{"\n " B_UPPER " \r\n\n", 1},
		/* nothing of that name */
		{"", 0},
		{"\n\n", 0},
		{A "  other.tgz\n", 0},
		{A "  APP.TGZ\n", 0},
		{A "  app.tgz.sha256\n", 0},
		{A "  xapp.tgz\n", 0},
		{A "app.tgz\n", 0},
		{A "a  app.tgz\n", 0},
		{A " *\n", 0},
		{"aa  app.tgz\n", 0},
		{"gaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa  app.tgz\n", 0},
		{SHA512 "  app.tgz\n", 0},
		{SHA512, 0},
		{"SHA1 (app.tgz) = " A "\n", 0},
		{"SHA256 (app.tgz) " A "\n", 0},
		{"SHA256 (app.tgz = " A "\n", 0},
		{"SHA256 (app.tgz) = 0123456789abcdef(app.tgz) = 0123456789abcdef0123456789abcdef\n", 0},
		{"SHA256 () = " A "\n", 0},
		{"SHA256 = " A "\n", 0},
		{"(app.tgz) = " A "\n", 0},
		{B "\n" B "\n", 0},
		/* more than one */
		{B "  app.tgz\n" A "  app.tgz\n", 2},
		{B "  app.tgz\n" B "  app.tgz\n", 2},
		{B "  app.tgz\n" B "  dir/app.tgz\n", 2},
		{B "  app.tgz\nSHA256 (app.tgz) = " B "\n" B " *app.tgz\n", 3},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		char hex[HASH_HEX] = "untouched";

		print_message("%s\n", table[i].text);
		assert_int_equal(sums_find(table[i].text, "app.tgz", hex), table[i].hits);
		assert_string_equal(hex, table[i].hits == 1 ? B : "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(find)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
