#include "lib/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>
#include "test/unit.h"

static int dir = -1;

static int enter_temp(void **state)
{
	static char name[] = "/tmp/moult-io-XXXXXX";

	(void)state;
	assert_non_null(mkdtemp(name));
	*state = name;
	dir = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir == -1 ? -1 : 0;
}

static int leave_temp(void **state)
{
	char command[64] = "rm -rf ";

	close(dir);
	return system(strcat(command, *state));
}

static void reads_what_was_replaced(void **state)
{
	char buf[8];

	(void)state;
	assert_int_equal(io_replace(dir, "f", "one", 3, 0600), 0);
	assert_int_equal(io_replace(dir, "f", "two\n\0x", 6, 0600), 0);
	assert_int_equal(io_read_file(dir, "f", buf, sizeof buf), 6);
	assert_memory_equal(buf, "two\n\0x\0", 7);
	assert_int_equal(io_read_file(dir, "f", buf, 6), -1);
	assert_int_equal(errno, EFBIG);
	assert_int_equal(io_read_file(dir, "f", buf, 7), 6);
}

static void reads_a_line_without_its_blanks(void **state)
{
	char buf[32];

	(void)state;
	assert_int_equal(io_replace(dir, "line", " \tv1.2 \r\nrest", 13, 0600), 0);
	assert_int_equal(io_read_line(dir, "line", buf, sizeof buf), 4);
	assert_string_equal(buf, "v1.2");
	assert_int_equal(io_replace(dir, "line", "", 0, 0600), 0);
	assert_int_equal(io_read_line(dir, "line", buf, sizeof buf), 0);
	assert_string_equal(buf, "");
}

static void refuses_what_is_not_a_file(void **state)
{
	char buf[8];

	(void)state;
	assert_int_equal(mkfifoat(dir, "fifo", 0600), 0);
	assert_int_equal(io_read_file(dir, "fifo", buf, sizeof buf), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(io_read_file(dir, ".", buf, sizeof buf), -1);
	assert_int_equal(io_read_file(dir, "none", buf, sizeof buf), -1);
	assert_int_equal(errno, ENOENT);
}

static void a_failed_replace_leaves_the_old(void **state)
{
	struct rlimit old, small = {1, 1};
	char buf[8];

	(void)state;
	assert_int_equal(io_replace(dir, "keep", "old", 3, 0600), 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small.rlim_max = old.rlim_max;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(io_replace(dir, "keep", "newer", 5, 0600), -1);
	assert_int_equal(errno, EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(io_read_file(dir, "keep", buf, sizeof buf), 3);
	assert_string_equal(buf, "old");
	assert_int_equal(faccessat(dir, "keep.new", F_OK, 0), -1);
}

static void replaces_a_link(void **state)
{
	char buf[8] = {0};

	(void)state;
	assert_int_equal(io_replace_link(dir, "current", "a"), 0);
	assert_int_equal(symlinkat("junk", dir, "current.new"), 0); /* a crash left it */
	assert_int_equal(io_replace_link(dir, "current", "b"), 0);
	assert_int_equal(readlinkat(dir, "current", buf, sizeof buf), 1);
	assert_string_equal(buf, "b");
}

static void makes_directories(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(io_make_dirs(dir, "x/y/z", 0755), 0);
	assert_int_equal(io_make_dirs(dir, "x/y/z", 0755), 0);
	assert_int_equal(fstatat(dir, "x/y/z", &st, 0), 0);
	assert_int_equal(io_replace(dir, "x/file", "", 0, 0600), 0);
	assert_int_equal(io_make_dirs(dir, "x/file", 0755), -1);
	assert_int_equal(errno, ENOTDIR);
	assert_int_equal(io_make_dirs(dir, "x/file/below", 0755), -1);
	assert_int_equal(io_make_dirs(dir, "", 0755), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_was_replaced),
		cmocka_unit_test(reads_a_line_without_its_blanks),
		cmocka_unit_test(refuses_what_is_not_a_file),
		cmocka_unit_test(a_failed_replace_leaves_the_old),
		cmocka_unit_test(replaces_a_link),
		cmocka_unit_test(makes_directories),
	};

	return cmocka_run_group_tests(tests, enter_temp, leave_temp);
}
