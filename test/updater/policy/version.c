#include "test/unit.h"
#include "updater/policy/version.h"

#include <string.h>

static int sign(int n)
{
	return (n > 0) - (n < 0);
}

/* Each line is older than the next: semver 2.0 section 11, then what people also write. */
static void orders_versions(void **state)
{
	static const char *const rising[] = {
		"dev",
		"0.0.1",
		"v0.1",
		"1.0.0-alpha",
		"1.0.0-alpha.1",
		"1.0.0-alpha.beta",
		"1.0.0-beta",
		"1.0.0-beta.2",
		"1.0.0-beta.11",
		"1.0.0-rc.1",
		"v1.0.0",
		"1.0.1",
		"1.9.0",
		"v1.10.0",
		"1.11.0",
		"1.1000.0",
		"v2",
		"2.0.0.1",
		"2.1.0",
		"2024.05.1",
		"99999999999999999999999.999999999999999999.99999999999999998",
		"99999999999999999999999.999999999999999999.99999999999999999",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rising) / sizeof(rising[0]); i++)
		for (size_t j = 0; j < sizeof(rising) / sizeof(rising[0]); j++)
			assert_int_equal(sign(version_compare(rising[i], rising[j])), sign((int)i - (int)j));
}

static void equal_versions(void **state)
{
	static const char *const pairs[][2] = {
		{"1.0.0", "v1.0.0"},	       {"1", "v1.0.0"},	   {"1.0.0+a", "1.0.0+b"}, {"1.02.3", "1.2.3"},
		{"1.0.0-rc.01", "1.0.0-rc.1"}, {"dev", "nightly"}, {"V3.1", "3.1.0"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		assert_int_equal(version_compare(pairs[i][0], pairs[i][1]), 0);
}

static void what_is_a_version(void **state)
{
	static const char *const yes[] = {"1", "v1", "1.2.3.4.5.6.7.8", "1.2.3-a.b-c.0", "1.2.3+x.y", "v1.2.3-rc.1+b"};
	static const char *const no[] = {"",
					 "v",
					 "dev",
					 "1.",
					 ".1",
					 "1..2",
					 "1.2.3-",
					 "1.2.3-a..b",
					 "1.2.3+",
					 "1.2.3+.",
					 "app-12",
					 "1.2.3_4",
					 "1.2.3 ",
					 "1.2.3.4.5.6.7.8.9",
					 "vv1",
					 "build-123",
					 "nightly-2024-05-01",
					 "app/v1.2"};
	(void)state;
	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		assert_true(version_is(yes[i]));
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		assert_false(version_is(no[i]));
	assert_true(version_is_prerelease("v1.0.0-rc.1"));
	assert_false(version_is_prerelease("v1.0.0+rc.1"));
	assert_false(version_is_prerelease("some-thing"));
}

/* What stands before the number: nothing, a word that means nothing, or the name of a project. */
static void lines(void **state)
{
	static const char *const table[][3] = {
		{"v1.2.3", "", "1.2.3"},
		{"release-1.2", "", "1.2"},
		{"Version_v1.2.3-rc.1", "", "1.2.3-rc.1"},
		{"app-v1.2.3", "app", "1.2.3"},
		{"my-app_1.2.3-rc.1", "my-app", "1.2.3-rc.1"},
		{"app-2-1.0", "app-2", "1.0"},
		{"jq-1.7", "jq", "1.7"},
		{"1.2.3-app-2.0", "", "1.2.3-app-2.0"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		assert_true(version_is(table[i][0]));
		assert_int_equal(version_line(table[i][0]), strlen(table[i][1]));
		assert_string_equal(version_bare(table[i][0]), table[i][2]);
	}
	assert_true(version_same_line("release-1.2", "v2.0.0"));
	assert_true(version_same_line("app-v1.2", "app-2.0"));
	assert_false(version_same_line("app-v1.2", "v2.0"));
	assert_false(version_same_line("app-v1.2", "app2-v1.2"));
	assert_false(version_same_line("nightly", "nightly"));
	assert_true(version_compare("app-v1.10.0", "app-1.9.0") > 0);
	assert_true(version_compare("release-1.2", "v1.1") > 0);
	assert_true(version_is_prerelease("app-v1.0.0-rc.1"));
	assert_string_equal(version_bare("vnext"), "next");
}

static void first_numbers(void **state)
{
	(void)state;
	assert_int_equal(version_compare_first("1.2.3", "app-v1.2.9-rc.1", 2), 0);
	assert_true(version_compare_first("1.2.3", "1.2.9", 3) < 0);
	assert_true(version_compare_first("1.10", "1.9.9", 2) > 0);
	assert_int_equal(version_compare_first("1", "1.0.0.0", 99), 0);
	assert_true(version_compare_first("1", "dev", 1) > 0);
	assert_int_equal(version_numbers("v1.2.3-4.5"), 3);
	assert_int_equal(version_numbers("dev"), 0);
}

/* A tag made of pieces that versions are made of, so that most of them are nearly alike. */
static void make_tag(unsigned *seed, char out[64])
{
	static const char *const pieces[] = {"1",    "2",  "10", "0",  ".",    ".",    ".", "-",   "-rc",
					     "beta", "1.", "0.", "+b", "app-", "lib-", "v", "1.2", "x"};
	unsigned n = *seed % 5 + 1;
	out[0] = '\0';
	for (unsigned i = 0; i < n; i++) {
		*seed = *seed * 1103515245 + 12345;
		strcat(out, pieces[(*seed >> 16) % (sizeof(pieces) / sizeof(pieces[0]))]);
	}
	*seed = *seed * 1103515245 + 12345;
}

static void order_is_an_order(void **state)
{
	enum { TAGS = 150 };
	static char tags[TAGS][64];
	unsigned seed = 20261126, versions = 0;
	(void)state;
	for (size_t i = 0; i < TAGS; i++) {
		make_tag(&seed, tags[i]);
		versions += version_is(tags[i]);
	}
	assert_in_range(versions, TAGS / 10, TAGS - 10); /* some of either kind */
	for (size_t i = 0; i < TAGS; i++)
		for (size_t j = 0; j < TAGS; j++) {
			int order = sign(version_compare(tags[i], tags[j]));
			if (order != -sign(version_compare(tags[j], tags[i])))
				fail_msg("%s and %s", tags[i], tags[j]);
			for (size_t k = 0; order <= 0 && k < TAGS; k++)
				if (version_compare(tags[j], tags[k]) <= 0 &&
				    sign(version_compare(tags[i], tags[k])) > 0)
					fail_msg("%s <= %s <= %s", tags[i], tags[j], tags[k]);
		}
}

static void which_tag_may_be_a_path(void **state)
{
	char longest[VERSION_TAG_MAX + 2];
	static const char *const no[] = {"",	  ".",	  "..",	  ".hidden",  "-rf",
					 "a/b",	  "../x", "a b",  "a\nb",     "caf\xc3\xa9",
					 "v1%2f", "v1~",  "v1@2", "v1.files", "v1.carried"};
	(void)state;
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		assert_non_null(version_tag_fault(no[i]));
	assert_null(version_tag_fault("v1.2.3-rc.1+build_7"));
	memset(longest, 'a', sizeof(longest));
	longest[VERSION_TAG_MAX + 1] = '\0';
	assert_non_null(version_tag_fault(longest));
	longest[VERSION_TAG_MAX] = '\0';
	assert_null(version_tag_fault(longest));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(orders_versions),	   cmocka_unit_test(equal_versions),
		cmocka_unit_test(what_is_a_version),	   cmocka_unit_test(lines),
		cmocka_unit_test(first_numbers),	   cmocka_unit_test(order_is_an_order),
		cmocka_unit_test(which_tag_may_be_a_path),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
