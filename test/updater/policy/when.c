#include "test/unit.h"
#include "updater/policy/when.h"

static void expect(int64_t when, const char *text)
{
	char out[WHEN_TEXT];
	when_text(when, out);
	assert_string_equal(out, text);
}

static void in_words(void **state)
{
	(void)state;
	expect(0, "1970-01-01 00:00:00 UTC");
	expect(951827696, "2000-02-29 12:34:56 UTC");
	expect(1795309323, "2026-11-22 01:02:03 UTC");
	expect(4107542400, "2100-03-01 00:00:00 UTC");
	expect(253402300799, "9999-12-31 23:59:59 UTC");
	expect(253402300800, "never");
	expect(-1, "never");
	expect(INT64_MAX, "never");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(in_words)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
