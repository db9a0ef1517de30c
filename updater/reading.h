/* updater/reading: a profile is read, by moult-unpack, and kept as updater/disk/profile has it. Nothing is in force
 * yet.
 *
 * STATE_DIR/profiles/NAME.json stands before PROFILE_DIR/NAME.json. */
#ifndef UPDATER_READING_H
#define UPDATER_READING_H

#include <stdint.h>
#include "updater/disk/profile.h"
#include "updater/world.h"

enum reading_result {
	READING_WAIT,
	READING_DONE,	/* see used */
	READING_FAILED, /* see code and text; nothing changed */
};

struct reading {
	struct world *world;
	char name[PROFILE_NAME_MAX + 1];
	char path[STORE_PATH + 80];
	char kept[PROFILE_TEXT_MAX];
	struct text lines; /* of what is to be kept */
	char used[PROFILE_USED];
	char code[32];
	char text[700];
};

void reading_init(struct reading *r, struct world *w);

/* Begins; the name was looked at by profile_name_fault(). */
enum reading_result reading_begin(struct reading *r, const char *name, int64_t now) __attribute__((warn_unused_result));

void reading_packet(struct reading *r, const struct wire *packet);

/* The job ended (see world->helper). */
enum reading_result reading_ended(struct reading *r) __attribute__((warn_unused_result));

#endif
