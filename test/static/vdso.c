#include <time.h>
#include "test/unit.h"

#pragma GCC diagnostic ignored "-Wmissing-prototypes"
#define clock_gettime own_clock_gettime
#include "static/vdso.c"
#undef clock_gettime

static int64_t nanoseconds(const struct timespec *t)
{
	return t->tv_sec * INT64_C(1000000000) + t->tv_nsec;
}

static void is_found(void **unused)
{
	(void)unused;
	assert_true(find() != NULL);
}

static void tells_the_time(void **unused)
{
	struct timespec before, own, after;

	(void)unused;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &before), 0);
		assert_int_equal(own_clock_gettime(CLOCK_MONOTONIC, &own), 0);
		assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &after), 0);
		assert_in_range(nanoseconds(&own), nanoseconds(&before), nanoseconds(&after));
	}
	assert_int_equal(own_clock_gettime(12345, &own), -1); /* no such clock, says the kernel */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_found),
		cmocka_unit_test(tells_the_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
