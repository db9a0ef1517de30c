#include "updater/fetch/range.h"

#include "test/unit.h"

static void continues(void **state)
{
	static const struct {
		const char *value;
		uint64_t offset, total; /* total 0: no continuation */
	} table[] = {
		{"bytes 10-99/100", 10, 100},
		{"Bytes 10-99/100", 10, 100},
		{"bytes 99-99/100", 99, 100},
		{"bytes 0-99/100", 0, 100},
		{"bytes 11-99/100", 10, 0},
		{"bytes 0-99/100", 10, 0},
		{"bytes 10-98/100", 10, 0},
		{"bytes 10-100/100", 10, 0},
		{"bytes 10-99/*", 10, 0},
		{"bytes */100", 10, 0},
		{"bytes 10-99", 10, 0},
		{"bytes 10-/100", 10, 0},
		{"bytes -99/100", 10, 0},
		{"bytes 10-9/10", 10, 0},
		{"bytes 0-18446744073709551615/0", 0, 0},
		{"bytes 10-99/100, 200-299/300", 10, 0},
		{"bytes 10-99/100 ", 10, 0},
		{"bytes  10-99/100", 10, 0},
		{"items 10-99/100", 10, 0},
		{"bytes 10-99999999999999999999/100000000000000000000", 10, 0},
		{"", 10, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		uint64_t total = 4711;

		print_message("%s\n", table[i].value);
		assert_int_equal(range_continues(table[i].value, table[i].offset, &total), table[i].total != 0);
		assert_int_equal(total, table[i].total ? table[i].total : 4711);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(continues)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
