/* updater/fetch/limits: what a status and its headers mean for us, and until when to leave the forge in peace. Pure. */
#ifndef UPDATER_FETCH_LIMITS_H
#define UPDATER_FETCH_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

#define LIMITS_WAIT_MIN 60   /* seconds; what GitHub asks for when it names no time */
#define LIMITS_WAIT_MAX 3600 /* its windows are an hour long: whoever names more has a wrong clock or a bad joke */

/* What the headers of one answer said; -1 for what they did not. */
struct limits {
	int64_t retry_after; /* seconds */
	int64_t retry_at;    /* retry-after given as a date, in the server's clock */
	int64_t remaining;   /* requests left in this window */
	int64_t reset;	     /* end of the window, in the server's clock */
	int64_t date;	     /* the server's clock */
};

void limits_begin(struct limits *l);

/* Takes one header; the others and those that make no sense are left alone. name in any case. */
void limits_header(struct limits *l, const char *name, const char *value);

/* The error code of the helper protocol for a status, NULL for 2xx and 304: limited (429, or 403 that names a limit),
 * denied (401, 403), missing (404, 410), server (5xx), protocol (all others). */
const char *limits_code(int status, const struct limits *l);

/* Does it say until when to leave the host in peace? Whoever limits us does, if only by that; who is ill may. */
bool limits_wait(int status, const struct limits *l);

/* When to ask again, in our clock: always between now + LIMITS_WAIT_MIN and now + LIMITS_WAIT_MAX, except that a
 * Retry-After may name less. Times in the server's clock are brought into ours through its Date. */
int64_t limits_until(const struct limits *l, int64_t now);

#endif
