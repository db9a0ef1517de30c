#include "lib/spawn.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "lib/kernel.h"

bool spawn_may_retry(int error)
{
	return error == EAGAIN || error == ENOMEM || error == ETXTBSY || error == EMFILE || error == ENFILE ||
	       error == EINTR;
}

/* Before any is let through: until exec a handler of the parent's would run in the parent's memory. */
static void default_signals(void)
{
	static const struct kernel_action plain; /* SIG_DFL, and nothing else */

	for (int signal = 1; signal <= KERNEL_SIGNALS; signal++)
		(void)kernel_action(signal, &plain); /* KILL and STOP refuse */
	(void)kernel_mask(0, NULL);
}

/* Puts fds[i] at descriptor i. Sources that lie in the way are moved up first. */
static int place_fds(const int *fds, size_t nfds)
{
	int source[SPAWN_FDS];

	for (size_t i = 0; i < nfds; i++) {
		source[i] = fds[i];
		if (fds[i] != -1 && fds[i] < (int)nfds && fds[i] != (int)i)
			source[i] = kernel_copy(fds[i], (int)nfds);
		if (fds[i] != -1 && source[i] == -1)
			return -1;
	}
	for (size_t i = 0; i < nfds; i++) {
		if (source[i] == -1)
			close((int)i);
		else if (source[i] == (int)i && kernel_fcntl((int)i, F_SETFD, 0) == -1)
			return -1;
		else if (source[i] != (int)i && dup2(source[i], (int)i) == -1)
			return -1;
	}
	/* All that this process opened is close-on-exec; this is for what it inherited. An old kernel may not know it.
	 */
	syscall(SYS_close_range, (unsigned)nfds, ~0U, 4U /* CLOSE_RANGE_CLOEXEC */);
	return 0;
}

/* Writes the decimal pid over the blanks of LISTEN_PID=. */
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

/* All is blocked here: whoever is not in the foreground yet would be stopped by TTOU for asking. No terminal, or not
 * ours: then there is nothing to take. */
static void take_terminal(void)
{
	if (setpgid(0, 0) == 0)
		(void)tcsetpgrp(STDIN_FILENO, getpgrp());
}

static int prepare(const struct spawn *s)
{
	if (s->cwd != -1 && fchdir(s->cwd) == -1)
		return -1;
	if (place_fds(s->fds, s->nfds) == -1)
		return -1;
	if (s->session && setsid() == -1)
		return -1;
	for (size_t i = 0; i < s->nlimits; i++) {
		if (kernel_limit(s->limits[i].resource, &s->limits[i].value, NULL) == -1)
			return -1;
	}
	if (s->as != NULL && ident_become(s->as) == -1)
		return -1;
	/* Only now: to become another user would lose it. */
	if (s->death_signal != 0 && kernel_prctl(PR_SET_PDEATHSIG, s->death_signal) == -1)
		return -1;
	if (s->pass_listen_pid)
		fill_listen_pid(s->envp);
	return 0;
}

/* In the parent's memory, on a stack frame below the parent's: returns to nobody. */
static void __attribute__((noreturn, noinline)) child(const struct spawn *s, volatile int *error)
{
	if (s->foreground)
		take_terminal();
	if (prepare(s) == 0) {
		default_signals();
		execve(s->path, s->argv, s->envp);
	}
	*error = errno;
	_exit(111);
}

pid_t spawn(const struct spawn *s)
{
	volatile int error = 0;
	uint64_t before;
	pid_t pid;

	if (s->nfds > SPAWN_FDS) {
		errno = EINVAL;
		return -1;
	}
	(void)kernel_mask(~UINT64_C(0), &before);
	pid = vfork(); /* NOLINT(clang-analyzer-security.insecureAPI.vfork): see the header */
	if (pid == 0)
		child(s, &error); /* NOLINT(clang-analyzer-unix.Vfork): the child makes system calls only */
	if (pid == -1)
		error = errno;
	else if (error != 0)
		while (waitpid(pid, NULL, 0) == -1 && errno == EINTR)
			;
	(void)kernel_mask(before, NULL);
	if (error == 0)
		return pid;
	errno = error;
	return -1;
}
