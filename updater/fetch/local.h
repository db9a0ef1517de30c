/* updater/fetch/local: files below a directory of this machine, for those who have no network.
 *
 * A symbolic link that stays below the directory is followed, one that leads out of it is refused, as is whatever is no
 * plain file. On kernels that cannot tell (before 5.6) every link is refused. */
#ifndef UPDATER_FETCH_LOCAL_H
#define UPDATER_FETCH_LOCAL_H

#include <sys/types.h>
#include "updater/fetch/request.h"

/* Opens r->file below r->directory; to be called before the rights shrink. The descriptor, or -1 with the error. */
int local_open(const struct request *r, struct job_error *e) __attribute__((warn_unused_result));

/* Says whether it is still the same file with the same bytes, as an etag. */
int local_etag(int file, char *out, size_t size, struct job_error *e) __attribute__((warn_unused_result));

/* All of a file of at most size - 1 bytes, and a NUL. The bytes, or -1. */
ssize_t local_read(int file, char *out, size_t size, struct job_error *e) __attribute__((warn_unused_result));

/* Copies a file of at most r->cap bytes to the start of out. Answers kind=progress and kind=done as get_file does. */
int local_copy(int file, const struct request *r, int out, struct job_error *e) __attribute__((warn_unused_result));

#endif
