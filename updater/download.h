/* updater/download: what stands in STATE_DIR/download: one archive, whole or in part, and what vouches for it.
 *
 * What is there counts only for the very asset it was begun for: state.tag, .asset, .digest and .download_etag say
 * which that is. */
#ifndef UPDATER_DOWNLOAD_H
#define UPDATER_DOWNLOAD_H

#include <stdbool.h>
#include <stdint.h>
#include "updater/policy/release.h"
#include "updater/world.h"

/* Opens the archive to go on with it, empty when it was begun for another asset; the state says from now on that it is
 * for this one, and has to be written by the caller. -1: errno, the state is untouched. */
int download_open(struct world *w, const struct release_asset *asset, const char *tag)
	__attribute__((warn_unused_result));

/* False when the disk has certainly too little room for so many bytes packed and unpacked. RELEASE_UNSIZED: true. */
bool download_has_room(const struct world *w, uint64_t size);

/* It is of no more use; a failure is said in the log. */
void download_discard(struct world *w);

/* Discards it when its release is in place, or bad: what an attempt left that ended just there. Any other is for
 * resume. */
void download_sweep(struct world *w);

#endif
