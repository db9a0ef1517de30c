/* updater/helper: a child job. One is started with descriptors and one request, answers in packets, and ends.
 *
 * It is done when its last packet was read *and* it has exited: nothing of it holds a file open then. One that ends
 * without a last packet, sends what is no packet, too many of them, or takes too long is killed; that is an error of
 * its own (code `helper` or `timeout`). */
#ifndef UPDATER_HELPER_H
#define UPDATER_HELPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "lib/wire.h"

#define HELPER_FDS 11	     /* descriptors it can be given */
#define HELPER_PACKETS 50000 /* more than this is a breach */

struct helper {
	pid_t pid;	  /* 0: no process */
	int fd;		  /* our end; -1 when the last packet was read */
	int64_t deadline; /* CLOCK_NEVER: none under way */
	unsigned packets;
	bool ok;	  /* its last packet was `ok` */
	char code[32];	  /* of the error otherwise */
	char text[512];	  /* one line for people */
	const char *name; /* for messages */
};

enum helper_news {
	HELPER_NOTHING, /* nothing more to read now */
	HELPER_DATA,	/* a packet is in *packet */
};

/* Makes it idle: no process. */
void helper_init(struct helper *h);

/* Starts path with fds[i] as its descriptor i (fds[0] is set here) and sends the request. Only one at a time.
 * -1: errno, nothing runs. */
int helper_start(struct helper *h, const char *path, int fds[], size_t nfds, const struct wire *request,
		 int64_t deadline) __attribute__((warn_unused_result));

/* The same with a job that somebody else runs, called name: fd is our end of its socket, and ours from now on. There is
 * no process to kill: to refuse it, and its deadline, mean to hang up. */
void helper_take(struct helper *h, int fd, const char *name, const struct wire *request, int64_t deadline);

/* Call it until HELPER_NOTHING whenever h->fd is readable. */
enum helper_news helper_next(struct helper *h, struct wire *packet);

/* The child of this pid was reaped; nothing when it is another's. */
void helper_reaped(struct helper *h, pid_t pid, int status);

/* Its deadline has come. */
void helper_expire(struct helper *h);

/* Kills it on behalf of the caller: the job ends with this error. */
void helper_refuse(struct helper *h, const char *code, const char *text);

/* True while it is under way. */
bool helper_busy(const struct helper *h);

#endif
