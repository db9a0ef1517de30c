/* updater/arbiter: of the releases on disk, image or volume, which one is to run. */
#ifndef UPDATER_ARBITER_H
#define UPDATER_ARBITER_H

#include <stdbool.h>
#include "updater/world.h"

/* At start: the highest version that is not marked bad and has all its programs; the linked one where a person chose it
 * (state.floor) or where it is of the same version. While UPDATE_WINDOW is closed only the image's may come in place of
 * a linked one that can run. When there is no such release the linked one, or the highest. False when there is none at
 * all. */
bool arbiter_best(const struct world *w, char name[STORE_NAME]);

/* The highest version that is not marked bad and has all its programs. False when there is none. */
bool arbiter_highest(const struct world *w, char name[STORE_NAME]);

/* What to go back to from `bad`: `wanted` when it is good and sound, by hash, else the highest other one that is. False
 * when there is none: a release that is damaged is no better than one that is bad. */
bool arbiter_good(const struct world *w, const char *bad, const char *wanted, char name[STORE_NAME]);

/* For a person's `rollback`: `previous`, or the highest good one below what runs. */
bool arbiter_previous(const struct world *w, char name[STORE_NAME]);

#endif
