#include "svc/dir.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "lib/log.h"
#include "test/unit.h"

static char base[] = "/tmp/moult-dir-XXXXXX";

static void put_bytes(const char *file, const void *bytes, size_t n)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof path, "%s/app/%s", base, file);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static void put(const char *file, const char *content)
{
	put_bytes(file, content, strlen(content));
}

static void remove_file(const char *file)
{
	char path[256];

	snprintf(path, sizeof path, "%s/app/%s", base, file);
	assert_int_equal(unlink(path), 0);
}

static void make_dir(const char *file)
{
	char path[256];

	snprintf(path, sizeof path, "%s/app/%s", base, file);
	assert_int_equal(mkdir(path, 0755), 0);
}

static int begin(void **unused)
{
	(void)unused;
	log_start("dir", LOG_TEXT, LOG_LEVEL_ERROR);
	strcpy(base + strlen(base) - 6, "XXXXXX");
	if (mkdtemp(base) == NULL)
		return -1;
	make_dir("");
	return 0;
}

static int end(void **unused)
{
	char command[64];

	(void)unused;
	snprintf(command, sizeof command, "rm -rf %s", base);
	return system(command);
}

static void names(void **unused)
{
	static const struct {
		const char *name;
		bool ok;
	} rows[] = {
		{"app", true},		{"a", true},	{"A-Z_0.9@x+y:1", true}, {"", false},	 {".hidden", false},
		{".", false},		{"..", false},	{"a b", false},		 {"a/b", false}, {"a\n", false},
		{"caf\xc3\xa9", false}, {"a=b", false}, {"a..b", true},
	};
	char longest[DIR_NAME + 2];

	(void)unused;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (dir_name_ok(rows[i].name, strlen(rows[i].name)) != rows[i].ok)
			fail_msg("'%s'", rows[i].name);
	}
	memset(longest, 'x', sizeof longest);
	assert_true(dir_name_ok(longest, DIR_NAME));
	assert_false(dir_name_ok(longest, DIR_NAME + 1));
	assert_false(dir_name_ok("a\0b", 3));
}

static void sees_what_is_there(void **unused)
{
	struct dir d;

	(void)unused;
	put("run", "");
	put("runs", "");
	put("down-signal", "");
	make_dir("log");
	assert_int_equal(dir_open(&d, base, "app"), 0);
	assert_int_equal(d.has, 1U << DIR_RUN | 1U << DIR_DOWN_SIGNAL | 1U << DIR_LOG);
	dir_close(&d);
	assert_int_equal(dir_open(&d, base, "other"), -1);
	assert_int_equal(errno, ENOENT);
	dir_close(&d);
}

static void sees_many_entries(void **unused)
{
	struct dir d;
	char name[128];

	(void)unused;
	for (int i = 0; i < 200; i++) {
		snprintf(name, sizeof name, "%0100d", i);
		put(name, "");
	}
	put("user", "");
	assert_int_equal(dir_open(&d, base, "app"), 0);
	assert_int_equal(d.has, 1U << DIR_USER);
	dir_close(&d);
}

static struct dir_settings settings(void)
{
	struct dir_settings set;
	struct dir d;

	assert_int_equal(dir_open(&d, base, "app"), 0);
	dir_settings(&d, &set);
	dir_close(&d);
	return set;
}

static void assert_defaults(void)
{
	struct dir_settings set = settings();

	assert_int_equal(set.notification_fd, -1);
	assert_int_equal(set.down_signal, 0);
	assert_int_equal(set.up_ms, 30000);
	assert_int_equal(set.kill_ms, 0);
	assert_int_equal(set.finish_ms, 5000);
	assert_int_equal(set.max_death_tally, 0);
}

static const char *const setting_files[] = {"notification-fd", "down-signal",	 "timeout-up",
					    "timeout-kill",    "timeout-finish", "max-death-tally"};
#define SETTINGS (sizeof setting_files / sizeof setting_files[0])

static void good_settings(void **unused)
{
	struct dir_settings set;

	(void)unused;
	assert_defaults();
	put("notification-fd", "3\n");
	put("down-signal", "SIGQUIT\n");
	put("timeout-up", "1\n");
	put("timeout-kill", " 2 \n");
	put("timeout-finish", "0\nmore\n");
	put("max-death-tally", "4096");
	set = settings();
	assert_int_equal(set.notification_fd, 3);
	assert_int_equal(set.down_signal, SIGQUIT);
	assert_int_equal(set.up_ms, 1);
	assert_int_equal(set.kill_ms, 2);
	assert_int_equal(set.finish_ms, 0);
	assert_int_equal(set.max_death_tally, 4096);
}

static void bad_settings_are_defaults(void **unused)
{
	static const char *const bad[] = {"", "x", "-1", "1x", "99999999999", "3 4", "\xff"};

	(void)unused;
	for (size_t b = 0; b < sizeof bad / sizeof bad[0]; b++) {
		for (size_t i = 0; i < SETTINGS; i++)
			put(setting_files[i], bad[b]);
		assert_defaults();
	}
	put("notification-fd", "2"); /* what is standard error cannot be it */
	put("down-signal", "65");
	for (size_t i = 2; i < SETTINGS; i++)
		put(setting_files[i], "00000000000000000000000000000000000000000000000000001");
	assert_defaults();
}

static void nothing_that_is_not_a_file_is_read(void **unused)
{
	char path[256];

	(void)unused;
	make_dir("timeout-kill");
	make_dir("down-signal");
	snprintf(path, sizeof path, "%s/app/timeout-up", base);
	assert_int_equal(mkfifo(path, 0644), 0);
	snprintf(path, sizeof path, "%s/app/notification-fd", base);
	assert_int_equal(symlink("/dev/zero", path), 0);
	snprintf(path, sizeof path, "%s/app/timeout-finish", base);
	assert_int_equal(symlink("nowhere", path), 0);
	assert_defaults();
}

static void lists(void **unused)
{
	struct dir d;
	struct dir_list list;
	char large[DIR_LIST + 1];

	(void)unused;
	put("after", "  one two\n\n\tthree\r\nfour");
	assert_int_equal(dir_open(&d, base, "app"), 0);
	dir_list(&d, DIR_AFTER, &list);
	assert_string_equal(dir_next(&list), "one");
	assert_string_equal(dir_next(&list), "two");
	assert_string_equal(dir_next(&list), "three");
	assert_string_equal(dir_next(&list), "four");
	assert_null(dir_next(&list));
	assert_null(dir_next(&list));
	dir_list(&d, DIR_CONTROLLERS, &list);
	assert_null(dir_next(&list));
	/* Half a list would be worse than none. */
	memset(large, 'x', DIR_LIST);
	large[DIR_LIST] = '\0';
	put("after", large);
	assert_int_equal(dir_list(&d, DIR_AFTER, &list), -1);
	assert_null(dir_next(&list));
	put_bytes("after", "a\0b", 3);
	assert_int_equal(dir_list(&d, DIR_AFTER, &list), -1);
	assert_null(dir_next(&list));
	/* Nor is one that cannot be read any more, as where a link leads nowhere, the same as one that is not there. */
	remove_file("after");
	assert_int_equal(dir_list(&d, DIR_AFTER, &list), -1);
	assert_null(dir_next(&list));
	assert_int_equal(dir_list_of(base, "app", DIR_AFTER, &list), 0);
	assert_null(dir_next(&list));
	dir_close(&d);
}

static void lines(void **unused)
{
	static const struct {
		const char *text;
		unsigned n; /* words of the first line */
		const char *first, *last, *joined, *next;
	} rows[] = {
		{"a", 1, "a", "a", "a", NULL},
		{"# no\n\n \t\n  #\n a  b\t\r\nc\n", 2, "a", "b", "a  b", "c"},
		{"a b c\nd", 3, "a", "c", "a b c", "d"},
		{"a b c d\n#f\n\tg", 3, "a", "c d", "a b c d", "g"},
		{"a b#c #d e\nf", 2, "a", "b#c", "a b#c", "f"},
		{"", 0, NULL, NULL, NULL, NULL},
		{"\n#\n# x", 0, NULL, NULL, NULL, NULL},
	};
	struct dir_list list;
	struct dir d;
	char *words[3];

	(void)unused;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		put("limits", rows[i].text);
		assert_int_equal(dir_open(&d, base, "app"), 0);
		assert_int_equal(dir_list(&d, DIR_LIMITS, &list), 0);
		dir_close(&d);
		assert_int_equal(dir_line(&list, words, 3), rows[i].n);
		if (rows[i].n > 0) {
			assert_string_equal(words[0], rows[i].first);
			assert_string_equal(words[rows[i].n - 1], rows[i].last);
			dir_line_join(words, rows[i].n);
			assert_string_equal(words[0], rows[i].joined);
		}
		assert_int_equal(dir_line(&list, words, 3), rows[i].next != NULL);
		if (rows[i].next != NULL)
			assert_string_equal(words[0], rows[i].next);
		assert_int_equal(dir_line(&list, words, 3), 0);
	}
}

static const char *value(const struct dir_env *env, const char *name)
{
	for (size_t i = 0; i < env->n; i++) {
		if (strncmp(env->vars[i], name, strlen(name)) == 0 && env->vars[i][strlen(name)] == '=')
			return env->vars[i] + strlen(name) + 1;
	}
	return NULL;
}

static void environment(void **unused)
{
	static char *outer[] = {"HOME=/", "LONG=er", "LONGER=x", "GONE=1", NULL};
	static struct dir_env env;
	struct dir d;

	(void)unused;
	make_dir("env");
	put("env/NEW", "value \t\nnext");
	put("env/LONG", " led");
	put("env/GONE", "");
	put("env/EMPTY", "\n");
	put("env/.hidden", "x");
	make_dir("env/DIR");
	assert_int_equal(dir_open(&d, base, "app"), 0);
	assert_int_equal(dir_env_begin(&env, outer), 0);
	assert_int_equal(dir_env(&d, &env), 0);
	assert_int_equal(env.n, 5);
	assert_null(env.vars[env.n]);
	assert_string_equal(value(&env, "HOME"), "/");
	assert_string_equal(value(&env, "NEW"), "value");
	assert_string_equal(value(&env, "LONG"), " led");
	assert_string_equal(value(&env, "LONGER"), "x");
	assert_string_equal(value(&env, "EMPTY"), "");
	assert_null(value(&env, "GONE"));
	assert_null(value(&env, ".hidden"));
	dir_close(&d);
}

static void environment_that_is_not_whole_is_refused(void **unused)
{
	static char *outer[] = {NULL};
	static char *many[DIR_VARS + 2];
	static struct dir_env env;
	char large[DIR_BYTES];
	struct dir d;

	(void)unused;
	make_dir("env");
	memset(large, 'x', sizeof large - 1);
	large[sizeof large - 1] = '\0';
	put("env/LARGE", large);
	assert_int_equal(dir_open(&d, base, "app"), 0);
	assert_int_equal(dir_env_begin(&env, outer), 0);
	assert_int_equal(dir_env(&d, &env), -1);
	put("env/LARGE", "small");
	put("env/A=B", "x");
	assert_int_equal(dir_env_begin(&env, outer), 0);
	assert_int_equal(dir_env(&d, &env), -1);
	dir_close(&d);
	for (size_t i = 0; i < DIR_VARS; i++)
		many[i] = "A=1";
	assert_int_equal(dir_env_begin(&env, many), 0);
	assert_int_equal(dir_env_set(&env, "B", "1"), -1);
	assert_int_equal(errno, E2BIG);
	many[DIR_VARS] = "A=1";
	assert_int_equal(dir_env_begin(&env, many), -1);
}

static void users(void **unused)
{
	static const struct {
		const char *text;
		int result;
	} rows[] = {{"0", 1}, {"123:456\n", 1}, {"", -1}, {"no-such-user-here", -1}, {"0:0:0", -1}, {"-1", -1}};
	struct ident as;
	struct dir d;

	(void)unused;
	assert_int_equal(dir_open(&d, base, "app"), 0);
	assert_int_equal(dir_user(&d, &as), 0);
	dir_close(&d);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		put("user", rows[i].text);
		assert_int_equal(dir_open(&d, base, "app"), 0);
		assert_int_equal(dir_user(&d, &as), rows[i].result);
		dir_close(&d);
	}
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(names),
		TEST(sees_what_is_there),
		TEST(sees_many_entries),
		TEST(good_settings),
		TEST(bad_settings_are_defaults),
		TEST(nothing_that_is_not_a_file_is_read),
		TEST(lists),
		TEST(lines),
		TEST(environment),
		TEST(environment_that_is_not_whole_is_refused),
		TEST(users),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
