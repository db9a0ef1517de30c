#include "lib/text.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/types.h>
#include "test/unit.h"

#define assert_formats(expected, ...)                                                                                  \
	do {                                                                                                           \
		char buf[128];                                                                                         \
		assert_int_equal(text_format(buf, sizeof buf, __VA_ARGS__), strlen(expected));                         \
		assert_string_equal(buf, expected);                                                                    \
	} while (0)

static void formats_numbers(void **state)
{
	(void)state;
	assert_formats("0 -1 7", "%d %d %u", 0, -1, 7U);
	assert_formats("-9223372036854775808", "%lld", LLONG_MIN);
	assert_formats("18446744073709551615", "%llu", ULLONG_MAX);
	assert_formats("-2147483648", "%d", INT_MIN);
	assert_formats("755 ff", "%o %x", 0755U, 255U);
	assert_formats("0042    7", "%04d %4d", 42, 7);
	assert_formats("12 -3", "%zu %zd", (size_t)12, (ssize_t)-3);
}

static void cuts_what_does_not_fit(void **state)
{
	char buf[8];

	(void)state;
	assert_int_equal(text_cut(buf, sizeof buf, "%s %d", "to", 5), 4);
	assert_string_equal(buf, "to 5");
	assert_int_equal(text_cut(buf, sizeof buf, "%s", "longer than that"), 7);
	assert_string_equal(buf, "longer ");
}

static void formats_strings(void **state)
{
	const char *volatile nothing = NULL; /* volatile: the compiler would know it better than the test */

	(void)state;
	assert_formats("a b% (null)", "%s %c%% %s", "a", 'b', nothing);
	assert_formats("abc", "%.*s", 3, "abcdef");
	assert_formats("ab", "%.2s", "abcdef");
	assert_formats("  ab", "%4s", "ab");
}

static void shows_what_does_not_fit(void **state)
{
	char buf[4];
	struct text t;

	(void)state;
	assert_int_equal(text_format(buf, sizeof buf, "%s", "abc"), 3);
	errno = 0;
	assert_int_equal(text_format(buf, sizeof buf, "%s", "abcd"), -1);
	assert_int_equal(errno, ENAMETOOLONG);
	assert_string_equal(buf, "");

	text_begin(&t, buf, sizeof buf);
	text_add(&t, "ab");
	text_add(&t, "cd");
	text_add(&t, ""); /* nothing more, not even what would fit */
	text_add(&t, "e");
	assert_false(text_whole(&t));
	assert_string_equal(buf, "abc");
}

static void escapes_for_json(void **state)
{
	char buf[64];
	struct text t;

	(void)state;
	text_begin(&t, buf, sizeof buf);
	text_add_json(&t, "a\"b\\c\n\x7f\xc3\xa9");
	assert_string_equal(buf, "a\\\"b\\\\c\\u000a\\u007f\xc3\xa9");
}

static void words_in_a_row(void **unused)
{
	static const char words[] = "one\0two\0three\0";

	(void)unused;
	assert_string_equal(text_nth(words, 0), "one");
	assert_string_equal(text_nth(words, 2), "three");
	assert_int_equal(text_index(words, "one"), 0);
	assert_int_equal(text_index(words, "three"), 2);
	assert_int_equal(text_index(words, "thre"), -1);
	assert_int_equal(text_index(words, ""), -1);
}

static void plain_characters(void **unused)
{
	(void)unused;
	for (int c = -128; c < 256; c++) {
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');

		assert_int_equal(text_is_plain((char)c), plain);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats_numbers),	  cmocka_unit_test(formats_strings),
		cmocka_unit_test(cuts_what_does_not_fit), cmocka_unit_test(shows_what_does_not_fit),
		cmocka_unit_test(escapes_for_json),	  cmocka_unit_test(words_in_a_row),
		cmocka_unit_test(plain_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
