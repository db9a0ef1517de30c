/* svc/launch: makes a process of a service: as its user, with its environment, limits and descriptors. */
#ifndef SVC_LAUNCH_H
#define SVC_LAUNCH_H

#include "svc/entry.h"

/* Executes path, relative to the service's directory, with argv. set: what it is to be told as `run` (readiness, held
 * sockets); NULL for any other program. -1: errno, or 0 when the log says why already. */
pid_t launch(struct service *s, const struct dir *d, const char *path, char *const *argv,
	     const struct dir_settings *set) __attribute__((warn_unused_result));

/* The same for a program of its directory that need not exist; logged when it cannot be started. */
pid_t launch_aside(struct service *s, char *const *argv) __attribute__((warn_unused_result));

/* What to do about an errno of launch(), in brackets, or nothing. */
const char *launch_remedy(int error);

#endif
