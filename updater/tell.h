/* updater/tell: the app is told to start or to stop, and nothing else changes: waits until init says that it is so. */
#ifndef UPDATER_TELL_H
#define UPDATER_TELL_H

#include <stdbool.h>
#include <stdint.h>
#include "updater/world.h"

enum tell_result {
	TELL_WAIT,
	TELL_DONE,   /* it runs and is ready, or is stopped: see text */
	TELL_FAILED, /* see code and text */
};

struct tell {
	struct world *world;
	bool up;
	int64_t deadline;
	uint64_t deaths; /* before */
	char code[32];
	char text[400];
};

void tell_init(struct tell *t, struct world *w);

enum tell_result tell_begin(struct tell *t, bool up, int64_t now) __attribute__((warn_unused_result));

/* Something about the service changed, or the deadline has come. */
enum tell_result tell_step(struct tell *t, int64_t now) __attribute__((warn_unused_result));

#endif
