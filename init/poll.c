#include "init/poll.h"

#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "lib/log.h"

#define SIGNALS 64

static const uint64_t all = ~UINT64_C(0); /* signals, as the kernel counts them: libc keeps 32 to 34 to itself */

static int set = -1;
static jmp_buf waiting;
static volatile sig_atomic_t arrived;

/* Comes only while poll_wait() waits: everywhere else all signals are blocked, and in here they are again. So there is
 * nothing to return to, and nothing to restore: it leaves as if epoll_pwait() had returned the signal. To return would
 * be a system call more for each one. */
static void arrive(int signal)
{
	arrived = signal;
	_longjmp(waiting, 1);
}

/* A handler for one signal is set by libc, which knows how; the others get a copy from the kernel. */
static void catch_all(void)
{
	uint64_t kernels[4]; /* struct sigaction as the kernel has it: handler, flags, restorer, mask */
	struct sigaction action = {.sa_handler = arrive, .sa_flags = SA_NOCLDSTOP};

	if (sigaction(SIGUSR1, &action, NULL) == -1 ||
	    syscall(SYS_rt_sigaction, SIGUSR1, NULL, kernels, sizeof all) == -1)
		log_die("cannot catch signals");
	kernels[3] = all;
	for (int signal = 1; signal <= SIGNALS; signal++)
		syscall(SYS_rt_sigaction, signal, kernels, NULL, sizeof all); /* KILL and STOP refuse */
}

int poll_begin(void)
{
	if (syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, sizeof all) == -1)
		log_die("cannot block signals");
	catch_all();
	set = epoll_create1(EPOLL_CLOEXEC);
	if (set == -1)
		log_die("cannot make an epoll descriptor");
	return set;
}

int poll_add(int fd, unsigned id)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u32 = id};

	return epoll_ctl(set, EPOLL_CTL_ADD, fd, &event);
}

void poll_for_writing(int fd, unsigned id, bool writing)
{
	struct epoll_event event = {.events = writing ? EPOLLOUT : EPOLLIN, .data.u32 = id};

	(void)epoll_ctl(set, EPOLL_CTL_MOD, fd, &event); /* it is in the set */
}

int poll_wait(struct epoll_event *events, int most, int timeout, int *signal)
{
	static const struct timespec at_once;
	sigset_t none;
	int n, taken;

	sigemptyset(&none);
	*signal = 0;
	if (_setjmp(waiting) != 0) {
		*signal = arrived;
		return 0;
	}
	n = epoll_pwait(set, events, most, timeout, &none);
	if (n <= 0)
		return 0;
	/* The kernel looks at descriptors first: as long as they are busy, no signal would get through. */
	taken = (int)syscall(SYS_rt_sigtimedwait, &all, NULL, &at_once, sizeof all);
	*signal = taken > 0 ? taken : 0;
	return n;
}
