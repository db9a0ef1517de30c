/* updater/policy/schedule: when to ask the forge again.
 *
 * Pure. Chance (any number) comes from outside; it spreads the many copies of a container over time. */
#ifndef UPDATER_POLICY_SCHEDULE_H
#define UPDATER_POLICY_SCHEDULE_H

#include <stdint.h>

/* Seconds until the next poll. failures: how many polls in a row have failed: 0 gives `sleep`, then 60, 120 ... up to
 * an hour, or to `sleep` when that is longer; each within 10 % of that. A `sleep` below 60 scales all of it down. */
int64_t schedule_wait(uint64_t sleep, unsigned failures, uint64_t chance);

/* When the forge said "not before": that time, made sane: no more than an hour from now, and no less than a minute. */
int64_t schedule_not_before(int64_t until, int64_t now);

#endif
