/* updater/origin: whom the bytes of an asset are asked of: the mirrors one after the other, then the forge. */
#ifndef UPDATER_ORIGIN_H
#define UPDATER_ORIGIN_H

#include <stdbool.h>
#include <stdint.h>
#include "updater/policy/release.h"
#include "updater/world.h"

struct origin {
	unsigned mirror;  /* the one to ask next, or being asked */
	bool from_mirror; /* it is a mirror that is asked, and not the forge */
	char place[1024]; /* the asset's address there */
};

/* For a new asset: all mirrors are to be asked once more, the forge now. */
void origin_begin(struct origin *o);

/* Turns to the next mirror that may be asked, or to the forge. vouched: something from the forge says what the bytes
 * are; otherwise they are not taken from anybody else. */
void origin_choose(struct origin *o, const struct world *w, const struct release_asset *a, bool vouched);

/* That mirror is of no use. */
void origin_leave(struct origin *o);

/* The request for the asset's bytes, as ask_get() makes it; notes who is asked. */
void origin_ask(const struct origin *o, struct world *w, const struct release_asset *a, uint64_t cap, uint64_t offset,
		struct wire *request);

#endif
