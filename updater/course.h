/* updater/course: where the updater is in its story, and what every chapter of it needs: to say a line, to complain
 * once, to mark a release bad, to come to an end. The chapters are updater/move and updater/cycle. */
#ifndef UPDATER_COURSE_H
#define UPDATER_COURSE_H

#include <stdbool.h>
#include <stdint.h>
#include "updater/install.h"
#include "updater/look.h"
#include "updater/moment.h"
#include "updater/notice.h"
#include "updater/policy/probation.h"
#include "updater/reading.h"
#include "updater/switch.h"
#include "updater/tell.h"
#include "updater/verify.h"
#include "updater/world.h"

#define COURSE_READY_MS 30000 /* no forge holds the app back for longer */
#define COURSE_BOOT_MS 3000   /* init is asked how the app is for so long */

enum course_doing {
	COURSE_BOOT,	   /* waiting to hear from init how the app is */
	COURSE_IDLE,	   /* until the next poll, or for ever */
	COURSE_LOOKING,	   /* asking the forge */
	COURSE_INSTALLING, /* getting a release onto the disk */
	COURSE_ASKING,	   /* a hook has a say in a move */
	COURSE_SWITCHING,  /* the app is being stopped, moved, started */
	COURSE_PROVING,	   /* the app has to become ready and stay up */
	COURSE_LEAVING,	   /* a move of a former life is given up; a hook undoes its part of it */
	COURSE_READING,	   /* a profile */
	COURSE_NOTING,	   /* what a release's people say of it */
	COURSE_TELLING,	   /* the app was told to start or stop, nothing else */
	COURSE_VERIFYING,  /* a release on disk is compared with its manifest */
};

enum course_order {
	COURSE_POLL,	 /* by the clock */
	COURSE_CHECK,	 /* a person: look now, and do as UPDATE_MODE says */
	COURSE_PLAN,	 /* a person: look now, and do nothing */
	COURSE_UPDATE,	 /* a person: look now, and install, whatever UPDATE_MODE says */
	COURSE_ROLLBACK, /* a person: go back */
	COURSE_START,	 /* a person: this one is to run, and the app is to be up */
	COURSE_STOP,	 /* a person: the app is to be down */
	COURSE_NOTES,	 /* a person: what do the release's people say of it? */
	COURSE_VERIFY,	 /* a person: is it what was shipped? */
};

/* Who wants to hear how it goes. */
struct course_listener {
	void *context;
	void (*event)(void *context, const char *text);
	void (*progress)(void *context, uint64_t done, uint64_t total);
	void (*packet)(void *context, const struct wire *packet); /* as it is */
	void (*ended)(void *context, bool ok, const char *code, const char *text);
};

struct course {
	struct world world;
	struct look look;
	struct install install;
	struct moment moment;
	struct switching switching;
	struct probation probation;
	struct reading reading;
	struct tell tell;
	struct verify verify;
	struct course_listener listener;
	struct notice notice;

	enum course_doing doing;
	enum course_order order;
	bool has_waiting; /* a person's order came while the clock's look was under way: it is next */
	enum course_order waiting;
	char waiting_tag[2 * STATE_NAME]; /* and what else was said */
	char selector[STATE_NAME];	  /* that the app is to be started with, while its profile is read */
	bool dresses;			  /* the order under way brings a profile: it is put in force with the move */
	char profile[PROFILE_USED];	  /* which, "" none */
	char wanted[STATE_NAME];	  /* what the order under way is about, see updater/obey */
	struct {
		char code[32]; /* "" done */
		char text[500];
	} answer;	    /* to the last order that was refused or done at once */
	bool idle_for_good; /* not configured, wrongly configured or without a place for its state: see why_idle */
	char why_idle[400];

	int notify_fd;	   /* init is told here that we are ready; -1: told, or nobody asked */
	int64_t ready_by;  /* it is told then at the latest */
	int64_t boot_by;   /* how long init is waited for */
	int64_t poll_at;   /* monotonic; CLOCK_NEVER: not by the clock */
	int64_t window_at; /* monotonic: when what waits for UPDATE_WINDOW is to be thought of; CLOCK_NEVER: nothing
			      does */
	int64_t move_began;
	bool app_waits; /* init holds its first start back until we are ready, as far as we know */
	bool unproven;	/* the image's release was linked at start and has not shown that it stays up */

	char said[PLAN_REASON + 200]; /* the last complaint, so that it is not repeated at every poll */
	char last[PLAN_REASON + 200]; /* how the last course ended, for status */
	int64_t last_when;	      /* wall clock, 0 never */
	char setback[PLAN_REASON];    /* why the release before was left, while going back */
	char verdict[400];	      /* how the move ended, while a hook is told of it */

	char deferred[STORE_NAME]; /* a release on disk that a hook did not let in: it is asked again; "" none */
	enum state_reason deferred_reason;
};

/* Makes it, all but the store and host of its world, which main fills in. *c is zero: most of it is not used until
 * there is an update, and what is not written takes no memory. */
void course_init(struct course *c, const struct config *config, const char *helper_dir);

/* Sets c->answer. */
void course_answer(struct course *c, const char *code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* A person installs: whatever UPDATE_MODE says, and though updates are paused. */
bool course_is_ordered(const struct course *c);

/* Updates are paused now. */
bool course_is_paused(const struct course *c);

/* Back to idle after what did not concern the forge: the next poll stays where it was, if
 * there was one. */
void course_end_order(struct course *c, const char *code, const char *text, int64_t now);

/* For the log and for whoever watches. */
void course_say(struct course *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* For the log, once: the same complaint, or remark about what is no trouble, at every poll helps nobody. */
void course_complain(struct course *c, const char *text);
void course_remark(struct course *c, const char *text);

/* Marks a release bad, on disk, and in the history. */
void course_mark_bad(struct course *c, const char *tag, const char *digest, const char *reason, int64_t now);

/* Tells others (updater/notice): a release is there; it, or the look for one (tag ""), failed. */
void course_tell_found(struct course *c, const char *tag, const char *reason);
void course_tell_failed(struct course *c, const char *code, const char *tag, const char *reason);

/* Tells init that we are ready; once. */
void course_tell_ready(struct course *c);

/* Back to idle; how it ended goes to status and to whoever waits for it (code "": well), init is told that we are
 * ready, and the next poll is in so many seconds. Whoever waits with an order of his own is not told: his end is
 * another. */
void course_settle(struct course *c, const char *code, const char *text, int64_t seconds, int64_t now);

/* The same, after a cycle that did what it should, and after one that something outside made fail: the network, the
 * forge, the disk. That is tried again, ever more slowly. */
void course_settle_well(struct course *c, const char *text, int64_t now);
void course_settle_badly(struct course *c, const char *code, const char *text, int64_t now);

/* Seconds to the next poll, as many as have failed in a row considered. */
int64_t course_next_poll(const struct course *c);

/* Sets window_at. */
void course_watch_window(struct course *c, int64_t now);

/* True when it looks by the clock. */
bool course_polls(const struct course *c);

const char *course_doing_word(const struct course *c);

#endif
