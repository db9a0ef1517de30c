/* svc/entry: what is known of one service, and what all of them share.
 *
 * The rooms above change it, each its own part: svc/launch makes its processes, svc/custom runs its control/X,
 * svc/service sends it through its life, svc/after knows whom it waits for. */
#ifndef SVC_ENTRY_H
#define SVC_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "svc/dir.h"
#include "svc/life.h"

#define SERVICE_NAME (DIR_NAME + sizeof "/log") /* the longest name, with its NUL */
#define SERVICE_NONE UINT16_MAX
#define SERVICE_MESSAGES 0x8000

/* One of a fixed table: about 110 bytes, touched only when it is used. */
struct service {
	struct life life;
	const char *name;	/* NULL when this place is free; stands in the table's keeping, and may move there */
	uint16_t slot;		/* which place this is */
	uint16_t peer;		/* its logger, or its service; SERVICE_NONE */
	uint16_t waits;		/* whom it waits for; SERVICE_NONE */
	uint16_t after_done;	/* names in `after` that need not be waited for any more */
	uint16_t controls_due;	/* svc/custom: programs that are to be run, a bit each */
	uint8_t control_letter; /* the one that runs */
	uint8_t down_signal;	/* 0: the usual one */
	bool logger : 1;
	bool command : 1;   /* runs init's command line; needs no directory */
	bool essential : 1; /* its end is the container's end */
	bool seen : 1;	    /* the last scan found its directory */
	bool moved : 1;	    /* it goes because its directory is another one now; that is taken up when it is gone */
	bool finishes : 1;  /* there was a finish when it was started */
	bool customs : 1;   /* and a control */
	pid_t pid;	    /* run or finish, whichever is alive, or the process group that is left of run; 0: nobody */
	pid_t checker;	    /* its check, when one is under way; 0: none */
	pid_t control;	    /* its control/X, when one is under way; 0: none */
	int pipe;	    /* to its logger; in a logger, from its service; -1: none */
	int notify;	    /* notification-fd: where it says that it is ready; -1: it does not */
	int messages;	    /* NOTIFY_SOCKET: the same */
	uint32_t up_ms;	    /* others wait so long for it */
	uint32_t identity;  /* of its directory: tells it from one that took its place */
};

/* What all of them share; set once, before the first one. */
struct service_world {
	const char *svdir;
	char *const *environ;
	const char *place;   /* where sockets can be: RUN_DIR, or what was found instead */
	const char *run_dir; /* RUN_DIR for the services, or NULL: as it is in environ */
	char *const *argv;   /* the command, or NULL */
	bool terminal;	     /* the command gets the terminal */
	bool command_is_all; /* the command is not started again when it ends */
	int down_signal;     /* unless the service says something else */
	bool death_signal;   /* services are told to go when init dies: it is not PID 1 */
	int epoll;	     /* where `notify` and `messages` are watched; the data: slot, or slot + SERVICE_MESSAGES */
	void (*changed)(const struct service *s, int64_t now); /* told after each change that can be seen */
};
extern struct service_world service_world;

/* Sends a signal to its process group; nothing when nobody is alive. */
void service_signal(const struct service *s, int signal);

/* What it is stopped with. */
int service_down_signal(const struct service *s);

/* Opens its directory, as dir_open() does. */
int service_open(const struct service *s, struct dir *d) __attribute__((warn_unused_result));

#endif
