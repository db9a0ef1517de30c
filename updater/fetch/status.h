/* updater/fetch/status: an answer that is not what was asked for, put into the words of the helper protocol. */
#ifndef UPDATER_FETCH_STATUS_H
#define UPDATER_FETCH_STATUS_H

#include "updater/fetch/http.h"

/* 0 for 2xx and 304. Else -1 and the error; who wants to be left in peace is told of with a packet `kind=wait
 * until=EPOCH`. what: the noun of the message ("the releases of foo/bar"). */
int status_check(const struct http_answer *a, const char *what, struct job_error *e)
	__attribute__((warn_unused_result));

#endif
