/* svc/output: what services write, relayed to the container's stdout a line at a time.
 *
 * Each service has a pipe for its stdout and one for its stderr, made when they are first wanted. Both ends stay open
 * here while the service is known, so nothing is lost when it is restarted; a stray process that still writes when it
 * has been forgotten is relayed until it ends. A line is written whole, in one piece with its newline (svc/line). One
 * that is longer than LINE_MAX_OUT comes in several, nothing of it lost.
 *
 * Nothing here ever waits. While stdout takes nothing, nothing is read, and services wait in their own write() as they
 * would without init in between. After OUTPUT_PATIENCE_MS of that, or at once when stdout is broken, what they write is
 * read and dropped; as soon as stdout takes something again each service's lost lines are counted there, in its place.
 *
 * With OUTPUT_PLAIN none of this exists: services write to init's own stdout and stderr. */
#ifndef SVC_OUTPUT_H
#define SVC_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>
#include "lib/spawn.h"

#define OUTPUT_PLACES 2048	/* slots of services */
#define OUTPUT_PATIENCE_MS 5000 /* so long stdout may take nothing until lines are dropped */

enum output_form {
	OUTPUT_PLAIN,  /* not relayed */
	OUTPUT_PREFIX, /* name: line */
	OUTPUT_JSON,   /* an object a line */
};

/* Once, before the first service. Returns the descriptor that output_take() is to be called for when it is readable, -1
 * for OUTPUT_PLAIN. Exits when it cannot be had. Four descriptors a service are needed: the soft limit is raised. */
int output_begin(enum output_form form);

/* True when the limit was raised: *old is what the services must get back. */
bool output_limit(struct spawn_limit *old);

/* The descriptor that a process of the service in this slot gets for fd, STDOUT_FILENO or STDERR_FILENO. It stays ours.
 * fd itself when nothing is relayed, or (logged) no pipe could be had. The name is copied. */
int output_fd(unsigned slot, const char *name, int fd);

/* Its process has died: the line that it did not end comes out as it is, and the next one's first does not go on with
 * it.
 */
void output_died(unsigned slot, int64_t now);

/* The service is forgotten, its slot may become another's. What its pipes still hold comes out. */
void output_close(unsigned slot);

/* Moves what can be moved; bounded, the descriptor stays readable when there is more. */
void output_take(int64_t now);

/* When output_take() has to be called at the latest; CLOCK_NEVER. */
int64_t output_due(void);

/* At the end, again and again: true when all that was written has come out, or has been given up, which is logged. */
bool output_rest(int64_t now);

#endif
