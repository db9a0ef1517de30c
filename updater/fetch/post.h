/* updater/fetch/post: a message for a receiver. */
#ifndef UPDATER_FETCH_POST_H
#define UPDATER_FETCH_POST_H

#include "updater/fetch/request.h"

#define POST_BYTES 8192

/* POSTs the JSON that `in` holds, at most POST_BYTES of it. Every 2xx is success, whatever its body, which is not read.
 * A redirect is an error of code `protocol`, and is not followed: the message was meant for this receiver. No error
 * text holds more of the URL than its host. */
int post(const struct request *r, int in, struct job_error *e) __attribute__((warn_unused_result));

#endif
