/* updater/builder: the service that builds, a user of its own, seen from here.
 *
 * It is down until it is needed. init starts it once, and holds its socket: what is sent there waits until it is up.
 * It gets the job's socket and two files, and ends with the job. */
#ifndef UPDATER_BUILDER_H
#define UPDATER_BUILDER_H

#include <stddef.h>

#define BUILDER_SERVICE "builder"
#define BUILDER_SOCKET "build.sock" /* in RUN_DIR: its file `listen` names it */

/* Has it started and hands it a job: the sources (read) and the file for the result (written). Returns our end of the
 * job's socket; init is waited for a second at most. -1 with a line for people in why. */
int builder_start(const char *run_dir, int sources, int result, char *why, size_t size)
	__attribute__((warn_unused_result));

#endif
