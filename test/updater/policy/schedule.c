#include "test/unit.h"
#include "updater/policy/schedule.h"

static void within(int64_t value, int64_t low, int64_t high)
{
	assert_true(value >= low && value <= high);
}

static void polls_as_often_as_told(void **state)
{
	(void)state;
	for (uint64_t chance = 0; chance < 1000; chance++)
		within(schedule_wait(300, 0, chance), 270, 330);
	assert_int_equal(schedule_wait(2, 0, 12345), 2);
	/* two copies do not stay together */
	assert_int_not_equal(schedule_wait(300, 0, 1), schedule_wait(300, 0, 30));
}

static void backs_off_to_an_hour(void **state)
{
	static const int64_t expected[] = {60, 120, 240, 480, 960, 1920, 3600, 3600, 3600};
	(void)state;
	for (unsigned failures = 1; failures <= 9; failures++)
		for (uint64_t chance = 0; chance < 1000; chance += 7)
			within(schedule_wait(60, failures, chance), expected[failures - 1] * 9 / 10,
			       expected[failures - 1] * 11 / 10);
	within(schedule_wait(60, 4000000000u, 5), 3240, 3960);
	within(schedule_wait(86400, 1, 0), 54, 66); /* whoever looks once a day need not wait a day for a hiccup */
	within(schedule_wait(86400, 30, 0), 77760, 95040);
	within(schedule_wait(2, 1, 0), 2, 2);
	within(schedule_wait(2, 3, 0), 7, 9);
}

static void believes_a_forge_for_an_hour_at_most(void **state)
{
	(void)state;
	assert_int_equal(schedule_not_before(1000, 5000), 5060); /* in the past */
	assert_int_equal(schedule_not_before(5010, 5000), 5060); /* too soon */
	assert_int_equal(schedule_not_before(6000, 5000), 6000);
	assert_int_equal(schedule_not_before(5000 + 315360000, 5000), 8600); /* in ten years */
}

static void waits_no_longer_than_it_was_told(void **state)
{
	const int64_t now = 1795309323, years = 5 * 365 * 86400LL;
	(void)state;
	assert_true(schedule_waits(now + 1, now));
	assert_true(schedule_waits(now + 3600, now));
	assert_false(schedule_waits(now, now));
	assert_false(schedule_waits(0, now));
	assert_false(schedule_waits(now + 3600, now + years)); /* the clock was put right */
	assert_false(schedule_waits(now + 3600, now - years));
	assert_true(schedule_waits(now + 3600, now - 60)); /* that is no turning back yet */
	assert_int_equal(schedule_peace(0, 300, 17), 0);
	assert_int_equal(schedule_peace(-5, 300, 17), 0);
	for (uint64_t chance = 0; chance < 1000; chance++) {
		within(schedule_peace(600, 300, chance), 600, 900);
		within(schedule_peace(600, 86400, chance * 977), 600, 4200);
	}
	assert_int_not_equal(schedule_peace(600, 300, 1), schedule_peace(600, 300, 2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(polls_as_often_as_told),
		cmocka_unit_test(backs_off_to_an_hour),
		cmocka_unit_test(believes_a_forge_for_an_hour_at_most),
		cmocka_unit_test(waits_no_longer_than_it_was_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
