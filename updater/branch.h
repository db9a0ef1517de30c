/* updater/branch: a commit of the branch that is followed, as a release with one asset: its sources. Pure. */
#ifndef UPDATER_BRANCH_H
#define UPDATER_BRANCH_H

#include "updater/config.h"
#include "updater/policy/release.h"

/* Adds what a packet commit=HASH sources=PAGE sources-api=PAGE says to an empty list; now (wall clock) is when it is
 * taken to have been published: of two commits the one that was seen later is the newer. -1: EBADMSG when it is not as
 * agreed, or as release_add. */
int branch_add(const struct config *c, const struct wire *packet, int64_t now, struct release_list *list)
	__attribute__((warn_unused_result));

/* The commit that such a release is of. */
const char *branch_commit(const struct release_asset *sources);

#endif
