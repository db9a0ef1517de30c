/* updater/fetch/forge: what is asked of a forge: which release is the latest, and what releases hold. */
#ifndef UPDATER_FETCH_FORGE_H
#define UPDATER_FETCH_FORGE_H

#include "updater/fetch/request.h"

/* Where does the page of the latest release lead? Costs nothing of the API's allowance. Answers `tag=`, and
 * `moved=OWNER/REPO` when it was found there: the repository has another name now. */
int forge_probe(const struct request *r, struct job_error *e) __attribute__((warn_unused_result));

/* A page of the releases, or the release of one tag, by the API. Answers kind=cache, kind=release, kind=asset. */
int forge_list(const struct request *r, struct job_error *e) __attribute__((warn_unused_result));

#endif
