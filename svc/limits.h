/* svc/limits: reads `limits` of a service directory: one limit a line, as setrlimit(2) and ulimit know them. */
#ifndef SVC_LIMITS_H
#define SVC_LIMITS_H

#include "lib/spawn.h"
#include "svc/dir.h"

#define LIMITS_MAX 16 /* every one that there is */

/* Returns how many there are, 0 without the file; -1, logged: it must not start, because a line is wrong or because
 * the kernel will not raise a limit so far. A limit of init itself is as it was. */
int limits_read(const struct dir *d, struct spawn_limit out[LIMITS_MAX]) __attribute__((warn_unused_result));

#endif
