#include "test/unit.h"
#include "updater/policy/skip.h"

#include <string.h>

static void names_whole_tags(void **state)
{
	(void)state;
	assert_true(skip_names("v1.2.3", "v1.2.3"));
	assert_true(skip_names("1.2.3", "v1.2.3"));
	assert_true(skip_names("v1.2.3", "1.2.3"));
	assert_true(skip_names("v1.2.3 , build-7,v2", "build-7"));
	assert_true(skip_names("v1.2.3, v2", "v2"));
	assert_false(skip_names("v1.2.3, v2", "v2.0.0"));
	assert_false(skip_names("v1.2.3", "v1.2"));
	assert_false(skip_names("v1.2", "v1.2.3"));
	assert_false(skip_names("v1.2.3", "v1.2.3-rc.1"));
}

static void names_the_wrong_tag(void **state)
{
	static const char *const wrong[][2] = {{"v1,", "the tag '' is empty"},
					       {"v1,,v2", "the tag '' is empty"},
					       {"v1, ../x", "the tag '../x' starts with"},
					       {"v1 v2", "the tag 'v1 v2' has a character"},
					       {">=2", "the tag '>=2' has a character"}};
	char why[200];
	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_false(skip_check(wrong[i][0], why, sizeof(why)));
		assert_non_null(strstr(why, wrong[i][1]));
	}
	assert_true(skip_check("v1", why, sizeof(why)));
	assert_true(skip_check(" v1 , nightly,app-v2.0", why, sizeof(why)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_whole_tags),
		cmocka_unit_test(names_the_wrong_tag),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
