/* updater/look: one look at the forge: is there something to install?
 *
 *   probe (no token, costs nothing) ---- the tag we know ----> nothing
 *     | another tag
 *   list, a page at a time ------------- 304 ----------------> nothing
 *     |
 *   plan
 *
 * With a token, of a directory, or when prereleases are wanted, of which `latest` tells nothing, the list is asked at
 * once, with the ETag of last time. A tag asked for by name is asked for alone. */
#ifndef UPDATER_LOOK_H
#define UPDATER_LOOK_H

#include <stdbool.h>
#include <stdint.h>
#include "updater/policy/plan.h"
#include "updater/world.h"

#define LOOK_RELEASES RELEASE_LIMIT
#define LOOK_AGAIN 3600 /* seconds after which a newer release that did not fit is looked at again */

enum look_result {
	LOOK_WAIT,    /* the job goes on */
	LOOK_NOTHING, /* up to date */
	LOOK_FOUND,   /* install plan.chosen */
	LOOK_PENDING, /* there is one, but its assets are not all there, or it is too young: see text and look_at */
	LOOK_REFUSED, /* there is one, and it cannot be installed: see text */
	LOOK_FAILED,  /* the forge could not be asked: see code and text */
};

enum look_for {
	LOOK_BY_CLOCK,	/* what was looked at to the end is not asked for again */
	LOOK_BY_PERSON, /* what was refused is asked for again */
	LOOK_DRY,	/* so, and nothing is remembered: a person wants to see the plan */
};

struct look {
	struct world *world;
	enum { LOOK_PROBE, LOOK_LIST, LOOK_RELEASE, LOOK_BRANCH } step;
	char wanted[STATE_NAME]; /* a tag asked for by name, "" the newest */
	enum look_for whom;
	unsigned page;
	bool more, unchanged;
	bool told_moved, told_renamed;
	bool beyond; /* there are releases that were not looked at: they are behind the newest LOOK_RELEASES */
	char probed[STATE_SEEN];
	char etag[STATE_ETAG];

	/* The last list and what was made of it; kept until the next one. */
	struct release_list list;
	struct plan plan;
	int64_t planned; /* when (wall clock), 0 never */

	/* What the last plan waits for, said again while nothing changes; look_at 0: it waits for nothing by the clock.
	 */
	int64_t look_at; /* wall clock */
	char waiting[PLAN_REASON + 200];

	char code[32];
	char text[PLAN_REASON + 200];
};

void look_init(struct look *l, struct world *w);

/* Begins. wanted: a tag, or NULL for the newest. LOOK_WAIT or LOOK_FAILED. */
enum look_result look_begin(struct look *l, const char *wanted, enum look_for whom, int64_t now)
	__attribute__((warn_unused_result));

/* What was found last is on disk: as long as the forge has nothing else, LOOK_NOTHING is the answer from now on. */
void look_is_dealt_with(struct look *l);

/* The look that ended saw no list: nothing has changed at the forge since the last one. */
bool look_saw_no_change(const struct look *l);

/* What the last look found is done for now, and the rest of it waits until then (wall clock): while nothing changes on
 * the forge `text` is what a look says, without asking for the list again but every LOOK_AGAIN. The state is not saved.
 */
void look_hold(struct look *l, int64_t until, const char *text);

/* A packet of the job came. */
void look_packet(struct look *l, const struct wire *packet);

/* The job ended (see world->helper). */
enum look_result look_ended(struct look *l, int64_t now) __attribute__((warn_unused_result));

#endif
