#include "lib/log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "test/unit.h"

static int reader;
static int saved_stderr;

static int capture(void **state)
{
	int p[2];

	(void)state;
	assert_int_equal(pipe2(p, O_NONBLOCK | O_CLOEXEC), 0);
	saved_stderr = dup(2);
	assert_int_equal(dup2(p[1], 2), 2);
	close(p[1]);
	reader = p[0];
	return 0;
}

static int release(void **state)
{
	(void)state;
	dup2(saved_stderr, 2);
	close(saved_stderr);
	close(reader);
	return 0;
}

static void take(char *buf, size_t size)
{
	ssize_t n = read(reader, buf, size - 1);

	buf[n < 0 ? 0 : n] = '\0';
}

static void one_line_with_its_component(void **state)
{
	char buf[256];

	(void)state;
	log_start("test", LOG_TEXT, LOG_LEVEL_INFO);
	errno = ENOENT;
	log_info("a %d", 1);
	assert_int_equal(errno, ENOENT);
	log_warn_errno("open '%s'", "x\ny\x1b[2J");
	log_debug("unseen");
	take(buf, sizeof buf);
	assert_string_equal(buf, "[test] a 1\n[test] warning: open 'x?y?[2J': No such file or directory\n");
}

static void json_is_escaped(void **state)
{
	char buf[512];

	(void)state;
	log_start("test", LOG_JSON, LOG_LEVEL_DEBUG);
	log_error("\"q\" \\ \n");
	take(buf, sizeof buf);
	assert_non_null(
		strstr(buf, "\"level\":\"error\",\"component\":\"test\",\"message\":\"\\\"q\\\" \\\\ \\u000a\"}\n"));
	assert_memory_equal(buf, "{\"time\":\"20", 11);
}

static void a_long_line_is_cut_visibly(void **state)
{
	static char big[2 * LOG_MAX];
	char buf[4 * LOG_MAX];

	(void)state;
	log_start("test", LOG_TEXT, LOG_LEVEL_INFO);
	memset(big, 'a', sizeof big - 1);
	log_info("b%sc", big);
	take(buf, sizeof buf);
	assert_int_equal(strlen(buf), strlen("[test] ") + LOG_MAX - 4 + strlen("...\n"));
	assert_memory_equal(buf, "[test] baaa", 11);
	assert_string_equal(buf + strlen(buf) - 6, "aa...\n");
}

static void never_blocks_and_counts_what_was_lost(void **state)
{
	char buf[65536 * 2];
	size_t lines = 0, n;

	(void)state;
	log_start("test", LOG_TEXT, LOG_LEVEL_INFO);
	log_never_block();
	for (int i = 0; i < 4000; i++)
		log_info("line %d, long enough to fill a pipe of sixty-four kilobytes soon", i);
	take(buf, sizeof buf);
	for (char *p = buf; (p = strchr(p, '\n')) != NULL; p++)
		lines++;
	assert_in_range(lines, 100, 3999);
	log_info("after");
	take(buf, sizeof buf);
	n = strlen(buf);
	assert_non_null(strstr(buf, "lines lost: the log was not read"));
	assert_string_equal(buf + n - strlen("[test] after\n"), "[test] after\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(one_line_with_its_component, capture, release),
		cmocka_unit_test_setup_teardown(json_is_escaped, capture, release),
		cmocka_unit_test_setup_teardown(a_long_line_is_cut_visibly, capture, release),
		cmocka_unit_test_setup_teardown(never_blocks_and_counts_what_was_lost, capture, release),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
