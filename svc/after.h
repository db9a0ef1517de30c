/* svc/after: who comes after whom.
 *
 * `after` in a service's directory holds names. The service starts when each of them is ready, absent, down on purpose,
 * given up, or has had its timeout-up; and when the container stops, it is gone before they are told to go. Names that
 * wait for each other in a circle are an error: it is logged with all of them, and one of them goes first. */
#ifndef SVC_AFTER_H
#define SVC_AFTER_H

#include <stdint.h>
#include "svc/service.h"

/* Starts every waiting service that has nobody to wait for any more. */
void after_settle(const char *svdir, int64_t now);

/* For the ordered stop: reads who comes after whom, as it stands now. */
void after_note_all(const char *svdir);

/* True when a service that comes after s is still there. Only after after_note_all(). */
bool after_needed(const struct service *s);

#endif
