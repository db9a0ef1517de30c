/* updater/build/command: runs the build command: confined, watched, and nothing of it left afterwards. */
#ifndef UPDATER_BUILD_COMMAND_H
#define UPDATER_BUILD_COMMAND_H

#include "updater/build/place.h"
#include "updater/build/request.h"

#define COMMAND_TAIL 8192 /* bytes of its last output that are kept */

struct output {
	char bytes[COMMAND_TAIL]; /* a ring */
	uint64_t count;		  /* bytes in all */
};

/* The shell line that the request means, by what is in the sources; NULL with an error when there is nothing to run. */
const char *command_line(const struct request *r, int src, struct job_error *e);

/* Runs it in place->src to its end. -1 with code build (it failed, or took too much: how) or system. All of its
 * processes are gone then. */
int command_run(const char *line, const struct request *r, const struct place *place, struct output *output,
		struct job_error *e) __attribute__((warn_unused_result));

/* Calls tell with each of the last lines, the oldest first, at most max. */
void command_tail(const struct output *output, unsigned max, void (*tell)(const char *line));

#endif
