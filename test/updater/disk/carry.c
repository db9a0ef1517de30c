#include "test/updater/scratch.h"
#include "updater/disk/carry.h"

#include <errno.h>

/* Two releases side by side, as they stand on disk. */
struct pair {
	struct manifest before, after;
	struct carry carry;
};

static void ship_two(void)
{
	put("v1/run", "one");
	put("v1/config", "standard");
	put("v1/share/help", "help");
	put("v1/gone/with/v2", "x");
	put("v1/becomes-file/inner", "x");
	put("v2/run", "two");
	put("v2/config", "better standard");
	put("v2/share/help", "more help");
	put("v2/becomes-file", "a file now");
	put("v2/taken", "shipped by v2");
	ship("v1", "v1", "v1.files");
	ship("v2", "v2", "v2.files");
}

static void open_pair(struct pair *p, const char *from, const char *to)
{
	char files[32];
	*p = (struct pair){.carry = {.from = open_dir(from), .to = open_dir(to), .old_tag = from}};
	snprintf(files, sizeof(files), "%s.files", from);
	assert_int_equal(manifest_open(AT_FDCWD, files, &p->before), 0);
	snprintf(files, sizeof(files), "%s.files", to);
	assert_int_equal(manifest_open(AT_FDCWD, files, &p->after), 0);
	p->carry.before = &p->before;
	p->carry.after = &p->after;
}

static void close_pair(struct pair *p)
{
	close(p->carry.from);
	close(p->carry.to);
	manifest_close(&p->before);
	manifest_close(&p->after);
}

static size_t carry(const char *from, const char *to)
{
	struct pair p;
	open_pair(&p, from, to);
	assert_int_equal(carry_check(&p.carry), 0);
	assert_int_equal(carry_over(&p.carry), 0);
	close_pair(&p);
	return p.carry.carried;
}

static void nothing_to_carry(void **state)
{
	(void)state;
	ship_two();
	assert_int_equal(carry("v1", "v2"), 0);
	assert_false(there("v2/gone"));
}

static void what_the_app_made_goes_along(void **state)
{
	struct stat a, b;
	(void)state;
	ship_two();
	put("v1/data.db", "rows");
	put("v1/log/2026/today", "lines");
	put("v1/share/cache", "warm");
	put("v1/gone/with/mine", "precious");
	mkdir("v1/empty", 0700);
	assert_int_equal(symlink("data.db", "v1/latest"), 0);
	assert_int_equal(mkfifo("v1/pipe", 0600), 0);
	assert_int_equal(carry("v1", "v2"), 6);
	holds("v2/data.db", "rows");
	holds("v2/log/2026/today", "lines");
	holds("v2/share/cache", "warm");
	holds("v2/share/help", "more help");
	holds("v2/gone/with/mine", "precious");
	assert_false(there("v2/gone/with/v2")); /* v1's own is not the app's */
	holds("v2/latest", "rows");
	assert_int_equal(lstat("v2/pipe", &a), 0);
	assert_true(S_ISFIFO(a.st_mode));
	assert_int_equal(lstat("v2/empty", &a), 0);
	assert_int_equal(a.st_mode & 07777, 0700);
	assert_int_equal(stat("v1/data.db", &a), 0);
	assert_int_equal(stat("v2/data.db", &b), 0);
	assert_true(a.st_ino == b.st_ino); /* a link, not a copy */
	holds("v2/run", "two");
	assert_int_equal(carry("v1", "v2"), 0); /* done again it changes nothing */
}

static void edited_files_are_kept_beside(void **state)
{
	(void)state;
	ship_two();
	edit("v1/config", "my own");
	assert_int_equal(carry("v1", "v2"), 1);
	holds("v2/config", "better standard");
	holds("v2/config.local-v1", "my own");
	/* back home it is the file itself, and needs no copy */
	assert_int_equal(carry("v2", "v1"), 0);
	holds("v1/config", "my own");
	assert_false(there("v1/config.local-v1"));
}

static void names_that_both_want(void **state)
{
	(void)state;
	ship_two();
	put("v1/taken", "the app's");
	put("v1/becomes-file/inner2", "the app's too");
	put("v1/share2", "a file where nothing is");
	assert_int_equal(carry("v1", "v2"), 3);
	holds("v2/taken", "shipped by v2");
	holds("v2/taken.local-v1", "the app's");
	holds("v2/becomes-file", "a file now");
	holds("v2/becomes-file.local-v1/inner2", "the app's too");
	holds("v2/share2", "a file where nothing is");
}

static void goes_back_with_the_newest(void **state)
{
	(void)state;
	ship_two();
	put("v1/data.db", "old rows");
	carry("v1", "v2");
	put("v2/data.db", "new rows"); /* replaced by rename: another inode now */
	put("v2/fresh", "of v2's life");
	assert_int_equal(carry("v2", "v1"), 2);
	holds("v1/data.db", "new rows");
	holds("v1/fresh", "of v2's life");
	holds("v1/run", "one");
}

static void what_a_crash_left_is_overcome(void **state)
{
	(void)state;
	ship_two();
	put("v1/data.db", "rows");
	put("v2/.moult-carry", "half a copy");
	put("v1/.moult-carry", "half a copy, of another time");
	assert_int_equal(carry("v1", "v2"), 1);
	holds("v2/data.db", "rows");
	assert_false(there("v2/.moult-carry"));
}

static void never_leaves_the_tree(void **state)
{
	(void)state;
	ship_two();
	mkdir("outside", 0755);
	put("v1/share/mine", "the app's");
	assert_int_equal(tree_remove(AT_FDCWD, "v2/share"), 0);
	assert_int_equal(symlink("../outside", "v2/share"), 0);
	assert_int_equal(carry("v1", "v2"), 1);
	assert_false(there("outside/mine"));
	holds("v2/share.local-v1/mine", "the app's");
}

static void another_file_system(void **state)
{
	char other[] = "/dev/shm/moult-test-XXXXXX", path[64];
	struct stat a, b;
	struct pair p;
	(void)state;
	if (mkdtemp(other) == NULL)
		skip();
	if (stat(other, &a) == -1 || stat(".", &b) == -1 || a.st_dev == b.st_dev) {
		rmdir(other);
		skip();
	}
	ship_two();
	put("v1/data.db", "rows");
	assert_int_equal(chmod("v1/data.db", 0640), 0);
	assert_int_equal(symlink("data.db", "v1/latest"), 0);
	open_pair(&p, "v1", "v2");
	close(p.carry.to);
	p.carry.to = open_dir(other);
	assert_int_equal(carry_over(&p.carry), 0);
	snprintf(path, sizeof(path), "%s/latest", other);
	holds(path, "rows");
	snprintf(path, sizeof(path), "%s/data.db", other);
	assert_int_equal(stat(path, &a), 0);
	assert_int_equal(a.st_mode & 07777, 0640);
	assert_int_equal(stat("v1/data.db", &b), 0);
	assert_int_equal(a.st_mtim.tv_nsec, b.st_mtim.tv_nsec);
	close_pair(&p);
	assert_int_equal(tree_remove(AT_FDCWD, other), 0);
}

static void says_what_cannot_follow(void **state)
{
	char name[252];
	struct pair p;
	(void)state;
	ship_two();
	memset(name, 'n', sizeof(name));
	memcpy(name, "v1/", 3);
	name[sizeof(name) - 1] = '\0';
	put(name, "x");
	memcpy(name, "v2/", 3);
	mkdir(name, 0755); /* so it would need a longer name beside it than there can be */
	open_pair(&p, "v1", "v2");
	assert_int_equal(carry_over(&p.carry), -1);
	assert_int_equal(errno, ENAMETOOLONG);
	assert_string_equal(p.carry.path, name + 3);
	close_pair(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_SCRATCH(nothing_to_carry),
		IN_SCRATCH(what_the_app_made_goes_along),
		IN_SCRATCH(edited_files_are_kept_beside),
		IN_SCRATCH(names_that_both_want),
		IN_SCRATCH(goes_back_with_the_newest),
		IN_SCRATCH(what_a_crash_left_is_overcome),
		IN_SCRATCH(never_leaves_the_tree),
		IN_SCRATCH(another_file_system),
		IN_SCRATCH(says_what_cannot_follow),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
