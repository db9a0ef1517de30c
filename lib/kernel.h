/* lib/kernel: system calls as the kernel has them.
 *
 * libc's functions of these names carry what an older kernel, other threads or another way of counting would need: in
 * PID 1 that is a tenth of the program. Arguments, results and errno are those of the manual's section 2. */
#ifndef LIB_KERNEL_H
#define LIB_KERNEL_H

#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define KERNEL_SIGNALS 64 /* 1 to 64; libc keeps 32 to 34 to itself */

/* struct sigaction. A handler that may return needs a restorer. */
struct kernel_action {
	void (*handler)(int);
	unsigned long flags;
	void (*restorer)(void);
	uint64_t mask;
};

/* before: NULL, or what it was. */
static inline int kernel_mask(uint64_t blocked, uint64_t *before)
{
	return (int)syscall(SYS_rt_sigprocmask, SIG_SETMASK, &blocked, before, sizeof blocked);
}

static inline int kernel_action(int signal, const struct kernel_action *action)
{
	return (int)syscall(SYS_rt_sigaction, signal, action, NULL, sizeof action->mask);
}

/* Takes one of these signals that is waiting, and blocked. Its number, or -1. info: NULL, or what is known of it. */
static inline int kernel_take_signal(uint64_t of, siginfo_t *info)
{
	static const struct timespec at_once;

	return (int)syscall(SYS_rt_sigtimedwait, &of, info, &at_once, sizeof of);
}

static inline int kernel_prctl(int option, int value)
{
	return (int)syscall(SYS_prctl, option, value, 0, 0, 0);
}

static inline int kernel_pipe(int ends[2], int flags)
{
	return (int)syscall(SYS_pipe2, ends, flags);
}

/* A copy of fd, close-on-exec, at `least` or above. */
static inline int kernel_copy(int fd, int least)
{
	return (int)syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, least);
}

static inline int kernel_fcntl(int fd, int command, int value)
{
	return (int)syscall(SYS_fcntl, fd, command, value);
}

static inline int kernel_accept(int fd, int flags)
{
	return (int)syscall(SYS_accept4, fd, NULL, NULL, flags);
}

/* 0 when the path is there, and (X_OK) may be executed. */
static inline int kernel_access(int dirfd, const char *path, int mode)
{
	return (int)syscall(SYS_faccessat, dirfd, path, mode);
}

static inline int kernel_stat(int dirfd, const char *path, struct stat *st, int flags)
{
	return (int)syscall(SYS_newfstatat, dirfd, path, st, flags);
}

static inline int kernel_fstat(int fd, struct stat *st)
{
	return (int)syscall(SYS_fstat, fd, st);
}

/* Of an open file, not of what a path has become. */
static inline int kernel_chmod(int fd, mode_t mode)
{
	return (int)syscall(SYS_fchmod, fd, mode);
}

static inline int kernel_limit(int resource, const struct rlimit *value, struct rlimit *before)
{
	return (int)syscall(SYS_prlimit64, 0, resource, value, before);
}

#endif
