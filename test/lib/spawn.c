#include "lib/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "lib/io.h"
#include "test/unit.h"

static char *const no_env[] = {NULL};

/* Runs a shell line with fds, its stdout collected; returns its exit status. */
static int run(const char *script, int *fds, size_t nfds, char *const *envp, struct spawn base, char *out, size_t size)
{
	char *argv[] = {"sh", "-c", (char *)script, NULL};
	int pipefd[2];
	int status;
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe2(pipefd, O_CLOEXEC), 0);
	fds[1] = pipefd[1];
	base.path = "/bin/sh";
	base.argv = argv;
	base.envp = envp;
	base.fds = fds;
	base.nfds = nfds;
	pid = spawn(&base);
	close(pipefd[1]);
	assert_int_not_equal(pid, -1);
	n = io_read(pipefd[0], out, size - 1);
	assert_true(n >= 0);
	out[n] = '\0';
	close(pipefd[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WEXITSTATUS(status);
}

static void gives_only_the_named_descriptors(void **state)
{
	char out[256], expected[64];
	int a = open("/dev/null", O_RDONLY), b = open("/dev/zero", O_RDONLY); /* not close-on-exec, on purpose */
	int fds[] = {b, -1, 2, a, -1};

	(void)state;
	assert_int_equal(run("exec /bin/readlink /proc/self/fd/0 /proc/self/fd/3 /proc/self/fd/4 /proc/self/fd/5", fds,
			     5, no_env, (struct spawn){.cwd = -1}, out, sizeof out),
			 1);
	snprintf(expected, sizeof expected, "/dev/zero\n/dev/null\n");
	assert_string_equal(out, expected);
	close(a);
	close(b);
}

static void swaps_descriptors_that_lie_in_the_way(void **state)
{
	char out[256];
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC), zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	int three, four;

	(void)state;
	/* 3 must become 4 and 4 must become 3. */
	three = dup2(null, 3) == 3 ? 3 : -1;
	four = dup2(zero, 4) == 4 ? 4 : -1;
	int fds[] = {0, -1, 2, four, three};
	assert_int_equal(run("/bin/readlink /proc/$$/fd/3 /proc/$$/fd/4", fds, 5, no_env, (struct spawn){.cwd = -1},
			     out, sizeof out),
			 0);
	assert_string_equal(out, "/dev/zero\n/dev/null\n");
	for (int fd = 3; fd < 16; fd++)
		close(fd);
}

static void reports_a_failed_exec(void **state)
{
	char *argv[] = {"x", NULL};
	int fds[] = {0, 1, 2};
	struct spawn s = {.path = "/nonexistent", .argv = argv, .envp = no_env, .cwd = -1, .fds = fds, .nfds = 3};

	(void)state;
	assert_int_equal(spawn(&s), -1);
	assert_int_equal(errno, ENOENT);
	s.path = "/dev/null";
	assert_int_equal(spawn(&s), -1);
	assert_int_equal(errno, EACCES);
	s.path = "/bin/true";
	s.cwd = 2; /* not a directory */
	assert_int_equal(spawn(&s), -1);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD); /* no child is left behind */
	s.nfds = SPAWN_FDS + 1;
	assert_int_equal(spawn(&s), -1);
	assert_int_equal(errno, EINVAL);
}

static void starts_with_clean_signals(void **state)
{
	char out[4096];
	int fds[] = {0, -1, 2};
	sigset_t all, old;

	(void)state;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &old);
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(run("/bin/grep -E 'Sig(Blk|Ign)' /proc/self/status", fds, 3, no_env,
			     (struct spawn){.cwd = -1, .session = true}, out, sizeof out),
			 0);
	sigprocmask(SIG_SETMASK, &old, NULL);
	signal(SIGPIPE, SIG_DFL);
	assert_string_equal(out, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

static void sets_limits_session_and_listen_pid(void **state)
{
	char out[256];
	int fds[] = {0, -1, 2};
	char listen[] = "LISTEN_PID=          ";
	char *envp[] = {"A=1", listen, NULL};
	struct spawn_limit limit = {RLIMIT_NOFILE, {77, 77}};
	struct spawn s = {.cwd = -1, .session = true, .limits = &limit, .nlimits = 1, .pass_listen_pid = true};

	(void)state;
	assert_int_equal(run("test $LISTEN_PID = $$ && ulimit -n && test $(/usr/bin/cut -d' ' -f6 /proc/$$/stat) = $$ "
			     "&& echo leads",
			     fds, 3, envp, s, out, sizeof out),
			 0);
	assert_string_equal(out, "77\nleads\n");
}

static void knows_which_errors_pass(void **state)
{
	(void)state;
	assert_true(spawn_may_retry(EAGAIN));
	assert_true(spawn_may_retry(ETXTBSY));
	assert_false(spawn_may_retry(ENOENT));
	assert_false(spawn_may_retry(EACCES));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_only_the_named_descriptors),
		cmocka_unit_test(swaps_descriptors_that_lie_in_the_way),
		cmocka_unit_test(reports_a_failed_exec),
		cmocka_unit_test(starts_with_clean_signals),
		cmocka_unit_test(sets_limits_session_and_listen_pid),
		cmocka_unit_test(knows_which_errors_pass),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
