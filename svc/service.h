/* svc/service: a service that really runs: its life (svc/life) joined to processes, pipes and signals.
 *
 * A logger (log/run) is a service of its own, called NAME/log. The pipe between the two is made once and kept open
 * here while either of them comes and goes, so no line is lost. */
#ifndef SVC_SERVICE_H
#define SVC_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "svc/dir.h"
#include "svc/life.h"

#define SERVICE_NAME (DIR_NAME + sizeof "/log")
#define SERVICE_NONE UINT16_MAX

/* One of a fixed table: about 140 bytes, touched only when it is used. */
struct service {
	struct life life;
	char name[SERVICE_NAME]; /* "" when this place is free */
	uint16_t slot;		 /* which place this is */
	uint8_t down_signal;	 /* 0: the usual one */
	bool logger : 1;
	bool command : 1;    /* runs init's command line; needs no directory */
	bool essential : 1;  /* its end is the container's end */
	bool seen : 1;	     /* the last scan found its directory */
	bool finishes : 1;   /* there was a finish when it was started */
	pid_t pid;	     /* run or finish, whichever is alive; 0: neither */
	pid_t checker;	     /* its check, when one is under way; 0: none */
	int pipe;	     /* to its logger; in a logger, from its service; -1: none */
	int notify;	     /* where it says that it is ready; -1: it does not */
	uint32_t up_ms;	     /* others wait so long for it */
	uint16_t peer;	     /* its logger, or its service; SERVICE_NONE */
	uint16_t waits;	     /* whom it waits for; SERVICE_NONE */
	uint16_t after_done; /* names in `after` that need not be waited for any more */
};

/* What all of them share; set once, before the first one, and kept by reference. */
struct service_world {
	const char *svdir;
	char *const *environ;
	const char *run_dir; /* RUN_DIR for the services, or NULL: as it is in environ */
	char *const *argv;   /* the command, or NULL */
	bool terminal;	     /* the command gets the terminal */
	bool command_is_all; /* the command is not started again when it ends */
	int down_signal;     /* unless the service says something else */
	int epoll;	     /* where `notify` is watched, with the service's slot as data */
	void (*changed)(const struct service *s, int64_t now); /* told after each change that can be seen */
};
void service_begin(const struct service_world *world);

/* Sends an event and does what follows from it. */
void service_event(struct service *s, enum life_event event, int64_t now);

/* Sends a signal to its process group; nothing when run is not alive. */
void service_signal(const struct service *s, int signal);

/* Its process (s->pid) died. */
void service_died(struct service *s, int status, int64_t now);

/* Its check (s->checker) died. */
void service_checked(struct service *s, int status, int64_t now);

/* `notify` is readable. */
void service_notified(struct service *s, int64_t now);

/* Closes what it holds. */
void service_release(struct service *s);

/* Counts every event there was: whoever remembers it sees whether he has to look again. */
unsigned service_events(void);

#endif
