/* init/poll: the descriptors that init waits for. They are named here; the waiting is done in init/loop. */
#ifndef INIT_POLL_H
#define INIT_POLL_H

#include <stdbool.h>

/* Who is meant by an event. Smaller numbers are slots of services that may say that they are ready. */
enum poll_id {
	POLL_SIGNALS = 0x10000,
	POLL_CHANGES, /* in SVDIR */
	POLL_LISTEN,  /* the control socket */
	POLL_CLIENT,  /* the first client; the n-th has POLL_CLIENT + n */
};

/* Makes the epoll descriptor and returns it; exits when that cannot be had. */
int poll_begin(void);

/* Waits for fd to be readable from now on; -1 and errno. A descriptor is forgotten when it is closed. */
int poll_add(int fd, unsigned id) __attribute__((warn_unused_result));

/* Waits for it to be writable instead, or again to be readable. */
void poll_for_writing(int fd, unsigned id, bool writing);

#endif
