#include "test/unit.h"
#include "updater/policy/window.h"

#include <string.h>

#define MONDAY 1764547200 /* 2025-12-01 00:00 UTC */
#define AT(day, hour, minute) (MONDAY + (day)*86400 + (hour)*3600 + (minute)*60)
#define SPRING 1774746000 /* 2026-03-29 01:00 UTC, a Sunday: Berlin goes from 02:00 to 03:00 */
#define AUTUMN 1792890000 /* 2026-10-25 01:00 UTC, a Sunday: Berlin goes from 03:00 back to 02:00 */

static struct window w;
static char why[200];

static long utc(int64_t when)
{
	(void)when;
	return 0;
}

static long berlin(int64_t when)
{
	return when >= SPRING && when < AUTUMN ? 7200 : 3600;
}

static long kathmandu(int64_t when)
{
	(void)when;
	return 5 * 3600 + 45 * 60;
}

static long uneven(int64_t when)
{
	(void)when;
	return 17; /* local mean times were like that */
}

static long far_west(int64_t when)
{
	(void)when;
	return -11 * 3600;
}

static void parse(const char *text)
{
	if (!window_parse(text, &w, why, sizeof(why)))
		fail_msg("%s: %s", text, why);
}

static bool open_at(int64_t when, window_offset *offset)
{
	bool open = window_is_open(&w, when, offset);
	assert_int_equal(window_opens(&w, when, offset) == when, open);
	return open;
}

static void without_a_window_it_is_always_open(void **state)
{
	(void)state;
	w = (struct window){0};
	assert_true(open_at(0, utc));
	assert_true(open_at(MONDAY, utc));
}

static void every_day(void **state)
{
	(void)state;
	parse("02:00-05:00");
	assert_false(open_at(AT(0, 1, 59) + 59, utc));
	assert_true(open_at(AT(0, 2, 0), utc));
	assert_true(open_at(AT(6, 4, 59) + 59, utc));
	assert_false(open_at(AT(6, 5, 0), utc));
	assert_int_equal(window_opens(&w, AT(0, 0, 0), utc), AT(0, 2, 0));
	assert_int_equal(window_opens(&w, AT(0, 1, 59) + 59, utc), AT(0, 2, 0));
	assert_int_equal(window_opens(&w, AT(0, 5, 0), utc), AT(1, 2, 0));
	parse("2:07-24:00");
	assert_true(open_at(AT(3, 23, 59), utc));
	assert_false(open_at(AT(4, 0, 0), utc));
	assert_int_equal(window_opens(&w, AT(4, 0, 0) + 1, utc), AT(4, 2, 7));
	parse("00:00-24:00");
	assert_true(open_at(AT(4, 0, 0), utc));
}

static void on_some_days(void **state)
{
	(void)state;
	parse("Mon-Fri 02:00-05:00");
	assert_true(open_at(AT(4, 3, 0), utc));
	assert_false(open_at(AT(5, 3, 0), utc));
	assert_int_equal(window_opens(&w, AT(4, 5, 0), utc), AT(7, 2, 0));
	parse("sat,SUN,tue 02:00-05:00");
	assert_true(open_at(AT(1, 3, 0), utc));
	assert_true(open_at(AT(5, 3, 0), utc));
	assert_true(open_at(AT(6, 3, 0), utc));
	assert_false(open_at(AT(0, 3, 0), utc));
	parse("Sat-Mon 02:00-05:00"); /* over the end of the week */
	assert_true(open_at(AT(0, 3, 0), utc));
	assert_true(open_at(AT(6, 3, 0), utc));
	assert_false(open_at(AT(1, 3, 0), utc));
	assert_int_equal(window_opens(&w, AT(0, 5, 0), utc), AT(5, 2, 0));
}

/* It belongs to the day on which it begins. */
static void over_midnight(void **state)
{
	(void)state;
	parse("Fri 22:00-02:00");
	assert_false(open_at(AT(4, 1, 0), utc));
	assert_true(open_at(AT(4, 22, 0), utc));
	assert_true(open_at(AT(5, 1, 59), utc));
	assert_false(open_at(AT(5, 2, 0), utc));
	assert_false(open_at(AT(5, 22, 0), utc));
	parse("Sun 23:00-01:00");
	assert_true(open_at(AT(7, 0, 30), utc));
	assert_true(open_at(AT(0, 0, 30), utc));
	assert_false(open_at(AT(1, 0, 30), utc));
}

static void several(void **state)
{
	static const char *const same[] = {
		"Mon 02:00-03:00; Wed 12:30-13:00, Thu,Fri 01:00-02:00 Europe/Berlin",
		"Mon 02:00-03:00 Europe/Berlin;Wed 12:30-13:00 Europe/Berlin ,Thu,Fri 01:00-02:00 Europe/Berlin",
		"Mon 02:00-03:00 Europe/Berlin , Wed 12:30-13:00 ; Thu,Fri 01:00-02:00",
	};
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		parse(same[i]);
		assert_int_equal(w.count, 3);
		assert_string_equal(w.zone, "Europe/Berlin");
		assert_true(open_at(AT(0, 2, 0), utc));
		assert_true(open_at(AT(2, 12, 45), utc));
		assert_true(open_at(AT(4, 1, 0), utc));
		assert_false(open_at(AT(2, 2, 0), utc));
		assert_int_equal(window_opens(&w, AT(0, 3, 0), utc), AT(2, 12, 30));
	}
	parse("02:00-03:00 CET-1CEST,M3.5.0,M10.5.0/3, Wed 04:00-05:00"); /* commas of the rule, and one between spans
									   */
	assert_int_equal(w.count, 2);
	assert_string_equal(w.zone, "CET-1CEST,M3.5.0,M10.5.0/3");
}

static void in_another_zone(void **state)
{
	(void)state;
	parse("Mon 02:00-05:00");
	assert_true(open_at(AT(0, 1, 0), berlin)); /* 02:00 there in winter */
	assert_false(open_at(AT(0, 4, 0), berlin));
	parse("Mon 05:45-06:00");
	assert_int_equal(window_opens(&w, AT(-1, 12, 0), kathmandu), AT(0, 0, 0));
	parse("Sun 20:00-21:00");
	assert_true(open_at(AT(0, 7, 30), far_west));
	assert_int_equal(window_opens(&w, AT(0, 8, 0), far_west), AT(7, 7, 0));
	parse("02:00-03:00");
	assert_int_equal(window_opens(&w, AT(0, 1, 59), uneven), AT(0, 1, 59) + 43);
	parse("Thu 00:00-24:00");
	assert_true(open_at(0, utc));
	assert_false(open_at(-1, utc)); /* before 1970 clocks go as well */
	assert_false(open_at(0, far_west));
}

static void when_clocks_go_forward(void **state)
{
	(void)state;
	parse("Sun 02:00-03:00"); /* there is no such hour on this day */
	assert_false(open_at(SPRING - 1, berlin));
	assert_false(open_at(SPRING, berlin));
	assert_int_equal(window_opens(&w, SPRING - 3600, berlin), SPRING + 7 * 86400 - 3600);
	parse("Sun 02:30-04:00"); /* of this one half an hour less */
	assert_false(open_at(SPRING - 1, berlin));
	assert_true(open_at(SPRING, berlin));
	assert_int_equal(window_opens(&w, SPRING - 3600, berlin), SPRING);
	assert_false(open_at(SPRING + 3600, berlin));
	parse("01:30-02:30");
	assert_true(open_at(SPRING - 1, berlin));
	assert_false(open_at(SPRING, berlin));
}

static void when_clocks_go_back(void **state)
{
	(void)state;
	parse("Sun 02:00-03:00"); /* twice */
	assert_true(open_at(AUTUMN - 3600, berlin));
	assert_true(open_at(AUTUMN - 1, berlin));
	assert_true(open_at(AUTUMN, berlin));
	assert_false(open_at(AUTUMN + 3600, berlin));
	parse("Sun 02:00-02:30");
	assert_false(open_at(AUTUMN - 1800, berlin));
	assert_int_equal(window_opens(&w, AUTUMN - 1800, berlin), AUTUMN);
}

static void names_the_wrong_part(void **state)
{
	static const char *const wrong[][2] = {
		{"always", "'always' is no span"},
		{"02:00-05:00;", "'' is no span"},
		{"02:00-05:00; Mon", "'Mon' is no span"},
		{"Mon-Fri", "'Mon-Fri'"},
		{"Mon- 02:00-03:00", "'Mon- 02:00-03:00'"},
		{"Montag 02:00-03:00", "'Montag 02:00-03:00'"},
		{"Mon 02:00-03:00;Xyz 1:00-2:00", "'Xyz 1:00-2:00'"},
		{"25:00-26:00", "'25:00-26:00'"},
		{"24:00-02:00", "'24:00-02:00'"},
		{"02:60-03:00", "'02:60-03:00'"},
		{"02:00-24:01", "'02:00-24:01'"},
		{"02:00-02:00", "'02:00-02:00'"},
		{"02:00-05:00,Mo 1:00-2:00", "'Mo 1:00-2:00' is no span"},
		{"2-5", "'2-5'"},
		{"02:00", "'02:00'"},
		{"02:00-5", "'02:00-5'"},
		{"02:00-05:00Z", "'02:00-05:00Z'"},
		{"002:00-05:00", "'002:00-05:00'"},
		{"02:00-03:00 UTC; 04:00-05:00 Europe/Berlin", "another time zone"},
		{"1:00-2:00,1:00-2:00,1:00-2:00,1:00-2:00,1:00-2:00,1:00-2:00,1:00-2:00,1:00-2:00,1:00-2:00,"
		 "1:00-2:00,1:00-2:00,1:00-2:00,1:00-2:00,1:00-2:00,1:00-2:00,1:00-2:00,1:00-2:00",
		 "more than 16 spans"},
		{"1:00-2:00 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "too long"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (window_parse(wrong[i][0], &w, why, sizeof(why)))
			fail_msg("UPDATE_WINDOW=%s is taken", wrong[i][0]);
		if (strstr(why, wrong[i][1]) == NULL)
			fail_msg("UPDATE_WINDOW=%s: %s", wrong[i][0], why);
		assert_int_equal(w.count, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_window_it_is_always_open),
		cmocka_unit_test(every_day),
		cmocka_unit_test(on_some_days),
		cmocka_unit_test(over_midnight),
		cmocka_unit_test(several),
		cmocka_unit_test(in_another_zone),
		cmocka_unit_test(when_clocks_go_forward),
		cmocka_unit_test(when_clocks_go_back),
		cmocka_unit_test(names_the_wrong_part),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
