/* updater/build/request: what the updater wants to have built, every field checked before anything is done with it. */
#ifndef UPDATER_BUILD_REQUEST_H
#define UPDATER_BUILD_REQUEST_H

#include <stdint.h>
#include "updater/job.h"

struct request {
	char tag[129];	    /* of the release that is to come of it */
	char commit[65];    /* what the sources are of */
	char name[101];	    /* of the repository */
	char command[1024]; /* for the shell; "": ./build.sh, else make */
	char out[512];	    /* where the result is, below the sources; "": out, dist, or a program called name */
	uint64_t seconds;   /* the command may take */
	uint64_t memory;    /* bytes of data of each of its processes */
	uint64_t disk;	    /* bytes of all it writes */
	uint64_t processes; /* at once */
};

/* -1 with the error in *e. */
int request_read(const struct wire *w, struct request *r, struct job_error *e) __attribute__((warn_unused_result));

#endif
