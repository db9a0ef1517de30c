#include "test/unit.h"
#include "updater/policy/channel.h"

#include <string.h>

static char why[200];

static bool takes(const char *text, const char *tag, bool flagged)
{
	struct channel channel;
	assert_true(channel_parse(text, &channel, why, sizeof(why)));
	return channel_takes(&channel, tag, flagged);
}

/* A flag that was forgotten, and a suffix that was. */
static void flag_or_suffix(void **state)
{
	(void)state;
	assert_true(takes("stable", "v1.0.0", false));
	assert_false(takes("stable", "v1.0.0", true));
	assert_false(takes("stable", "v1.0.0-rc.1", false));
	assert_false(takes("stable", "v1.0.0-rc.1", true));
	assert_true(takes("stable", "v1.0.0+rc.1", false));
	assert_true(takes("stable", "build-7", false));
	assert_false(takes("stable", "build-7", true));
	assert_true(takes("prerelease", "v1.0.0", false));
	assert_true(takes("prerelease", "v1.0.0", true));
	assert_true(takes("prerelease", "v1.0.0-rc.1", false));
	assert_true(takes("prerelease", "build-7", true));
}

static void by_suffix(void **state)
{
	static const char *const ours[] = {"1.2.0-beta", "v1.2.0-beta.3", "1.2.0-BETA3", "1.2.0-beta-3",
					   "app-v1.2.0-beta.1+7"};
	static const char *const others[] = {"1.2.0-rc.1", "1.2.0-betatest", "1.2.0-alpha.beta", "1.2.0-0.beta",
					     "1.2.0-bet"};
	(void)state;
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		assert_true(takes("-beta", ours[i], true));
		assert_true(takes("-beta", ours[i], false));
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_false(takes("-beta", others[i], true));
	assert_true(takes("-beta", "1.3.0", false));
	assert_false(takes("-beta", "1.3.0", true)); /* a prerelease of nobody knows which kind */
}

static void refuses_what_is_no_channel(void **state)
{
	static const char *const wrong[] = {"beta",    "Stable", "-",
					    "-beta.1", "-be ta", "latest",
					    "*",       "--beta", "-abcdefghijabcdefghijabcdefghijabc"};
	struct channel channel;
	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_false(channel_parse(wrong[i], &channel, why, sizeof(why)));
		assert_non_null(strstr(why, "has to be stable, prerelease, a suffix"));
		assert_int_equal(channel.kind, CHANNEL_STABLE);
	}
}

#define COMMIT "0123456789abcdef0123456789abcdef01234567"

static void branches_have_tags_that_name_the_commit(void **state)
{
	static const struct {
		const char *text, *branch, *tag;
	} cases[] = {
		{"branch:main", "main", "main-0123456"},
		{"branch:feature/new_ui", "feature/new_ui", "feature-new_ui-0123456"},
		{"branch:refs/pull/7/head", "refs/pull/7/head", "refs-pull-7-head-0123456"},
		{"branch:v1.2+x", "v1.2+x", "v1.2+x-0123456"},
		{"branch:gr\303\274n", "gr\303\274n", "gr--n-0123456"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct channel channel;
		char tag[VERSION_TAG_MAX + 1];
		assert_true(channel_parse(cases[i].text, &channel, why, sizeof(why)));
		assert_int_equal(channel.kind, CHANNEL_BRANCH);
		assert_string_equal(channel.branch, cases[i].branch);
		channel_branch_tag(&channel, COMMIT, tag);
		assert_string_equal(tag, cases[i].tag);
		assert_null(version_tag_fault(tag));
		assert_false(channel_takes(&channel, "v1.0.0", false));
	}
}

static void refuses_what_is_no_branch(void **state)
{
	static const char *const wrong[] = {"branch:",	  "branch:-x",	 "branch:a b",	  "branch:a..b", "branch:/a",
					    "branch:a/",  "branch:a.",	 "branch:a/.b",	  "branch:a//b", "branch:a@{1}",
					    "branch:a~1", "branch:a^{}", "branch:a.lock", "branch",	 "branch:a\nb"};
	char longest[8 + CHANNEL_BRANCH_MAX + 2] = "branch:";
	struct channel channel;
	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_false(channel_parse(wrong[i], &channel, why, sizeof(why)));
		assert_int_equal(channel.kind, CHANNEL_STABLE);
	}
	memset(longest + 7, 'x', CHANNEL_BRANCH_MAX);
	assert_true(channel_parse(longest, &channel, why, sizeof(why)));
	longest[7 + CHANNEL_BRANCH_MAX] = 'x';
	assert_false(channel_parse(longest, &channel, why, sizeof(why)));
	assert_non_null(strstr(why, "at most 100 bytes"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flag_or_suffix),
		cmocka_unit_test(by_suffix),
		cmocka_unit_test(refuses_what_is_no_channel),
		cmocka_unit_test(branches_have_tags_that_name_the_commit),
		cmocka_unit_test(refuses_what_is_no_branch),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
