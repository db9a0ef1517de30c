/* updater/moment: the moments of a move at which hooks of the app's service have a say.
 *
 *   pre       before the app is told to stop: it may say no, or not now
 *   rollback  the way forward is left after `pre` said yes: undoes what that did
 *   post      the release is in place: nothing can be stopped any more
 *
 * The phase is in the state file before the hook is started, so a life that ends in the middle of one is followed by
 * one that runs it again: MOMENT_LIVES times, then it goes on without. */
#ifndef UPDATER_MOMENT_H
#define UPDATER_MOMENT_H

#include <stdint.h>
#include "updater/world.h"

#define MOMENT_LIVES 3 /* so many lives in a row may end in a hook */

enum moment_name {
	MOMENT_PRE,
	MOMENT_BACK, /* rollback: the app is down, its files are back, it is about to be started */
	MOMENT_UNDO, /* rollback: the app never left the release it was to leave */
	MOMENT_POST,
};

enum moment_answer {
	MOMENT_WAIT,  /* the hook runs */
	MOMENT_GO,    /* it says yes, or there is none; of others than pre whatever it says */
	MOMENT_LATER, /* it says not now: see why */
	MOMENT_NO,    /* it says no, or could not be asked: see why */
};

struct moment {
	struct world *world;
	enum moment_name name;
	int64_t began;
	char why[400];
};

void moment_init(struct moment *m, struct world *w);

/* Asks about the move in world.state. GO at once, and nothing is written, where there is no hook. */
enum moment_answer moment_begin(struct moment *m, enum moment_name name, int64_t now)
	__attribute__((warn_unused_result));

/* world.hook is over. */
enum moment_answer moment_ended(struct moment *m, int64_t now) __attribute__((warn_unused_result));

#endif
