#include "init/poll.h"

#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include "lib/kernel.h"
#include "lib/log.h"

#define ALL (~UINT64_C(0)) /* signals */

static int set = -1;
static jmp_buf waiting;
static struct poll_signal arrived;

/* Comes only while poll_wait() waits: everywhere else all signals are blocked, and in here they are again. So there is
 * nothing to return to, and nothing to restore: it leaves as if epoll_pwait() had returned the signal. To return would
 * be a system call more for each one. */
static void arrive(int signal, siginfo_t *info, void *context)
{
	(void)context;
	arrived = (struct poll_signal){.number = signal, .kernels = info->si_code > 0};
	_longjmp(waiting, 1);
}

int poll_begin(void)
{
	set = epoll_create1(EPOLL_CLOEXEC);
	if (set == -1)
		log_die("cannot make an epoll descriptor");
	return set;
}

void poll_catch(void)
{
	/* The kernel wants to know where a handler returns to; this one does not. */
	static const struct kernel_action action = {.handler = (void (*)(int))(void (*)(void))arrive,
						    .flags = SA_SIGINFO | SA_NOCLDSTOP | 0x04000000 /* SA_RESTORER */,
						    .mask = ALL};

	if (kernel_mask(ALL, NULL) == -1)
		log_die("cannot block signals");
	for (int signal = 1; signal <= KERNEL_SIGNALS; signal++)
		(void)kernel_action(signal, &action); /* KILL and STOP refuse */
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

int poll_wait(struct epoll_event *events, int most, int timeout, struct poll_signal *signal)
{
	siginfo_t info;
	sigset_t none;
	int n;

	sigemptyset(&none);
	*signal = (struct poll_signal){.number = 0};
	if (_setjmp(waiting) != 0) {
		*signal = arrived;
		return 0;
	}
	n = epoll_pwait(set, events, most, timeout, &none);
	if (n <= 0)
		return 0;
	/* The kernel looks at descriptors first: as long as they are busy, no signal would get through. */
	if (kernel_take_signal(ALL, &info) > 0)
		*signal = (struct poll_signal){.number = info.si_signo, .kernels = info.si_code > 0};
	return n;
}
