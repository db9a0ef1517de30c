/* lib/sink: writes to a descriptor that others share, and never waits for its reader.
 *
 * O_NONBLOCK belongs to the open file, which every service has too, so it is not set there: a pipe or terminal is
 * opened anew in /proc/self/fd, a socket is told with each send(), and where neither can be had room is asked for
 * first. */
#ifndef LIB_SINK_H
#define LIB_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct sink {
	int fd;
	bool socket;
	bool asks;    /* room is asked for first */
	bool regular; /* a file: never full, never torn */
};

void sink_begin(struct sink *s, int fd);

/* One write. -1 and errno, EAGAIN: it would have to wait. Where the reader has gone EPIPE is all that is left of it,
 * and EFBIG where a file may not grow: a blocked PIPE or XFSZ does not stay, to be taken for one that somebody sent. */
ssize_t sink_put(const struct sink *s, const void *bytes, size_t n) __attribute__((warn_unused_result));

#endif
