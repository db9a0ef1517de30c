/* lib/clock: monotonic milliseconds, which no change of the wall clock moves, and deadlines in them. */
#ifndef LIB_CLOCK_H
#define LIB_CLOCK_H

#include <stdint.h>

#define CLOCK_NEVER INT64_MAX /* a deadline that does not come */

int64_t clock_ms(void);

/* Wall clock, seconds since 1970. */
int64_t clock_wall(void);

/* A day of the Gregorian calendar, so many days after 1 January 1970. */
struct clock_date {
	unsigned year, month, day;
};
void clock_date(uint32_t days, struct clock_date *out);

/* For poll(): milliseconds from now until deadline, 0 when it has passed, -1 for CLOCK_NEVER. */
int clock_timeout(int64_t deadline, int64_t now);

#endif
