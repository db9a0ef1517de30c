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
	probation_begin(&p, 60, 30, &starting, 1000);
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

/* `sv restart`: it is told to go while it runs, may stop being ready, dies, and comes back. */
static void a_person_may_restart_it(void **state)
{
	struct probation p = begun();
	struct probation_sight told = good, going = starting, gone = {.want_up = true, .deaths = 4, .asked_for = 1},
			       again = good;
	(void)state;
	told.asked = going.asked = true;
	again.deaths = 4;
	again.asked_for = 1;
	assert_int_equal(probation_look(&p, &good, 2000), PROBATION_READY);
	assert_int_equal(probation_look(&p, &told, 3000), PROBATION_WAIT);
	assert_int_equal(probation_look(&p, &going, 3001), PROBATION_WAIT);
	assert_int_equal(p.deadline, 63001); /* it has the time of a fresh start */
	assert_int_equal(probation_look(&p, &gone, 3002), PROBATION_WAIT);
	assert_int_equal(probation_look(&p, &again, 3003), PROBATION_READY);
	assert_int_equal(probation_look(&p, &again, 33003), PROBATION_PASSED);
}

static void a_restart_hides_no_crash(void **state)
{
	struct probation p = begun();
	struct probation_sight two = good, going = starting;
	(void)state;
	two.deaths = 5; /* the one that was asked for, and another, between two looks */
	two.asked_for = 1;
	assert_int_equal(probation_look(&p, &two, 2000), PROBATION_FAILED);
	p = begun();
	going.asked = true; /* it does not come back */
	assert_int_equal(probation_look(&p, &good, 2000), PROBATION_READY);
	assert_int_equal(probation_look(&p, &going, 3000), PROBATION_WAIT);
	assert_int_equal(probation_look(&p, &going, 63000), PROBATION_FAILED);
}

/* C3: a crash counts until the probation is over, to the millisecond, and not any more after it. */
static void a_crash_in_time(void **state)
{
	static const struct {
		int64_t at;
		enum probation_verdict verdict;
	} crashes[] = {{5000 + 15000, PROBATION_FAILED}, {5000 + 29999, PROBATION_FAILED}};
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct probation p = begun();
		assert_int_equal(probation_look(&p, &good, 5000), PROBATION_READY);
		assert_int_equal(probation_look(&p, &dead, crashes[i].at), crashes[i].verdict);
	}
	struct probation p = begun();
	assert_int_equal(probation_look(&p, &good, 5000), PROBATION_READY);
	assert_int_equal(probation_look(&p, &good, 5000 + 30000), PROBATION_PASSED); /* nobody looks any more */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(passes),
		cmocka_unit_test(one_death_is_too_many),
		cmocka_unit_test(must_be_ready_in_time),
		cmocka_unit_test(a_person_may_stop_it),
		cmocka_unit_test(a_person_may_restart_it),
		cmocka_unit_test(a_restart_hides_no_crash),
		cmocka_unit_test(a_crash_in_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
