#include "lib/clock.h"

#include <limits.h>
#include <time.h>
#include "test/unit.h"

static void date_is(uint32_t days, unsigned year, unsigned month, unsigned day)
{
	struct clock_date d;

	clock_date(days, &d);
	assert_int_equal(d.year, year);
	assert_int_equal(d.month, month);
	assert_int_equal(d.day, day);
}

static void dates(void **unused)
{
	(void)unused;
	date_is(0, 1970, 1, 1);
	date_is(58, 1970, 2, 28);
	date_is(59, 1970, 3, 1);
	date_is(11016, 2000, 2, 29);
	date_is(20782, 2026, 11, 25);
	date_is(47540, 2100, 2, 28);
	date_is(47541, 2100, 3, 1); /* no leap year */
}

/* Four hundred years and more, as libc has them. */
static void every_day(void **unused)
{
	(void)unused;
	for (uint32_t days = 0; days < 160000; days++) {
		time_t then = (time_t)days * 86400;
		struct tm tm;

		gmtime_r(&then, &tm);
		date_is(days, (unsigned)tm.tm_year + 1900, (unsigned)tm.tm_mon + 1, (unsigned)tm.tm_mday);
	}
}

static void timeouts(void **unused)
{
	(void)unused;
	assert_int_equal(clock_timeout(CLOCK_NEVER, 5), -1);
	assert_int_equal(clock_timeout(4, 5), 0);
	assert_int_equal(clock_timeout(5, 5), 0);
	assert_int_equal(clock_timeout(25, 5), 20);
	assert_int_equal(clock_timeout(CLOCK_NEVER - 1, 5), INT_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dates),
		cmocka_unit_test(every_day),
		cmocka_unit_test(timeouts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
