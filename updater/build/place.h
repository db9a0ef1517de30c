/* updater/build/place: the throw-away directory that a build happens in.
 *
 *   BUILD_DIR/                 ours, 0700
 *   BUILD_DIR/build/src/       the sources, and what the command makes of them
 *   BUILD_DIR/build/tmp/       TMPDIR and HOME of the command
 *
 * One build at a time; what a build that was killed left behind goes before the next, and when our service ends. */
#ifndef UPDATER_BUILD_PLACE_H
#define UPDATER_BUILD_PLACE_H

#include <stdint.h>
#include "updater/job.h"

struct place {
	int dir;  /* BUILD_DIR */
	int work; /* BUILD_DIR/build */
	int src;
	char path[512]; /* of build/ */
};

/* Opens BUILD_DIR, made when it is missing, and empties it. Refused when it is another user's or open to others. */
int place_open(const char *path, struct place *p, struct job_error *e) __attribute__((warn_unused_result));

/* A fresh build/ in it. */
int place_make(struct place *p, struct job_error *e) __attribute__((warn_unused_result));

/* Bytes that all below build/ takes on disk; UINT64_MAX when that cannot be told. */
uint64_t place_used(const struct place *p);

/* Removes build/ and closes all. -1: something of it is left, and errno says why. */
int place_clear(struct place *p);

#endif
