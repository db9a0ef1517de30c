#include "test/unit.h"
#include "updater/policy/pin.h"

#include <stdio.h>
#include <string.h>

static struct pin pin;
static char why[200];

static void expect(const char *text, const char *tag, bool allowed)
{
	if (!pin_parse(text, &pin, why, sizeof(why)))
		fail_msg("%s: %s", text, why);
	assert_string_equal(pin.text, text);
	if (pin_allows(&pin, tag) != allowed)
		fail_msg("GH_PIN=%s %s %s", text, allowed ? "does not allow" : "allows", tag);
}

/* What is within a pin, from its lower end to its upper one, and what is next to it. */
static const struct {
	const char *pin, *within[6], *outside[7];
} table[] = {
	{"v1.2.3", {"v1.2.3", "1.2.3", "app-v1.2.3", "1.2.3+build"}, {"1.2.4", "1.2.3-rc.1", "1.2.3.1", "1.2"}},
	{"=1.2.3", {"v1.2.3"}, {"1.2.4", "=1.2.3"}},
	{"1.2", {"1.2", "v1.2.0", "1.2.99", "1.2.0-rc.1"}, {"1.3.0", "1.1.9", "12.0", "1.20.0", "1.3.0-rc.1"}},
	{"1", {"1.0.0", "v1", "1.99.1"}, {"2.0.0", "0.9", "2.0.0-rc.1", "10.0"}},
	{"^1", {"1.0.0", "1.99.0", "1.0.0-rc.1"}, {"0.9.9", "2.0.0", "2.0.0-rc.1", "11.0"}},
	{"^1.2.3", {"1.2.3", "1.9.0", "1.3.0-rc.1"}, {"1.2.2", "1.2.3-rc.1", "2.0.0-alpha", "2.0.0"}},
	{"^0.2.3", {"0.2.3", "0.2.9"}, {"0.3.0", "0.2.2", "1.0.0", "0.3.0-rc.1"}},
	{"^0.0.3", {"0.0.3"}, {"0.0.4", "0.0.2", "0.1.0"}},
	{"^0.0", {"0.0.0", "0.0.9"}, {"0.1.0"}},
	{"^0", {"0.0.1", "0.9.0"}, {"1.0.0"}},
	{"^1.2.3-beta.2", {"1.2.3-beta.2", "1.2.3-rc.1", "1.2.3", "1.4.0"}, {"1.2.3-beta.1", "2.0.0"}},
	{"~1.4", {"1.4.0", "1.4.9", "1.4.0-rc.1"}, {"1.5.0", "1.3.9", "1.5.0-rc.1", "2.4.0"}},
	{"~1.4.2", {"1.4.2", "1.4.9"}, {"1.4.1", "1.5.0", "1.4.2-rc.1"}},
	{"~1", {"1.0.0", "1.9.9"}, {"2.0.0", "0.9.9"}},
	{">=2 <3", {"2.0.0", "2.99.1", "2.0.0-rc.1"}, {"1.9.9", "3.0.0", "3.0.0-rc.1", "3.0.1"}},
	{">= 2.1  < 3", {"2.1.0"}, {"2.0.9", "3.0.0"}},
	{">=1.3.0", {"1.3.0", "9.0"}, {"1.3.0-rc.1", "1.2.9"}},
	{"<2.0.0", {"1.9.9", "1.9.9-rc.1"}, {"2.0.0", "2.0.0-rc.1"}},
	{"<2.0.0-rc.2", {"2.0.0-rc.1", "1.0.0"}, {"2.0.0-rc.2", "2.0.0"}},
	{"<=2.0.0", {"2.0.0", "2.0.0-rc.1"}, {"2.0.1"}},
	{"<=1.2", {"1.2.9", "1.1.0"}, {"1.3.0", "1.3.0-rc.1"}},
	{">1.2", {"1.3.0"}, {"1.2.9", "1.2.0"}},
	{">1.2.3", {"1.2.4", "1.2.4-rc.1"}, {"1.2.3", "1.2.3-rc.1"}},
	{"=build-123", {"build-123"}, {"build-124", "1.2.3", "v123"}},
	{"2024.05", {"2024.05.1", "2024.5.30"}, {"2024.06.1"}},
	{"1.2.3.4", {"1.2.3.4"}, {"1.2.3", "1.2.3.5"}},
};

static void what_is_within(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		for (size_t j = 0; j < 6 && table[i].within[j] != NULL; j++)
			expect(table[i].pin, table[i].within[j], true);
		for (size_t j = 0; j < 7 && table[i].outside[j] != NULL; j++)
			expect(table[i].pin, table[i].outside[j], false);
		expect(table[i].pin, "nightly", false);
	}
}

static void names_the_wrong_part(void **state)
{
	static const char *const wrong[][2] = {
		{"latest", "'latest' is no version"},
		{"1.2 <=x", "'<=x'"},
		{"^", "'^'"},
		{"1.2.x", "'1.2.x'"},
		{">=1 || <3", "'||'"},
		{">=1,<3", "'>=1,<3'"},
		{"=>2", "'=>2'"},
		{"^^1", "'^^1'"},
		{"=a/b", "'=a/b'"},
		{"app-v1.2", "'app-v1.2'"},
		{"*", "'*'"},
		{" ", "no condition"},
		{"1 1 1 1 1 1 1 1 1", "more than 8 conditions"},
		{">", "'>'"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (pin_parse(wrong[i][0], &pin, why, sizeof(why)))
			fail_msg("GH_PIN=%s is taken", wrong[i][0]);
		if (strstr(why, wrong[i][1]) == NULL)
			fail_msg("GH_PIN=%s: %s", wrong[i][0], why);
		assert_int_equal(pin.count, 0);
	}
	char longest[PIN_TEXT + 10];
	memset(longest, '1', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	assert_false(pin_parse(longest, &pin, why, sizeof(why)));
}

static void none_lets_everything_pass(void **state)
{
	(void)state;
	pin = (struct pin){0};
	assert_true(pin_allows(&pin, "v1.2.3"));
	assert_true(pin_allows(&pin, "nightly"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_within),
		cmocka_unit_test(names_the_wrong_part),
		cmocka_unit_test(none_lets_everything_pass),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
