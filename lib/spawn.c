#include "lib/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "lib/io.h"

bool spawn_may_retry(int error)
{
	return error == EAGAIN || error == ENOMEM || error == ETXTBSY || error == EMFILE || error == ENFILE ||
	       error == EINTR;
}

static void default_signals(void)
{
	struct sigaction plain = {.sa_handler = SIG_DFL};
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		sigaction(sig, &plain, NULL); /* KILL, STOP and libc's own refuse: they have no handler either */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Puts fds[i] at descriptor i. Sources that lie in the way are moved up first; `report` is moved with them. */
static int place_fds(const int *fds, size_t nfds, int *report)
{
	int source[SPAWN_FDS];

	if (*report < (int)nfds && (*report = fcntl(*report, F_DUPFD_CLOEXEC, (int)nfds)) == -1)
		return -1;
	for (size_t i = 0; i < nfds; i++) {
		source[i] = fds[i];
		if (fds[i] != -1 && fds[i] < (int)nfds && fds[i] != (int)i)
			source[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, (int)nfds);
		if (fds[i] != -1 && source[i] == -1)
			return -1;
	}
	for (size_t i = 0; i < nfds; i++) {
		if (source[i] == -1)
			close((int)i);
		else if (source[i] == (int)i && fcntl((int)i, F_SETFD, 0) == -1)
			return -1;
		else if (source[i] != (int)i && dup2(source[i], (int)i) == -1)
			return -1;
	}
	/* All that this process opened is close-on-exec; this is for what it inherited. An old kernel may not know it.
	 */
	syscall(SYS_close_range, (unsigned)nfds, ~0U, 4U /* CLOSE_RANGE_CLOEXEC */);
	return 0;
}

/* Writes the decimal pid over the blanks of LISTEN_PID=; this memory is the child's own copy. */
static void fill_listen_pid(char *const *envp)
{
	char *p;
	pid_t pid = getpid();

	for (; *envp != NULL && strncmp(*envp, "LISTEN_PID=", 11) != 0; envp++)
		;
	if (*envp == NULL)
		return;
	p = *envp + 11 + strlen(*envp + 11);
	for (*--p = (char)('0' + pid % 10); (pid /= 10) > 0;)
		*--p = (char)('0' + pid % 10);
	memmove(*envp + 11, p, strlen(p) + 1);
}

static int prepare(const struct spawn *s, int *report)
{
	if (place_fds(s->fds, s->nfds, report) == -1)
		return -1;
	if (s->session && setsid() == -1)
		return -1;
	for (size_t i = 0; i < s->nlimits; i++) {
		if (setrlimit(s->limits[i].resource, &s->limits[i].value) == -1)
			return -1;
	}
	if (s->as != NULL && ident_become(s->as) == -1)
		return -1;
	if (s->pass_listen_pid)
		fill_listen_pid(s->envp);
	return 0;
}

/* Before default_signals(): whoever is not in the foreground yet is stopped by TTOU for asking, unless it is blocked.
 * No terminal, or not ours: then there is nothing to take. */
static void take_terminal(void)
{
	sigset_t out, old;

	sigemptyset(&out);
	sigaddset(&out, SIGTTOU);
	sigprocmask(SIG_BLOCK, &out, &old);
	if (setpgid(0, 0) == 0)
		(void)tcsetpgrp(STDIN_FILENO, getpgrp());
	sigprocmask(SIG_SETMASK, &old, NULL);
}

static void __attribute__((noreturn)) child(const struct spawn *s, int report)
{
	int error;

	if (s->foreground)
		take_terminal();
	default_signals();
	if ((s->cwd == -1 || fchdir(s->cwd) == 0) && prepare(s, &report) == 0)
		execve(s->path, s->argv, s->envp);
	error = errno;
	(void)!write(report, &error, sizeof error);
	_exit(111);
}

/* 0 when exec succeeded (the pipe closed by itself), else what the child reported. */
static int read_report(int fd)
{
	int error;

	return io_read(fd, &error, sizeof error) == sizeof error ? error : 0;
}

pid_t spawn(const struct spawn *s)
{
	int report[2];
	int error;
	pid_t pid;

	if (s->nfds > SPAWN_FDS) {
		errno = EINVAL;
		return -1;
	}
	if (pipe2(report, O_CLOEXEC) == -1)
		return -1;
	pid = fork();
	if (pid == 0)
		child(s, report[1]);
	io_close(&report[1]);
	error = pid == -1 ? errno : read_report(report[0]);
	io_close(&report[0]);
	if (pid == -1 || error == 0) {
		errno = error;
		return pid;
	}
	while (waitpid(pid, NULL, 0) == -1 && errno == EINTR)
		;
	errno = error;
	return -1;
}
