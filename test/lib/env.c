#include "lib/env.h"

#include <errno.h>
#include "test/unit.h"

#define UNTOUCHED 4711

static void numbers(void **state)
{
	static const struct {
		const char *text;
		uint64_t min, max;
		int error; /* 0: accepted */
		uint64_t value;
	} table[] = {
		{"0", 0, 10, 0, 0},
		{"10", 0, 10, 0, 10},
		{"18446744073709551615", 0, UINT64_MAX, 0, UINT64_MAX},
		{"18446744073709551616", 0, UINT64_MAX, ERANGE, 0},
		{"11", 0, 10, ERANGE, 0},
		{"0", 1, 10, ERANGE, 0},
		{"", 0, 10, EINVAL, 0},
		{" 1", 0, 10, EINVAL, 0},
		{"1 ", 0, 10, EINVAL, 0},
		{"+1", 0, 10, EINVAL, 0},
		{"-1", 0, 10, EINVAL, 0},
		{"1x", 0, 10, EINVAL, 0},
		{"0x1", 0, 10, EINVAL, 0},
		{"1\n", 0, 10, EINVAL, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		uint64_t n = UNTOUCHED;

		errno = 0;
		if (table[i].error == 0) {
			assert_int_equal(env_number(table[i].text, table[i].min, table[i].max, &n), 0);
			assert_int_equal(n, table[i].value);
			continue;
		}
		assert_int_equal(env_number(table[i].text, table[i].min, table[i].max, &n), -1);
		assert_int_equal(errno, table[i].error);
		assert_int_equal(n, UNTOUCHED);
	}
}

static void units(void **state)
{
	uint64_t n = UNTOUCHED;

	(void)state;
	assert_int_equal(env_seconds("90", 0, 1000, &n), 0);
	assert_int_equal(n, 90);
	assert_int_equal(env_seconds("5m", 0, 1000, &n), 0);
	assert_int_equal(n, 300);
	assert_int_equal(env_seconds("2d", 0, 1000000, &n), 0);
	assert_int_equal(n, 172800);
	assert_int_equal(env_seconds("1h", 0, 3599, &n), -1);
	assert_int_equal(env_seconds("m", 0, 3600, &n), -1);
	assert_int_equal(env_seconds("5 m", 0, 3600, &n), -1);
	assert_int_equal(env_seconds("5mm", 0, 3600, &n), -1);
	assert_int_equal(env_seconds("18446744073709551615d", 0, UINT64_MAX, &n), -1);
	assert_int_equal(n, 172800);
	assert_int_equal(env_bytes("3M", 0, UINT64_MAX, &n), 0);
	assert_int_equal(n, 3 << 20);
	assert_int_equal(env_bytes("3T", 0, UINT64_MAX, &n), -1);
}

static void octal_and_bool(void **state)
{
	uint64_t n = UNTOUCHED;
	bool yes = false;

	(void)state;
	assert_int_equal(env_octal("0660", 0777, &n), 0);
	assert_int_equal(n, 0660);
	assert_int_equal(env_octal("8", 0777, &n), -1);
	assert_int_equal(env_octal("1000", 0777, &n), -1);
	assert_int_equal(env_bool("on", &yes), 0);
	assert_true(yes);
	assert_int_equal(env_bool("0", &yes), 0);
	assert_false(yes);
	assert_int_equal(env_bool("", &yes), -1);
	assert_int_equal(env_bool("Yes", &yes), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(units),
		cmocka_unit_test(octal_and_bool),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
