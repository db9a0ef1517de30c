/* svc/line: a line of a service, as it stands on the container's stdout. Pure: no system call, no state.
 *
 *     prefix   app: what it wrote
 *     json     {"time":"...Z","service":"app","stream":"stdout","message":"what it wrote"}
 *
 * A line that is one JSON object already keeps its fields and gets those of time, service and stream that it has not.
 * In any other what is no UTF-8 is taken for Latin-1, so whatever the bytes are, the result is valid JSON. */
#ifndef SVC_LINE_H
#define SVC_LINE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include "lib/text.h"

#define LINE_MAX_OUT PIPE_BUF /* so long a line may become, its newline included: one write, never torn */

enum line_field {
	LINE_TIME,    /* as in 2026-11-22T01:02:03.004Z; for json */
	LINE_SERVICE, /* its name */
	LINE_STREAM,  /* stdout or stderr; for json */
	LINE_FIELDS
};

struct line {
	bool json;
	const char *ours[LINE_FIELDS]; /* nothing in them needs an escape */
	const char *at;		       /* what it wrote, no newline in it */
	size_t n;
	bool starts;   /* `at` is where its line begins */
	bool ends;     /* its newline comes behind, or none ever */
	unsigned lost; /* this line only says that so many lines are missing here; 0: it is one of its own */
};

/* Appends a line that ends in a newline to an empty text of LINE_MAX_OUT + 1 bytes. Returns how many of the n bytes are
 * in it: fewer where all do not fit, and never half of a character. The caller comes again with the rest. */
size_t line_add(struct text *t, const struct line *line);

#endif
