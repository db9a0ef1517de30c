/* updater/build/serve: how a job reaches us: one connection on the socket that init holds for us, and in its first
 * packet the descriptors of the job. */
#ifndef UPDATER_BUILD_SERVE_H
#define UPDATER_BUILD_SERVE_H

#include "updater/job.h"

/* The descriptors of a job, in this order in the packet. */
enum serve_fd { SERVE_JOB, SERVE_SOURCE, SERVE_RESULT, SERVE_FDS };

#define SERVE_WAIT_MS 10000

/* Waits for a job on the listening socket, from root, our own user or the one named user. 0: none came in time; 1:
 * fds are ours; -1 with *e. */
int serve_accept(int listener, const char *user, int fds[static SERVE_FDS], struct job_error *e)
	__attribute__((warn_unused_result));

#endif
