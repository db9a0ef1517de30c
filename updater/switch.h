/* updater/switch: the only code that changes what runs.
 *
 *   STATE_STOP     the app is told to stop, and is waited for until init says that it is dead (KILL after SVWAIT)
 *   STATE_CARRY    its own files go along
 *   STATE_SWITCH   one rename of one link
 *   STATE_START    the app is told to start
 *
 * STATE_STOP is in the state file before the app is told, and says what is to be done: state.from, .to, .reason and
 * .start. CARRY and SWITCH are not written: where the link points tells a later start how far they came, and the app is
 * down meanwhile. START is written behind the link.
 * It is driven by what init tells (updater/service) and by its deadline; it never waits itself. */
#ifndef UPDATER_SWITCH_H
#define UPDATER_SWITCH_H

#include <stdbool.h>
#include <stdint.h>
#include "updater/world.h"

enum switch_result {
	SWITCH_WAIT,	/* for the app to die, or for init */
	SWITCH_TURNED,	/* the link is turned, and the app still down: switch_resume() is next */
	SWITCH_STARTED, /* the app was told to start when it is to run */
	SWITCH_REFUSED, /* the link is as it was: see why; switch_give_back() is next */
};

struct switching {
	struct world *world;
	int64_t deadline; /* CLOCK_NEVER: none */
	int64_t began;
	bool killed;
	char why[400];
};

void switch_init(struct switching *s, struct world *w);

/* While the app still runs: the release is brought to the disk, and could everything that is the app's be taken along?
 * -1: see why. */
int switch_check(struct switching *s) __attribute__((warn_unused_result));

/* Begins with STATE_STOP. */
enum switch_result switch_begin(struct switching *s, int64_t now) __attribute__((warn_unused_result));

/* Something about the service changed, or the deadline has come. */
enum switch_result switch_step(struct switching *s, int64_t now) __attribute__((warn_unused_result));

/* With the link turned, in this life or a former one: the last phase, STATE_START. */
enum switch_result switch_resume(struct switching *s) __attribute__((warn_unused_result));

/* With the link as it was: the app is told to start again when it is to run. */
void switch_give_back(struct switching *s);

#endif
