#include "updater/base64.h"

#include <string.h>
#include "test/unit.h"

static void both_ways(void **state)
{
	/* RFC 4648, section 10 */
	static const char *const table[][2] = {{"f", "Zg=="},	     {"fo", "Zm8="},	    {"foo", "Zm9v"},
					       {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		const char *plain = table[i][0], *text = table[i][1];
		unsigned char bytes[6];
		char back[BASE64_SIZE(6)];

		assert_int_equal(base64_decode(text, strlen(text), bytes, strlen(plain)), strlen(plain));
		assert_memory_equal(bytes, plain, strlen(plain));
		assert_int_equal(base64_decode(text, strlen(text), bytes, strlen(plain) - 1), -1);
		base64_encode(bytes, strlen(plain), back);
		assert_string_equal(back, text);
	}
}

static void every_byte(void **state)
{
	unsigned char bytes[256], back[256];
	char text[BASE64_SIZE(256)];

	(void)state;
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (unsigned char)i;
	base64_encode(bytes, sizeof bytes, text);
	assert_int_equal(base64_decode(text, strlen(text), back, sizeof back), sizeof back);
	assert_memory_equal(bytes, back, sizeof back);
}

static void refused(void **state)
{
	static const char *const table[] = {
		"",	"Z",	 "Zg",	  "Zg=",  "Zg===", "Zh==",  "Zm9=",   "====",  "=g==",	  "Z===",
		"Zg=a", "Zm8==", "Zm 8=", "Zm8-", "Zm8_",  " Zm8=", "Zm8=\n", "Zm8\n", "Zm\x80=",
	};
	unsigned char bytes[16];

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		print_message("'%s'\n", table[i]);
		assert_int_equal(base64_decode(table[i], strlen(table[i]), bytes, sizeof bytes), -1);
	}
	assert_int_equal(base64_decode("Zg\0=", 4, bytes, sizeof bytes), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(both_ways), cmocka_unit_test(every_byte),
					   cmocka_unit_test(refused)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
