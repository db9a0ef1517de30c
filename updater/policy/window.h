/* updater/policy/window: UPDATE_WINDOW, when the app may be stopped for an update.
 *
 *   Mon-Fri 02:00-05:00 Europe/Berlin
 *   Sat,Sun 22:00-02:00; 12:30-13:00
 *
 * Spans with ';' or ',' between them; the days may be left out (every day); a span over midnight belongs to the day on
 * which it begins. At the end of a span may stand a time zone, which is that of all of them: a name, or a POSIX rule.
 * Without one it is UTC.
 *
 * Pure: how far a zone is from UTC at a given time comes from outside. A span is open while the zone's clock shows a
 * time within it: an hour that is skipped in spring does not come, one that comes twice in autumn counts twice. */
#ifndef UPDATER_POLICY_WINDOW_H
#define UPDATER_POLICY_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WINDOW_SPANS 16
#define WINDOW_ZONE 64

struct window_span {
	unsigned days; /* bit 0: Monday */
	int from, to;  /* minutes after midnight; to <= from: on the next day */
};

/* Zeroed it is always open. */
struct window {
	struct window_span spans[WINDOW_SPANS];
	size_t count;
	char zone[WINDOW_ZONE]; /* "" UTC */
};

/* Seconds that a zone's clock is ahead of UTC at a time (seconds since 1970). */
typedef long window_offset(int64_t when);

/* False with what is wrong in why, which names the part; *window is always open then. The zone is not looked at. */
bool window_parse(const char *text, struct window *window, char *why, size_t size) __attribute__((warn_unused_result));

bool window_is_open(const struct window *window, int64_t now, window_offset *offset);

/* When it opens: now when it is open, else the next time; -1: not within two weeks, which a span that is skipped in
 * spring may do. */
int64_t window_opens(const struct window *window, int64_t now, window_offset *offset);

#endif
