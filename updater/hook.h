/* updater/hook: a program of the user's, update/NAME in the app's service directory, run once.
 *
 * It starts in the service directory, as the updater's own user, in a session of its own, with /dev/null to read from;
 * what it writes becomes lines of the log. Its environment is ours without what is secret. When its time is over it
 * gets TERM, HOOK_GRACE_MS later KILL, and it dies with the updater. What is left of its process group is killed by
 * whoever reaps it (updater/loop). Nothing waits for it here: the loop calls in. */
#ifndef UPDATER_HOOK_H
#define UPDATER_HOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "updater/config.h"

#define HOOK_GRACE_MS 5000 /* between TERM and KILL */
#define HOOK_LINE 500	   /* bytes; a longer line comes in pieces */
#define HOOK_LINES 100	   /* of one run; the rest is read, counted and not shown */
#define HOOK_LATER 75	   /* EX_TEMPFAIL */
#define HOOK_WORDS 8	   /* variables that it can be given */
#define HOOK_WORD 1200	   /* bytes of one, its name included */

struct hook {
	pid_t pid; /* 0: no process */
	int fd;	   /* what it writes; -1: nothing more */
	int64_t deadline, limit_ms;
	const char *name; /* below update/ */
	int status;	  /* as waitpid() gave it, when it is over */
	bool expired, killed;
	char line[HOOK_LINE + 1];
	size_t len;
	unsigned lines;
	unsigned long unseen; /* lines that were not shown */
};

/* What it is told, as variables MOULT_NAME=VALUE. */
struct hook_words {
	char text[HOOK_WORDS][HOOK_WORD];
	char *list[HOOK_WORDS + 1];
	size_t count;
};

enum hook_start {
	HOOK_STARTED,
	HOOK_NONE,    /* there is no such file */
	HOOK_REFUSED, /* there is one, and it cannot be run or must not be: see why */
};

enum hook_outcome {
	HOOK_SAYS_YES,	 /* exit code 0 */
	HOOK_SAYS_LATER, /* exit code 75 */
	HOOK_SAYS_NO,	 /* another one, a signal, or its time was over */
};

void hook_init(struct hook *h);

void hook_begin_words(struct hook_words *words);
void hook_add_word(struct hook_words *words, const char *name, const char *value);

/* There is such a file, or something that keeps us from knowing; for who wants to prepare nothing in vain. */
bool hook_is_there(const struct config *config, const char *name);

/* Starts one; h is not busy. name is kept by reference, argument may be NULL. A file, its directory or the service
 * directory that somebody else could have changed is refused: what stands there runs with our rights. */
enum hook_start hook_start(struct hook *h, const struct config *config, const char *name, const char *argument,
			   const struct hook_words *words, int64_t now, char *why, size_t size)
	__attribute__((warn_unused_result));

/* Something can be read on h->fd. */
void hook_read(struct hook *h);

/* The child of this pid was reaped. True when it was this one: it is over, and its last lines are in the log. */
bool hook_reaped(struct hook *h, pid_t pid, int status) __attribute__((warn_unused_result));

/* Its deadline has come. */
void hook_expire(struct hook *h, int64_t now);

/* We have to go: TERM now, KILL at the deadline that this sets. */
void hook_stop(struct hook *h, int64_t now);

/* True until it is reaped. */
bool hook_busy(const struct hook *h);

/* What the one that is over said; *why: how it ended, for people. */
enum hook_outcome hook_outcome(const struct hook *h, char *why, size_t size);

#endif
