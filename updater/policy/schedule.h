/* updater/policy/schedule: when to ask the forge again.
 *
 * Pure. Chance (any number) comes from outside; it spreads the many copies of a container over time. */
#ifndef UPDATER_POLICY_SCHEDULE_H
#define UPDATER_POLICY_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

/* Seconds until the next poll. failures: how many polls in a row have failed: 0 gives `sleep`, then 60, 120 ... up to
 * an hour, or to `sleep` when that is longer; each within 10 % of that. A `sleep` below 60 scales all of it down. */
int64_t schedule_wait(uint64_t sleep, unsigned failures, uint64_t chance);

#define SCHEDULE_WAIT_MOST 3600 /* seconds that a host is believed when it says "not before" */

/* When a host said "not before": that time, made sane: no more than an hour from now, and no less than a minute. */
int64_t schedule_not_before(int64_t until, int64_t now);

/* Is such a time still to be waited for? Not when it is over; and not when it is more than two hours away: then
 * somebody has turned the clock back. */
bool schedule_waits(int64_t until, int64_t now);

/* Seconds to wait where a host is to be left in peace for so many: not all who were told the same time come back in the
 * same second, but within one `sleep` of it. */
int64_t schedule_peace(int64_t seconds, uint64_t sleep, uint64_t chance);

#endif
