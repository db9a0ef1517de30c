/* updater/policy/when: a time of the wall clock, in words. Pure. */
#ifndef UPDATER_POLICY_WHEN_H
#define UPDATER_POLICY_WHEN_H

#include <stdint.h>

#define WHEN_TEXT 32

/* Seconds since 1970 as "2026-11-26 02:00:00 UTC"; what lies before that or after the year 9999 as "never". */
void when_text(int64_t when, char out[WHEN_TEXT]);

#endif
