/* updater/service: the app's service, seen through init's control socket.
 *
 * Two connections: one that watches, for as long as we live, and one that asks, a verb at a time. Neither is ever
 * waited for: the loop calls in when something is to be read. When init cannot be reached it is tried again every
 * second. */
#ifndef UPDATER_SERVICE_H
#define UPDATER_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

enum service_contact {
	SERVICE_UNKNOWN, /* nothing heard yet */
	SERVICE_SEEN,	 /* what follows is how it is */
	SERVICE_ABSENT,	 /* init runs no service of this name */
	SERVICE_LOST,	 /* init cannot be reached */
};

struct service {
	const char *name;    /* of the service */
	const char *run_dir; /* where init's socket is, see lib/rundir */
	int watch, ask;	     /* -1: not connected */
	int64_t retry;	     /* when to connect again, CLOCK_NEVER: connected */
	enum service_contact contact;

	/* With SERVICE_SEEN: */
	char state[16]; /* init's word */
	uint64_t pid;	/* 0: no process */
	bool want_up, ready;
	uint64_t seconds;   /* in this state */
	uint64_t deaths;    /* in all */
	uint64_t asked_for; /* of those that we saw come, how many somebody asked for */
	bool asked;	    /* somebody told this process to go: its death will be one of them */
	uint64_t code, sig; /* of the last death */

	/* The verb under way or just answered: */
	bool asking;
	char refused[256]; /* what init said against the last one; "" when it said ok */
};

void service_init(struct service *s, const char *name, const char *run_dir);

/* Connects and starts to watch, or says when to try again (s->retry). */
void service_connect(struct service *s, int64_t now);

/* Something can be read on s->watch or s->ask. True when something about the service changed, or a verb was answered.
 */
bool service_read_watch(struct service *s, int64_t now);
bool service_read_answer(struct service *s);

/* Sends a verb (up, down, kill). A failure to do so counts as refused. */
void service_say(struct service *s, const char *verb);

/* No process of it is left, and none will come by itself. */
bool service_is_down(const struct service *s);

/* It is wanted up and is not: it had so many seconds to become ready, or it dies again and again. */
bool service_is_unwell(const struct service *s, uint64_t seconds);

/* Its process is alive (not: its finish program). */
bool service_is_up(const struct service *s);

#endif
