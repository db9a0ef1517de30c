/* svc/cut: the bytes of one stream, cut into lines. No system call.
 *
 * The beginning of a line waits here until its newline comes, until it is LINE_MAX_OUT bytes and a piece of it goes out
 * alone, or until it is ended. */
#ifndef SVC_CUT_H
#define SVC_CUT_H

#include <stdbool.h>
#include <stdint.h>
#include "svc/line.h"

#define CUT_STREAMS 4096 /* at one time */

/* Zeroed at first; cut_reset() when it is over. */
struct cut {
	unsigned lost; /* lines, not told yet */
	uint16_t part; /* where the beginning of its line waits, + 1; 0: nowhere */
	uint16_t held; /* so many bytes of it */
	bool inside;   /* a piece of its line is out already */
	bool skipping; /* the rest of its line is lost, and counted */
};

/* Takes some of the n > 0 bytes, and returns how many. Adds one line to t at most; whose it is stands in *line, the
 * rest of which is ours. */
size_t cut_step(struct cut *c, const char *bytes, size_t n, struct text *t, struct line *line);

/* Where something is held: adds a line of it to t, as if its newline had come. Again while something is still held. */
void cut_end(struct cut *c, struct text *t, struct line *line);

/* Nothing is held: the next byte starts a line. */
void cut_reset(struct cut *c);

/* The n > 0 bytes are lost, and lines that they belong to with them: each is counted once. */
void cut_drop(struct cut *c, const char *bytes, size_t n);

/* Adds one line that says how many are lost. */
void cut_tell(struct cut *c, struct text *t, struct line *line);

#endif
