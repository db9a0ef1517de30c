#include "svc/command.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "test/unit.h"

static char base[] = "/tmp/moult-command-XXXXXX";

static void make(const char *file, mode_t mode)
{
	char path[128];

	snprintf(path, sizeof path, "%s/%s", base, file);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, mode);
	assert_true(fd >= 0);
	close(fd);
}

static void as_execvp_would(void **unused)
{
	char path[256], expected[128], out[PATH_MAX];

	(void)unused;
	assert_non_null(mkdtemp(base));
	make("plain", 0644);
	make("tool", 0755);
	snprintf(path, sizeof path, "/no/such/dir::%s:/bin", base);
	setenv("PATH", path, 1);
	assert_int_equal(command_find("tool", out, sizeof out), 0);
	snprintf(expected, sizeof expected, "%s/tool", base);
	assert_string_equal(out, expected);
	assert_int_equal(command_find("sh", out, sizeof out), 0);
	assert_string_equal(out, "/bin/sh");
	/* A path is taken as it is, there or not. */
	assert_int_equal(command_find("./what", out, sizeof out), 0);
	assert_string_equal(out, "./what");
	assert_int_equal(command_find("no-such-command-at-all", out, sizeof out), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(command_find("", out, sizeof out), -1);
	assert_int_equal(errno, ENOENT);
	setenv("PATH", "", 1);
	assert_int_equal(command_find("sh", out, sizeof out), -1);
	unsetenv("PATH");
	assert_int_equal(command_find("sh", out, sizeof out), 0);
	assert_int_equal(command_find("sh", out, 4), -1);
	assert_int_equal(command_find("/bin/sh", out, 4), -1);
	assert_int_equal(errno, ENAMETOOLONG);
	snprintf(path, sizeof path, "/bin/rm -rf %s", base);
	assert_int_equal(system(path), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(as_execvp_would)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
