/* updater/fetch/get: a file by HTTP into a descriptor, resumed where that is safe. */
#ifndef UPDATER_FETCH_GET_H
#define UPDATER_FETCH_GET_H

#include "updater/fetch/request.h"

/* Answers kind=progress now and then (the first one, with the etag, before the first byte) and kind=done.
 *
 * What stands in `out` from r->offset on is overwritten. The rest is asked for with If-Range, so that a file that has
 * changed comes whole; whatever is not exactly the missing rest makes it start again at 0. After a failure `out` holds
 * what came, for the next attempt. */
int get_file(const struct request *r, int out, struct job_error *e) __attribute__((warn_unused_result));

#endif
