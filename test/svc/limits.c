#include "svc/limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "lib/log.h"
#include "test/unit.h"

static char base[] = "/tmp/moult-limits-XXXXXX";

static int begin(void **unused)
{
	char path[64];

	(void)unused;
	log_start("limits", LOG_TEXT, LOG_LEVEL_ERROR);
	strcpy(base + strlen(base) - 6, "XXXXXX");
	if (mkdtemp(base) == NULL)
		return -1;
	snprintf(path, sizeof path, "%s/app", base);
	return mkdir(path, 0755);
}

static int end(void **unused)
{
	char command[64];

	(void)unused;
	snprintf(command, sizeof command, "rm -rf %s", base);
	return system(command);
}

static int read_text(const char *text, struct spawn_limit out[LIMITS_MAX])
{
	char path[64];
	struct dir d;
	FILE *f;
	int n;

	snprintf(path, sizeof path, "%s/app/limits", base);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(dir_open(&d, base, "app"), 0);
	n = limits_read(&d, out);
	dir_close(&d);
	return n;
}

static void good_lines(void **unused)
{
	static const struct {
		const char *text;
		int resource;
		rlim_t soft, hard;
	} rows[] = {
		{"nofile 64", RLIMIT_NOFILE, 64, 64},
		{"nofile 32 64\n", RLIMIT_NOFILE, 32, 64},
		{"nofile 32 64 # both", RLIMIT_NOFILE, 32, 64},
		{"core 0", RLIMIT_CORE, 0, 0},
		{"core 1K unlimited", RLIMIT_CORE, 1024, RLIM_INFINITY},
		{"cpu unlimited", RLIMIT_CPU, RLIM_INFINITY, RLIM_INFINITY},
		{"  # of memory\n\n\tas  64M\t1G \r\n", RLIMIT_AS, 64 << 20, 1 << 30},
		{"data 1", RLIMIT_DATA, 1, 1},
		{"fsize 2", RLIMIT_FSIZE, 2, 2},
		{"locks 3", RLIMIT_LOCKS, 3, 3},
		{"memlock 4", RLIMIT_MEMLOCK, 4, 4},
		{"msgqueue 5", RLIMIT_MSGQUEUE, 5, 5},
		{"nice 0", RLIMIT_NICE, 0, 0},
		{"nproc 7", RLIMIT_NPROC, 7, 7},
		{"rss 8", RLIMIT_RSS, 8, 8},
		{"rtprio 0", RLIMIT_RTPRIO, 0, 0},
		{"rttime 10", RLIMIT_RTTIME, 10, 10},
		{"sigpending 11", RLIMIT_SIGPENDING, 11, 11},
		{"stack 12", RLIMIT_STACK, 12, 12},
	};
	struct spawn_limit limits[LIMITS_MAX];

	(void)unused;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (read_text(rows[i].text, limits) != 1)
			fail_msg("'%s'", rows[i].text);
		assert_int_equal(limits[0].resource, rows[i].resource);
		assert_int_equal(limits[0].value.rlim_cur, rows[i].soft);
		assert_int_equal(limits[0].value.rlim_max, rows[i].hard);
	}
}

static void bad_lines(void **unused)
{
	static const char *const rows[] = {
		"nofile",    "nofile -1",	   "nofile 1 2 3",  "nofile 2 1", "nofile unlimited 1",
		"nofile 1K", "nofile soft",	   "files 1",	    "NOFILE 1",	  "nofile=1",
		"core 1T",   "nofile 1\nnofile 2", "core 1\nabc 2", "as 0x1000",  "cpu 1s",
		"nofile 1#", "as infinity",	   "a\xff\x01 1",
	};
	struct spawn_limit limits[LIMITS_MAX];

	(void)unused;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (read_text(rows[i], limits) != -1)
			fail_msg("'%s'", rows[i]);
	}
}

static void several_and_none(void **unused)
{
	struct spawn_limit limits[LIMITS_MAX];

	(void)unused;
	assert_int_equal(read_text("", limits), 0);
	assert_int_equal(read_text("# nothing\n", limits), 0);
	assert_int_equal(read_text("as 1\ncore 1\ncpu 1\ndata 1\nfsize 1\nlocks 1\nmemlock 1\nmsgqueue 1\nnice 0\n"
				   "nofile 1\nnproc 1\nrss 1\nrtprio 0\nrttime 1\nsigpending 1\nstack 1\n",
				   limits),
			 LIMITS_MAX);
	assert_int_equal(limits[LIMITS_MAX - 1].resource, RLIMIT_STACK);
}

static void no_file_and_no_plain_file(void **unused)
{
	struct spawn_limit limits[LIMITS_MAX];
	char path[64];
	struct dir d;

	(void)unused;
	assert_int_equal(dir_open(&d, base, "app"), 0);
	assert_int_equal(limits_read(&d, limits), 0);
	dir_close(&d);
	snprintf(path, sizeof path, "%s/app/limits", base);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(dir_open(&d, base, "app"), 0);
	assert_int_equal(limits_read(&d, limits), -1);
	dir_close(&d);
}

/* No kernel gives so many descriptors, whoever asks. */
static void what_may_not_be_raised_is_refused_here(void **unused)
{
	struct spawn_limit limits[LIMITS_MAX];
	struct rlimit before, after;

	(void)unused;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(read_text("nofile 100000000000", limits), -1);
	assert_int_equal(read_text("nofile 10 100000000000", limits), -1);
	assert_int_equal(read_text("nofile 10", limits), 1);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &after), 0);
	assert_memory_equal(&before, &after, sizeof before);
}

/* Not every root may: what this process may is tried, before and after. */
static void raising_is_tried_and_undone(void **unused)
{
	struct spawn_limit limits[LIMITS_MAX];
	struct rlimit low = {.rlim_cur = 10, .rlim_max = 20}, high = {.rlim_cur = 10, .rlim_max = 30}, after;
	int expected;

	(void)unused;
	assert_int_equal(setrlimit(RLIMIT_SIGPENDING, &low), 0);
	expected = setrlimit(RLIMIT_SIGPENDING, &high) == 0 ? 1 : -1;
	assert_int_equal(setrlimit(RLIMIT_SIGPENDING, &low), 0);
	assert_int_equal(read_text("sigpending 30", limits), expected);
	assert_int_equal(read_text("sigpending 20", limits), 1);
	assert_int_equal(getrlimit(RLIMIT_SIGPENDING, &after), 0);
	assert_memory_equal(&low, &after, sizeof low);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(good_lines),
		TEST(bad_lines),
		TEST(several_and_none),
		TEST(no_file_and_no_plain_file),
		TEST(what_may_not_be_raised_is_refused_here),
		TEST(raising_is_tried_and_undone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
