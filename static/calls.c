/* static/calls: libc's system calls as the kernel has them.
 *
 * musl's own also serve older kernels, and are points at which a thread can be cancelled: nothing of that can be in PID
 * 1, and what is left of them is so small that it stands where it is called. A program that links this has these
 * instead of libc's; names, arguments and results are those of the manual. */
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* PID 1 creates files by other means, so there is no mode. */
int open(const char *path, int flags, ...)
{
	return (int)syscall(SYS_openat, AT_FDCWD, path, flags);
}

int openat(int dirfd, const char *path, int flags, ...)
{
	return (int)syscall(SYS_openat, dirfd, path, flags);
}

int close(int fd)
{
	return (int)syscall(SYS_close, fd);
}

ssize_t read(int fd, void *buf, size_t n)
{
	return syscall(SYS_read, fd, buf, n);
}

ssize_t write(int fd, const void *bytes, size_t n)
{
	return syscall(SYS_write, fd, bytes, n);
}

int dup2(int fd, int to) /* another one */
{
	return (int)syscall(SYS_dup3, fd, to, 0);
}

int ioctl(int fd, int request, ...)
{
	va_list args;
	void *value;

	va_start(args, request);
	value = va_arg(args, void *);
	va_end(args);
	return (int)syscall(SYS_ioctl, fd, request, value);
}

int isatty(int fd)
{
	struct winsize size;

	return ioctl(fd, TIOCGWINSZ, &size) == 0;
}

int tcsetpgrp(int fd, pid_t group)
{
	return ioctl(fd, TIOCSPGRP, &group);
}

int chmod(const char *path, mode_t mode)
{
	return (int)syscall(SYS_fchmodat, AT_FDCWD, path, mode);
}

int fchownat(int dirfd, const char *path, uid_t uid, gid_t gid, int flags)
{
	return (int)syscall(SYS_fchownat, dirfd, path, uid, gid, flags);
}

int chown(const char *path, uid_t uid, gid_t gid)
{
	return fchownat(AT_FDCWD, path, uid, gid, 0);
}

int mkdirat(int dirfd, const char *path, mode_t mode)
{
	return (int)syscall(SYS_mkdirat, dirfd, path, mode);
}

int unlink(const char *path)
{
	return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

mode_t umask(mode_t mask)
{
	return (mode_t)syscall(SYS_umask, mask);
}

int fchdir(int fd)
{
	return (int)syscall(SYS_fchdir, fd);
}

/* Processes. */
int kill(pid_t pid, int signal)
{
	return (int)syscall(SYS_kill, pid, signal);
}

pid_t waitpid(pid_t pid, int *status, int options)
{
	return (pid_t)syscall(SYS_wait4, pid, status, options, NULL);
}

int waitid(idtype_t type, id_t id, siginfo_t *info, int options)
{
	return (int)syscall(SYS_waitid, type, id, info, options, NULL);
}

pid_t setsid(void)
{
	return (pid_t)syscall(SYS_setsid);
}

int setpgid(pid_t pid, pid_t group)
{
	return (int)syscall(SYS_setpgid, pid, group);
}

/* What is waited for. */
int poll(struct pollfd *fds, nfds_t n, int timeout) /* 0 to 999 */
{
	struct timespec time = {.tv_nsec = timeout * 1000000L};

	return (int)syscall(SYS_ppoll, fds, n, &time, NULL, 0);
}

int epoll_create1(int flags)
{
	return (int)syscall(SYS_epoll_create1, flags);
}

int epoll_ctl(int set, int operation, int fd, struct epoll_event *event)
{
	return (int)syscall(SYS_epoll_ctl, set, operation, fd, event);
}

int epoll_pwait(int set, struct epoll_event *events, int most, int timeout, const sigset_t *blocked)
{
	return (int)syscall(SYS_epoll_pwait, set, events, most, timeout, blocked, _NSIG / 8);
}

int epoll_wait(int set, struct epoll_event *events, int most, int timeout)
{
	return epoll_pwait(set, events, most, timeout, NULL);
}

int inotify_init1(int flags)
{
	return (int)syscall(SYS_inotify_init1, flags);
}

int inotify_add_watch(int fd, const char *path, uint32_t mask)
{
	return (int)syscall(SYS_inotify_add_watch, fd, path, mask);
}

/* Sockets. */
int socket(int family, int type, int protocol)
{
	return (int)syscall(SYS_socket, family, type, protocol);
}

int bind(int fd, const struct sockaddr *address, socklen_t len)
{
	return (int)syscall(SYS_bind, fd, address, len);
}

int listen(int fd, int backlog)
{
	return (int)syscall(SYS_listen, fd, backlog);
}

int connect(int fd, const struct sockaddr *address, socklen_t len)
{
	return (int)syscall(SYS_connect, fd, address, len);
}

int getsockopt(int fd, int level, int option, void *restrict value, socklen_t *restrict len)
{
	return (int)syscall(SYS_getsockopt, fd, level, option, value, len);
}

int setsockopt(int fd, int level, int option, const void *value, socklen_t len)
{
	return (int)syscall(SYS_setsockopt, fd, level, option, value, len);
}

ssize_t recv(int fd, void *buf, size_t n, int flags)
{
	return syscall(SYS_recvfrom, fd, buf, n, flags, NULL, NULL);
}

ssize_t send(int fd, const void *bytes, size_t n, int flags)
{
	return syscall(SYS_sendto, fd, bytes, n, flags, NULL, 0);
}

int shutdown(int fd, int how)
{
	return (int)syscall(SYS_shutdown, fd, how);
}
