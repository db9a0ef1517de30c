/* updater/notice: tells others how updates go: the hook update/notify, and a receiver at NOTIFY_URL.
 *
 * Both work beside the cycle and hold nothing up; each has a queue of NOTICE_QUEUE messages, in memory, whose oldest
 * gives way. The hook is run once for each; a receiver that cannot be reached or asks for patience is tried
 * NOTICE_TRIES times, ever more slowly. What is seen at every poll is told once. */
#ifndef UPDATER_NOTICE_H
#define UPDATER_NOTICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "updater/message.h"
#include "updater/world.h"

#define NOTICE_QUEUE 16
#define NOTICE_TRIES 4
#define NOTICE_REASON 300
#define NOTICE_HOST 256

struct notice_item {
	enum message_event event;
	char from[STATE_NAME], to[STATE_NAME], reason[NOTICE_REASON];
	int64_t when; /* wall clock */
};

struct notice_queue {
	struct notice_item items[NOTICE_QUEUE]; /* the oldest first; it is the one under way */
	size_t count;
	bool lost; /* the one under way had to give way: what is said of it is of no use */
};

struct notice {
	struct world *world;
	char host[NOTICE_HOST]; /* of this machine */
	struct notice_queue to_hook, to_url;
	struct hook hook;
	struct helper post;
	int64_t post_at; /* not before then */
	unsigned tries;	 /* of the oldest one for the URL */
	bool complained; /* nothing has reached the receiver since we said so */

	char failed_tag[STATE_NAME], failed_code[32]; /* the failure that was told last */
};

/* *n is zero; see course_init(). */
void notice_init(struct notice *n, struct world *w);

/* Tells of it; tags and reason are copied, a reason that is too long is cut. A release that was found already is not
 * told again (state.told, also after a restart), nor is a failure of the same release with the same code. */
void notice_found(struct notice *n, const char *from, const char *to, const char *reason);
void notice_failed(struct notice *n, const char *code, const char *from, const char *to, const char *reason);
void notice_ended(struct notice *n, bool back, const char *from, const char *to, const char *reason);

/* When notice_tick() is to be called at the latest. */
int64_t notice_deadline(const struct notice *n);
void notice_tick(struct notice *n, int64_t now);

/* Something can be read on hook.fd, on post.fd; a child was reaped. */
void notice_hook_spoke(struct notice *n);
void notice_post_spoke(struct notice *n, int64_t now);
void notice_reaped(struct notice *n, pid_t pid, int status, int64_t now);

/* We have to go: what runs is killed, what waits is forgotten. */
void notice_stop(struct notice *n);

#endif
