#include "test/unit.h"
#include <string.h>
#include "updater/json.h"

/* What is written is read back, whatever bytes it holds. */
static void what_was_written_is_read(void **state)
{
	static const char *const values[] = {
		"", "plain", "a \"quote\" and a \\", "tab\t, line\n, bell\a, \x1f", "}{,:", "\xc3\xa4\xe2\x82\xac"};
	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		char line[256], out[64];
		struct text t;
		text_begin(&t, line, sizeof(line));
		json_begin(&t);
		json_text(&t, "first", "x\"first\":\"no");
		json_text(&t, "long", "what is passed over need not fit: it may be as long as it likes, like this one");
		json_text(&t, "wanted", values[i]);
		json_number(&t, "number", -42);
		json_bool(&t, "flag", true);
		json_end(&t);
		assert_true(text_whole(&t));
		assert_true(json_get(line, "wanted", out, sizeof(out)));
		assert_string_equal(out, values[i]);
		assert_true(json_get(line, "number", out, sizeof(out)));
		assert_string_equal(out, "-42");
		assert_true(json_get(line, "flag", out, sizeof(out)));
		assert_string_equal(out, "true");
		assert_false(json_get(line, "absent", out, sizeof(out)));
		assert_string_equal(out, "");
	}
}

static void what_is_not_ours_is_not_read(void **state)
{
	static const char *const lines[] = {"",
					    "x",
					    "{",
					    "{}",
					    "{\"a\"",
					    "{\"a\":",
					    "{\"a\":\"",
					    "{\"a\":\"b",
					    "{\"a\":\"b\\",
					    "{\"a\":\"b\\q\"}",
					    "{\"a\":\"b\\u12\"}",
					    "{\"a\":\"\\u0000\"}",
					    "{\"a\":5",
					    "{\"a\" :\"b\"}",
					    "[\"a\",\"b\"]",
					    "{\"a\":\"longer than seven\"}"};
	char out[8];
	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		assert_false(json_get(lines[i], "a", out, sizeof(out)));
		assert_string_equal(out, "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_written_is_read),
		cmocka_unit_test(what_is_not_ours_is_not_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
