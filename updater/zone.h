/* updater/zone: the time zone of UPDATE_WINDOW, looked up in this machine's zoneinfo or read from a POSIX rule.
 *
 * The C library takes UTC for a zone that it does not know, and does not say so: zone_check() does. It is one zone for
 * the whole process, since it is the C library's. */
#ifndef UPDATER_ZONE_H
#define UPDATER_ZONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* False with the reason and what helps in why. "" and UTC are always there. */
bool zone_check(const char *zone, char *why, size_t size) __attribute__((warn_unused_result));

/* From here on zone_offset() tells of this zone, which zone_check() let pass. */
void zone_use(const char *zone);

/* Seconds that its clock is ahead of UTC at a time (seconds since 1970). */
long zone_offset(int64_t when);

#endif
