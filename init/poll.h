/* init/poll: what init waits for: descriptors, and every signal that can be caught. Only init/loop waits. */
#ifndef INIT_POLL_H
#define INIT_POLL_H

#include <stdbool.h>
#include <sys/epoll.h>

/* Who is meant by an event. Smaller numbers belong to services (svc/entry.h). */
enum poll_id {
	POLL_CHANGES = 0x10000, /* in SVDIR */
	POLL_OUTPUT,		/* what services write */
	POLL_LISTEN,		/* the control socket */
	POLL_CLIENT,		/* the first client; the n-th has POLL_CLIENT + n */
};

/* Makes the epoll descriptor and returns it; exits when that cannot be had. */
int poll_begin(void);

/* From here on all signals are blocked, and wait to be taken by poll_wait(); exits when that cannot be had. */
void poll_catch(void);

/* A signal that has arrived. */
struct poll_signal {
	int number;   /* 0: none has */
	bool kernels; /* it is the kernel that sends it, and not a process */
};

/* Waits so many milliseconds, -1: for ever. Returns how many of events[] it has filled in, and one signal. With both
 * there may be more of them. */
int poll_wait(struct epoll_event *events, int most, int timeout, struct poll_signal *signal)
	__attribute__((warn_unused_result));

/* Waits for fd to be readable from now on; -1 and errno. A descriptor is forgotten when it is closed. */
int poll_add(int fd, unsigned id) __attribute__((warn_unused_result));

/* Waits for it to be writable instead, or again to be readable. */
void poll_for_writing(int fd, unsigned id, bool writing);

#endif
