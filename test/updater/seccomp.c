#include "updater/seccomp.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "test/unit.h"

#ifdef __SANITIZE_ADDRESS__
#define SANITIZED true
#else
#define SANITIZED false
#endif

static int directory; /* of the tests, open; the working directory is another one */

/* Runs a body that is limited like this job. The wait status; the body returns an exit code. */
static int limited(enum seccomp_job job, int (*body)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || seccomp_limit(job) < 0)
			_exit(99);
		_exit(body());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_false(WIFEXITED(status) && WEXITSTATUS(status) == 99);
	return status;
}

static bool killed(enum seccomp_job job, int (*body)(void))
{
	int status = limited(job, body);

	return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
}

static bool succeeds(enum seccomp_job job, int (*body)(void))
{
	int status = limited(job, body);

	if (WIFSIGNALED(status))
		print_error("killed by %d\n", WTERMSIG(status));
	else if (WEXITSTATUS(status) != 0)
		print_error("failed at %d\n", WEXITSTATUS(status));
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool fails(enum seccomp_job job, int (*body)(void))
{
	int status = limited(job, body);

	return WIFEXITED(status) && WEXITSTATUS(status) != 0;
}

#define RAW(name, ...)                                                                                                 \
	static int do_##name(void)                                                                                     \
	{                                                                                                              \
		return syscall(SYS_##name, __VA_ARGS__) < 0 ? errno : 0;                                               \
	}

RAW(execve, "/bin/true", (char *[]){"true", NULL}, NULL)
RAW(execveat, AT_FDCWD, "/bin/true", (char *[]){"true", NULL}, NULL, 0)
RAW(ptrace, PTRACE_TRACEME, 0, NULL, NULL)
RAW(process_vm_readv, getpid(), NULL, 0, NULL, 0, 0)
RAW(clone, SIGCHLD, NULL, NULL, NULL, NULL)
RAW(unshare, 0)
RAW(setns, -1, 0)
RAW(mount, "none", "/proc", "tmpfs", 0, NULL)
RAW(chroot, "/")
RAW(kill, getppid(), 0)
RAW(setuid, getuid())
RAW(mknodat, directory, "device", S_IFCHR | 0600, 0x103)
RAW(bpf, 0, NULL, 0)
RAW(keyctl, 0, 0, 0, 0, 0)
RAW(accept4, 0, NULL, NULL, 0)
RAW(socket, AF_INET, SOCK_STREAM, 0)
RAW(connect, 0, NULL, 0)

static void what_no_job_does_ends_it(void **state)
{
	static int (*const bodies[])(void) = {do_execve,  do_execveat, do_ptrace, do_process_vm_readv, do_clone,
					      do_unshare, do_setns,    do_mount,  do_chroot,	       do_kill,
					      do_setuid,  do_mknodat,  do_bpf,	  do_keyctl,	       do_accept4};

	(void)state;
	for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++)
		for (enum seccomp_job job = SECCOMP_COPY; job <= SECCOMP_FETCH; job++) {
			bool dead = killed(job, bodies[i]);

			if (!dead)
				print_error("call %zu of job %d\n", i, (int)job);
			assert_true(dead);
		}
}

static void sockets_are_for_those_with_a_network(void **state)
{
	(void)state;
	assert_true(killed(SECCOMP_COPY, do_socket));
	assert_true(killed(SECCOMP_UNPACK, do_socket));
	assert_true(killed(SECCOMP_UNPACK, do_connect));
	assert_true(succeeds(SECCOMP_FETCH, do_socket));
}

static bool absent(long result)
{
	return result < 0 && errno == ENOSYS;
}

/* The numbers of newer calls are the same everywhere. */
static int do_unknown(void)
{
	struct clone_args args = {.exit_signal = SIGCHLD};

	if (!absent(syscall(435, &args, sizeof args))) /* clone3 */
		return 1;
	if (!absent(syscall(425, 1, NULL))) /* io_uring_setup */
		return 2;
	if (!absent(syscall(323, 0))) /* userfaultfd, or nothing */
		return 3;
	return absent(syscall(SYS_tgkill, getppid(), getppid(), 0)) ? 0 : 4;
}

static int other_sockets(void)
{
	static const int families[] = {AF_UNIX, AF_NETLINK, AF_PACKET, AF_VSOCK};

	for (size_t i = 0; i < sizeof families / sizeof families[0]; i++)
		if (!absent(socket(families[i], SOCK_DGRAM, 0)))
			return 1;
	return 0;
}

static void what_is_on_no_list_does_not_exist(void **state)
{
	(void)state;
	for (enum seccomp_job job = SECCOMP_COPY; job <= SECCOMP_FETCH; job++)
		assert_true(succeeds(job, do_unknown));
	assert_true(succeeds(SECCOMP_FETCH, other_sockets));
}

static int write_by_path(void)
{
	return absent(openat(AT_FDCWD, "new", O_WRONLY | O_CREAT | O_CLOEXEC, 0600)) ? 0 : 1;
}

static int read_by_path(void)
{
	return absent(openat(AT_FDCWD, "/etc/passwd", O_RDONLY | O_CLOEXEC)) ? 0 : 1;
}

static int remove_by_path(void)
{
	if (!absent(unlinkat(AT_FDCWD, "x", 0)) || !absent(mkdirat(AT_FDCWD, "x", 0700)))
		return 1;
	return absent(symlinkat("x", AT_FDCWD, "y")) && absent(linkat(AT_FDCWD, "x", AT_FDCWD, "y", 0)) ? 0 : 2;
}

static void nothing_is_opened_from_the_working_directory(void **state)
{
	(void)state;
	for (enum seccomp_job job = SECCOMP_COPY; job <= SECCOMP_FETCH; job++) {
		assert_true(succeeds(job, write_by_path));
		assert_true(succeeds(job, remove_by_path));
	}
	/* the sanitizers read files of /proc; moult-fetch reads certificates */
	if (!SANITIZED) {
		assert_true(succeeds(SECCOMP_COPY, read_by_path));
		assert_true(succeeds(SECCOMP_UNPACK, read_by_path));
	}
	assert_true(fails(SECCOMP_FETCH, read_by_path));
}

static int fill_a_directory(void)
{
	int fd = openat(directory, "a", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, "hello", 5) != 5 || lseek(fd, 0, SEEK_SET) != 0 || ftruncate(fd, 9) < 0 ||
	    fsync(fd) < 0)
		return 1;
	if (futimens(fd, (struct timespec[]){{.tv_nsec = UTIME_OMIT}, {.tv_sec = 1}}) < 0 || close(fd) < 0)
		return 2;
	if (linkat(directory, "a", directory, "b", 0) < 0 || symlinkat("a", directory, "l") < 0 ||
	    mkdirat(directory, "d", 0700) < 0 || renameat(directory, "b", directory, "d/b") < 0)
		return 3;
	if (unlinkat(directory, "d/b", 0) < 0 || unlinkat(directory, "d", AT_REMOVEDIR) < 0 ||
	    unlinkat(directory, "l", 0) < 0 || unlinkat(directory, "a", 0) < 0)
		return 4;
	return syncfs(directory) < 0 || memfd_create("m", MFD_CLOEXEC) < 0 ? 5 : 0;
}

static void the_unpacker_fills_its_directory(void **state)
{
	(void)state;
	assert_true(succeeds(SECCOMP_UNPACK, fill_a_directory));
	assert_true(fails(SECCOMP_FETCH, fill_a_directory));
	assert_true(fails(SECCOMP_COPY, fill_a_directory));
}

static int abort_now(void)
{
	abort();
}

static void a_job_can_abort(void **state)
{
	int status = limited(SECCOMP_UNPACK, abort_now);

	(void)state;
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

#ifdef __x86_64__
/* The 32-bit kernel's getpid. */
static int other_numbers(void)
{
	int result;

	__asm__ volatile("int $0x80" : "=a"(result) : "a"(20) : "memory");
	return result > 0 ? 0 : 1;
}

static void the_numbers_of_another_machine(void **state)
{
	int status = limited(SECCOMP_UNPACK, other_numbers);

	(void)state;
	/* a kernel that does not have them answers with SIGSEGV */
	assert_true(WIFSIGNALED(status) && (WTERMSIG(status) == SIGSYS || WTERMSIG(status) == SIGSEGV));
}
#endif

static void no_filter(void **state)
{
	(void)state;
	assert_true(succeeds(SECCOMP_ANY, do_kill));
	assert_true(succeeds(SECCOMP_ANY, do_socket));
}

static int start(void **state)
{
	static char base[] = "/tmp/moult-seccomp-XXXXXX";

	*state = base;
	directory = mkdtemp(base) ? open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	return directory < 0 ? -1 : 0;
}

static int stop(void **state)
{
	close(directory);
	return rmdir(*state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_no_job_does_ends_it),
		cmocka_unit_test(sockets_are_for_those_with_a_network),
		cmocka_unit_test(what_is_on_no_list_does_not_exist),
		cmocka_unit_test(nothing_is_opened_from_the_working_directory),
		cmocka_unit_test(the_unpacker_fills_its_directory),
		cmocka_unit_test(a_job_can_abort),
#ifdef __x86_64__
		cmocka_unit_test(the_numbers_of_another_machine),
#endif
		cmocka_unit_test(no_filter),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
