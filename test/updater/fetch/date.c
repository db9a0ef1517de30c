#include "updater/fetch/date.h"

#include "test/unit.h"

static void iso(void **state)
{
	static const struct {
		const char *text;
		int64_t at;
	} table[] = {
		{"1970-01-01T00:00:00Z", 0},
		{"2026-11-22T01:02:03Z", 1795309323},
		{"2026-11-22T01:02:03.987Z", 1795309323},
		{"2026-11-22T02:02:03+01:00", 1795309323},
		{"2026-11-21T20:32:03-04:30", 1795309323},
		{"2024-02-29T00:00:00Z", 1709164800},
		{"2000-02-29T00:00:00Z", 951782400},
		{"2000-03-01T00:00:00Z", 951868800},
		{"2016-12-31T23:59:60Z", 1483228800},
		{"9999-12-31T23:59:59Z", 253402300799},
		{"2023-02-29T00:00:00Z", -1},
		{"2100-02-29T00:00:00Z", -1},
		{"2026-13-01T00:00:00Z", -1},
		{"2026-00-01T00:00:00Z", -1},
		{"2026-11-00T00:00:00Z", -1},
		{"2026-11-31T00:00:00Z", -1},
		{"2026-11-22T24:00:00Z", -1},
		{"2026-11-22T00:60:00Z", -1},
		{"2026-11-22T00:00:61Z", -1},
		{"1969-12-31T23:59:59Z", -1},
		{"1970-01-01T00:00:00+01:00", -1},
		{"2026-11-22T01:02:03", -1},
		{"2026-11-22T01:02:03z", -1},
		{"2026-11-22T01:02:03Zx", -1},
		{"2026-11-22T01:02:03+1:00", -1},
		{"2026-11-22T01:02:03+15:00", -1},
		{"2026-11-22T01:02:03+01:00x", -1},
		{"2026-11-22 01:02:03Z", -1},
		{"2026-11-22", -1},
		{"2026", -1},
		{"26-11-22T01:02:03Z", -1},
		{"", -1},
		{"never", -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		print_message("%s\n", table[i].text);
		assert_int_equal(date_iso(table[i].text), table[i].at);
	}
}

static void http(void **state)
{
	static const struct {
		const char *text;
		int64_t at;
	} table[] = {
		{"Sun, 22 Nov 2026 01:02:03 GMT", 1795309323},
		{"Thu, 01 Jan 1970 00:00:00 GMT", 0},
		{"Sun, 22 Nov 2026 01:02:03 UTC", -1},
		{"Sun, 22 Nov 2026 01:02:03", -1},
		{"Sun, 22 Now 2026 01:02:03 GMT", -1},
		{"Sun, 22 novNov 2026 01:02:03 GMT", -1},
		{"Sunday, 22-Nov-26 01:02:03 GMT", -1},
		{"Sun Nov 22 01:02:03 2026", -1},
		{"Sun, 22", -1},
		{"Sun, 22 N", -1},
		{"Sun, 22 Nov", -1},
		{"Sun, ", -1},
		{"120", -1},
		{"", -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		print_message("%s\n", table[i].text);
		assert_int_equal(date_http(table[i].text), table[i].at);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(iso),
		cmocka_unit_test(http),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
