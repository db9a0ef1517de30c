/* init/stop: the ordered end.
 *
 *     services, in reverse order of `after`, all that are independent at once      SVWAIT in all, then KILL
 *     loggers, when nobody can write to them any more and they have read it all    what is left of SVWAIT, at least 1 s
 *     whatever else runs in this container: TERM, then KILL                        1 s each
 *     what services wrote last                                                     1 s
 *
 * What has to be killed is named in the log first. */
#ifndef INIT_STOP_H
#define INIT_STOP_H

#include <stdbool.h>
#include <stdint.h>
#include "init/config.h"
#include "svc/service.h"

void stop_begin(const struct config *config);

/* TERM or INT came. The first starts the end, the second shortens nothing, the third kills. */
void stop_asked(int signal, int64_t now);

/* A service has changed: the end of an essential one starts the end of all, and its exit code is the container's. */
void stop_saw(const struct service *s, int64_t now);

/* True from the first stop_asked() on: nothing is started any more. */
bool stop_is_under_way(void);

/* Does what can be done by now. */
void stop_turn(int64_t now);

/* When stop_turn() has to be called at the latest. */
int64_t stop_due(void);

/* True when nothing is left to do, and then the exit code. */
bool stop_is_over(int *code);

#endif
