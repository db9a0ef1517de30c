/* updater/fetch/date: the two ways in which forges write a time. Pure; seconds since 1970, or -1 for anything else. */
#ifndef UPDATER_FETCH_DATE_H
#define UPDATER_FETCH_DATE_H

#include <stdint.h>

/* "2026-11-22T01:02:03Z", with an optional fraction and, instead of Z, an offset "+01:00" (JSON of the forges). */
int64_t date_iso(const char *text);

/* "Sun, 22 Nov 2026 01:02:03 GMT" (HTTP's Date and Retry-After). */
int64_t date_http(const char *text);

#endif
