#include "test/updater/scratch.h"

#include "updater/disk/profile.h"

static void begins_with_none(void **state)
{
	char used[PROFILE_USED] = "x";
	(void)state;
	assert_false(profile_current(scratch_fd, used));
	assert_string_equal(used, "");
	assert_int_equal(profile_turn(scratch_fd, ""), 0);
	assert_int_equal(profile_sweep(scratch_fd), 0);
}

static void is_kept_and_put_in_force(void **state)
{
	char first[PROFILE_USED], second[PROFILE_USED], again[PROFILE_USED], used[PROFILE_USED], path[200];
	char name[PROFILE_NAME_MAX + 1];
	(void)state;
	assert_int_equal(profile_save(scratch_fd, "blue", "one", 3, first), 0);
	assert_int_equal(profile_save(scratch_fd, "blue", "two", 3, second), 0);
	assert_int_equal(profile_save(scratch_fd, "blue", "one", 3, again), 0);
	assert_string_equal(first, again); /* the same text is the same profile */
	assert_string_not_equal(first, second);
	assert_false(profile_current(scratch_fd, used)); /* not in force yet */
	assert_int_equal(profile_turn(scratch_fd, second), 0);
	assert_true(profile_current(scratch_fd, used));
	assert_string_equal(used, second);
	profile_name(used, name);
	assert_string_equal(name, "blue");
	assert_int_equal(profile_sweep(scratch_fd), 0);
	snprintf(path, sizeof(path), "profiles.used/%s", first);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(access("profile", R_OK), 0);
	assert_int_equal(profile_turn(scratch_fd, ""), 0);
	assert_false(profile_current(scratch_fd, used));
	assert_int_equal(profile_sweep(scratch_fd), 0);
	assert_int_equal(access("profiles.used", F_OK), 0);
	assert_int_equal(rmdir("profiles.used"), 0); /* is empty */
}

/* A link that somebody else made is none. */
static void other_links_are_none(void **state)
{
	static const char *const targets[] = {"profiles.used/../state", "/etc/passwd", "profiles.used/", "profiles",
					      "profiles.usedx/a.0123456789abcdef"};
	char used[PROFILE_USED];
	(void)state;
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		assert_int_equal(symlink(targets[i], "profile"), 0);
		assert_false(profile_current(scratch_fd, used));
		assert_string_equal(used, "");
		assert_int_equal(unlink("profile"), 0);
	}
}

static void what_a_name_may_be(void **state)
{
	char longest[PROFILE_NAME_MAX + 2], used[PROFILE_USED];
	(void)state;
	memset(longest, 'x', sizeof(longest));
	longest[PROFILE_NAME_MAX + 1] = '\0';
	assert_non_null(profile_name_fault(longest));
	longest[PROFILE_NAME_MAX] = '\0';
	assert_null(profile_name_fault(longest));
	assert_int_equal(profile_save(scratch_fd, longest, "", 0, used), 0);
	assert_null(version_tag_fault(used)); /* it stands in the state file as a name */
	assert_non_null(profile_name_fault("../x"));
	assert_non_null(profile_name_fault(".x"));
	assert_non_null(profile_name_fault(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_SCRATCH(begins_with_none),
		IN_SCRATCH(is_kept_and_put_in_force),
		IN_SCRATCH(other_links_are_none),
		IN_SCRATCH(what_a_name_may_be),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
