/* svc/life: the life of one process that is kept alive, as states and events. Pure: no system call, no clock.
 *
 *                 UP                 CLEAR            STARTED             HALT, EXIT
 *     [down] ----------> [wait] ------------> [start] ---------> [run] -------------> [stopping]
 *       ^                                      ^   |               | DIED                 | DIED
 *       |                              TIMEOUT |   | FAILED        v                      v
 *       |                                    [backoff] <--+     [linger] <----------------+
 *       |                                                 |        | EMPTY
 *       +-------------------------------- FINISHED -------+-- [finish] ----> [failed], [gone]
 *
 * life_step() is the only writer of the state. It says what is to be done; whoever owns the process does it and reports
 * what came of it as the next event. */
#ifndef SVC_LIFE_H
#define SVC_LIFE_H

#include <stdbool.h>
#include <stdint.h>

enum life_state {
	LIFE_DOWN,     /* no process, and none is wanted now */
	LIFE_WAIT,     /* wanted; those it comes after are not ready yet */
	LIFE_BACKOFF,  /* wanted; died too soon, starts when `due` has come */
	LIFE_START,    /* being made: STARTED or FAILED is the next event, whatever happens */
	LIFE_RUN,      /* alive */
	LIFE_STOPPING, /* alive, and told to go */
	LIFE_LINGER,   /* dead; others of its process group are not yet */
	LIFE_FINISH,   /* all of it is dead; its finish program is at work */
	LIFE_FATAL,    /* died too often: left alone until somebody says up */
	LIFE_GONE,     /* over for ever; nothing may happen any more */
	LIFE_STATES
};

enum life_want {
	LIFE_WANT_DOWN, /* stays down */
	LIFE_WANT_UP,	/* is started again after each death */
	LIFE_WANT_ONCE, /* is not started again; still so when it is down: then it ended by itself */
	LIFE_WANT_EXIT, /* goes down and is forgotten */
};

enum life_event {
	LIFE_UP,       /* asked: be up, and come back */
	LIFE_HALT,     /* asked: be down */
	LIFE_ONCE,     /* asked: be up, and do not come back */
	LIFE_EXIT,     /* asked: be down and be forgotten */
	LIFE_DRAIN,    /* as EXIT, but it will end by itself: its input has ended */
	LIFE_TERM,     /* asked: have a TERM (it comes back if it is wanted) */
	LIFE_KILL,     /* asked: be killed (the same) */
	LIFE_PAUSE,    /* asked: be stopped */
	LIFE_CONT,     /* asked: go on */
	LIFE_CLEAR,    /* those it comes after are ready */
	LIFE_STARTED,  /* the process was made and its exec succeeded */
	LIFE_FAILED,   /* it could not be made; `status` was set as if it had exited */
	LIFE_READY,    /* it said that it is ready, or its check did */
	LIFE_UNREADY,  /* its check did not */
	LIFE_DIED,     /* the process died; `status` was set */
	LIFE_EMPTY,    /* nobody is left in its process group */
	LIFE_FINISHED, /* finish died, or there is none */
	LIFE_TIMEOUT,  /* `due` has come */
	LIFE_EVENTS
};

/* What is to be done, in this order. A step asks for at most one of GROUP, FINISH and START. */
enum life_action {
	LIFE_DO_STOP = 1 << 0,	 /* send the down-signal, then CONT */
	LIFE_DO_TERM = 1 << 1,	 /* send TERM */
	LIFE_DO_PAUSE = 1 << 2,	 /* send STOP */
	LIFE_DO_CONT = 1 << 3,	 /* send CONT */
	LIFE_DO_KILL = 1 << 4,	 /* send KILL */
	LIFE_DO_GROUP = 1 << 5,	 /* tell the rest of its group to go; EMPTY at once, or when nobody is left */
	LIFE_DO_FINISH = 1 << 6, /* run finish; FINISHED at once when there is none */
	LIFE_DO_START = 1 << 7,	 /* make the process; STARTED or FAILED at once */
	LIFE_DO_CHECK = 1 << 8,	 /* run its check; READY or UNREADY some time later. One still under way has failed */
	LIFE_DO_TELL = 1 << 9,	 /* something changed that can be seen from outside */
};

#define LIFE_NEVER INT64_MAX  /* a deadline that does not come */
#define LIFE_SHORT_MS 1000    /* a shorter life counts against it */
#define LIFE_LONG_MS 60000    /* a longer one makes all forgotten */
#define LIFE_CHECK_MS 1000    /* from a check that failed to the next one */
#define LIFE_ALIVE_MS 10000   /* from one that passed */
#define LIFE_CHECKING_MS 5000 /* a check that takes longer has failed */
#define LIFE_DRAIN_MS 10000   /* a drained process that does not end is killed */
#define LIFE_GROUP_MS 10000   /* what is left of a group may take, unless `kill_ms` says otherwise */
#define LIFE_KILLED_MS 1000   /* what was killed and is still there is waited for no longer */

/* Times are milliseconds of one monotonic clock. */
struct life {
	enum life_state state : 8;
	enum life_want want : 8;
	uint8_t step;	    /* short lives since the last long one: index of the back-off table */
	uint8_t misses;	    /* checks in a row that failed, since it was ready first */
	uint8_t max_misses; /* at so many it is started anew; 0: never. Set by the owner before STARTED, with the next
			       two */
	bool announces : 1; /* it says READY itself */
	bool checked : 1;   /* a check is run every now and then; it says READY where `announces` is not set */
	bool ready : 1;	    /* the last that was heard of it, or it is not expected to say so */
	bool proven : 1;    /* it has been ready in this life */
	bool paused : 1;    /* has had a STOP */
	bool term : 1;	    /* has had a TERM or its down-signal */
	bool asked : 1;	    /* the death to come, or the last one, was asked for */
	bool killed : 1;    /* has had a KILL */
	bool died : 1;	    /* `status` holds something */
	bool brief : 1;	    /* the last life was shorter than LIFE_SHORT_MS */
	int status;	    /* of the last death, as wait() gives it */
	uint32_t deaths;    /* in all */
	uint16_t tally;	    /* deaths in a row that nobody asked for, without a long life between */
	uint16_t max_tally; /* given up at so many; 0: never. Set by the owner, as are the next two */
	uint32_t kill_ms;   /* KILL so long after the down-signal; 0: never */
	uint32_t finish_ms; /* finish may take so long; 0: for ever */
	int64_t since;	    /* when it was started; without a process, when this state began */
	int64_t due;	    /* when TIMEOUT is to be sent, or LIFE_NEVER */
};

/* Starts in LIFE_DOWN. */
void life_begin(struct life *life, int64_t now);

/* Takes one event and returns the life_action bits. */
unsigned life_step(struct life *life, enum life_event event, int64_t now) __attribute__((warn_unused_result));

/* True when run is alive, or others of its group are: when there is somebody who can have a signal. */
bool life_runs(const struct life *life);

const char *life_state_word(enum life_state state);
const char *life_want_word(enum life_want want);

#endif
