/* svc/sv_target: the services that sv was asked about. */
#ifndef SVC_SV_TARGET_H
#define SVC_SV_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "svc/sv_state.h"

#define SV_TARGETS 2048 /* on one command line, or shown at once: as many as init can have, loggers included */

struct target {
	const char *given;    /* as the caller wrote it */
	char name[80];	      /* as init knows it; "": it is none of init's */
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
	bool exits; /* for what is asked, a service that init does not have is as good as done */
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

/* Asks init VERB about one target. When it is refused, that is said, and the target is closed and counted as failed. */
void sv_request(struct target *target, const char *verb);

/* The same, when init does not have this target any more. */
void sv_gone(struct target *target);

/* Looks how the target is: `gone` when init does not have it any more. */
void sv_look(struct target *target);

/* Takes a name as the next target, with its present state; all of them; or all services that are no loggers. */
struct target *sv_find(const char *name);
void sv_find_these(char **names);
void sv_find_all(void);

#endif
