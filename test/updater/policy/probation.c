#include "test/unit.h"
#include "updater/policy/probation.h"

#include <string.h>
#include "lib/clock.h"

static const struct probation_sight starting = {.up = true, .want_up = true, .deaths = 3};
static const struct probation_sight good = {.up = true, .ready = true, .want_up = true, .deaths = 3};
static const struct probation_sight dead = {.want_up = true, .deaths = 4, .code = 1};

static struct probation begun(void)
{
	struct probation p;
	probation_begin(&p, 60, 30, 3, 1000);
	return p;
}

static void passes(void **state)
{
	struct probation p = begun();
	(void)state;
	assert_int_equal(probation_look(&p, &starting, 1000), PROBATION_WAIT);
	assert_int_equal(probation_look(&p, &good, 5000), PROBATION_READY);
	assert_int_equal(p.deadline, 35000);
	assert_int_equal(probation_look(&p, &good, 34999), PROBATION_WAIT);
	assert_int_equal(probation_look(&p, &good, 35000), PROBATION_PASSED);
}

static void one_death_is_too_many(void **state)
{
	struct probation p = begun();
	struct probation_sight killed = {.want_up = true, .deaths = 4, .sig = 11}, again = good;
	(void)state;
	assert_int_equal(probation_look(&p, &dead, 1001), PROBATION_FAILED);
	assert_string_equal(p.reason, "it died before it was ready: exit code 1");
	p = begun();
	assert_int_equal(probation_look(&p, &good, 2000), PROBATION_READY);
	assert_int_equal(probation_look(&p, &killed, 3000), PROBATION_FAILED);
	assert_string_equal(p.reason, "it did not stay up: killed by signal 11");
	/* died and came back between two looks */
	p = begun();
	again.deaths = 4;
	assert_int_equal(probation_look(&p, &again, 2000), PROBATION_FAILED);
}

static void must_be_ready_in_time(void **state)
{
	struct probation p = begun();
	struct probation_sight not_any_more = starting;
	(void)state;
	assert_int_equal(probation_look(&p, &starting, 60999), PROBATION_WAIT);
	assert_int_equal(probation_look(&p, &starting, 61000), PROBATION_FAILED);
	assert_string_equal(p.reason, "it was not ready within 60 seconds");
	p = begun();
	assert_int_equal(probation_look(&p, &good, 2000), PROBATION_READY);
	assert_int_equal(probation_look(&p, &not_any_more, 2001), PROBATION_FAILED);
}

static void a_person_may_stop_it(void **state)
{
	struct probation p = begun();
	struct probation_sight stopped = {.deaths = 4}, up = good;
	(void)state;
	assert_int_equal(probation_look(&p, &good, 2000), PROBATION_READY);
	assert_int_equal(probation_look(&p, &stopped, 3000), PROBATION_WAIT);
	assert_true(p.deadline == CLOCK_NEVER);
	up.deaths = 4;
	assert_int_equal(probation_look(&p, &up, 900000), PROBATION_READY);
	assert_int_equal(probation_look(&p, &up, 930000), PROBATION_PASSED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(passes),
		cmocka_unit_test(one_death_is_too_many),
		cmocka_unit_test(must_be_ready_in_time),
		cmocka_unit_test(a_person_may_stop_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
