#include "test/unit.h"
#include "updater/zone.h"

#include <string.h>

#define WINTER 1767225600 /* 2026-01-01 00:00 UTC */
#define SUMMER 1782864000 /* 2026-07-01 00:00 UTC */
#define SPRING 1774746000 /* 2026-03-29 01:00 UTC */
#define AUTUMN 1792890000 /* 2026-10-25 01:00 UTC */

static char why[200];

static void use(const char *zone)
{
	if (!zone_check(zone, why, sizeof(why)))
		fail_msg("%s: %s", zone, why);
	zone_use(zone);
}

static void rules_and_names(void **state)
{
	static const char *const berlin[] = {"Europe/Berlin", "CET-1CEST,M3.5.0,M10.5.0/3",
					     "<X+1>-1<X+2>,M3.5.0/02:00,M10.5.0/3"};
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		use(berlin[i]);
		assert_int_equal(zone_offset(WINTER), 3600);
		assert_int_equal(zone_offset(SUMMER), 7200);
		assert_int_equal(zone_offset(SPRING - 1), 3600);
		assert_int_equal(zone_offset(SPRING), 7200);
		assert_int_equal(zone_offset(AUTUMN - 1), 7200);
		assert_int_equal(zone_offset(AUTUMN), 3600);
	}
	use("<+0545>-5:45");
	assert_int_equal(zone_offset(SUMMER), 20700);
	use("America/New_York");
	assert_int_equal(zone_offset(WINTER), -18000);
	use("UTC");
	assert_int_equal(zone_offset(SUMMER), 0);
	use("");
	assert_int_equal(zone_offset(SUMMER), 0);
}

/* The C library would take UTC for each of these. */
static void refuses_what_it_does_not_know(void **state)
{
	static const char *const wrong[] = {
		"Europe/Nowhere",
		"Berlin",
		"../etc/passwd",
		"/etc/passwd",
		"Europe",
		"CE-1",
		"CET-1CEST",
		"CET-25",
		"CET-1CEST,M3.5.0",
		"CET-1CEST,M13.5.0,M10.5.0",
		"CET-1CEST,M3.5.0,M10.5.0/3x",
		"CET-1CEST,M3.5.0,M10.6.0",
		"<X-1",
		"CET-",
		"Mon",
		"utc+",
		"zone.tab",
		"CET-1CEST,J0,J366",
		":UTC",
		"CET-1:60",
		"CET-1CEST,M3.5.0,",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (zone_check(wrong[i], why, sizeof(why)))
			fail_msg("%s is taken for a time zone", wrong[i]);
		assert_non_null(strstr(why, wrong[i]));
		assert_non_null(strstr(why, "install tzdata, or give a POSIX rule such as CET-1CEST,M3.5.0,M10.5.0/3"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_and_names),
		cmocka_unit_test(refuses_what_it_does_not_know),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
