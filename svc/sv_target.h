/* svc/sv_target: the services that sv was asked about. */
#ifndef SVC_SV_TARGET_H
#define SVC_SV_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "svc/sv_state.h"

#define SV_TARGETS 1024 /* on one command line, or shown at once */

struct target {
	const char *given;    /* as the caller wrote it */
	char name[80];	      /* as init knows it */
	struct sv_state then; /* before anything was asked for */
	struct sv_state now;
	bool seen, open; /* open: not done, not failed */
};

/* All that this program is. */
struct sv {
	const char *svdir;
	uint64_t wait; /* seconds */
	bool verbose, json;
	char *self; /* the name it was called by */
	bool lsb;   /* which is that of a service: as an init script */
	int fd;	    /* init */
	int failed; /* services that something could not be done for */
	struct target targets[SV_TARGETS];
	size_t n; /* targets */
};
extern struct sv sv;

void sv_print(int fd, const struct text *t);

/* `fatal: WHAT: errno`, and exit. sv_lost(): the connection to init broke. */
void sv_fatal(const char *what) __attribute__((noreturn));
void sv_lost(void) __attribute__((noreturn));

/* PREFIX (`ok: `) and the target's state, as a line. */
void sv_say(const char *prefix, const struct target *target);

/* What init calls a service: NAME or NAME/log, also when it was given as a path. -1: too long. */
int sv_name(const char *given, char *out, size_t size) __attribute__((warn_unused_result));

/* Asks init VERB about one target. When it is refused, that is said, and the target is closed and counted as failed. */
void sv_request(struct target *target, const char *verb);

/* Takes the names as targets, or all services but loggers, with their present states. */
void sv_find(char **names);
void sv_find_all(void);

#endif
