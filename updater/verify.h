/* updater/verify: a person wants to know whether a release on disk is what was shipped. In steps: whoever asks
 * for the status meanwhile gets it. */
#ifndef UPDATER_VERIFY_H
#define UPDATER_VERIFY_H

#include <stdbool.h>
#include "lib/wire.h"
#include "updater/disk/audit.h"
#include "updater/world.h"

enum verify_result {
	VERIFY_WAIT,  /* call again */
	VERIFY_FOUND, /* the same; what was found is in the packet */
	VERIFY_GOOD,  /* nothing is missing or damaged: see text */
	VERIFY_BAD,   /* see code and text */
};

struct verify {
	struct world *world;
	char name[STORE_NAME];
	struct manifest manifest;
	int top;
	struct audit audit;
	size_t bad, changed;
	char code[32];
	char text[STATE_NAME + 200];
};

void verify_init(struct verify *v, struct world *w);

/* Begins with a release that is on disk. VERIFY_WAIT or VERIFY_BAD. */
enum verify_result verify_begin(struct verify *v, const char *name) __attribute__((warn_unused_result));

/* finding=missing|damaged|changed, path and why in the packet. */
enum verify_result verify_step(struct verify *v, struct wire *packet) __attribute__((warn_unused_result));

#endif
