/* updater/fetch/directory: a directory with a SHA256SUMS as a forge, over https or of this machine.
 *
 *     BASE/OWNER/REPO/SHA256SUMS      see updater/fetch/listing
 *     BASE/OWNER/REPO/TAG/NAME */
#ifndef UPDATER_FETCH_DIRECTORY_H
#define UPDATER_FETCH_DIRECTORY_H

#include "updater/fetch/request.h"

/* Its releases, or that of one tag. Answers kind=cache, kind=release, kind=asset; only kind=cache when r->etag says
 * that nothing has changed. list: the file, of a directory of this machine; -1 otherwise. */
int directory_list(const struct request *r, int list, struct job_error *e) __attribute__((warn_unused_result));

#endif
