#include "updater/schedule.h"

#define BACKOFF_FIRST 60
#define BACKOFF_MOST 3600

int64_t schedule_wait(uint64_t sleep, unsigned failures, uint64_t chance)
{
	uint64_t wait = sleep;
	if (failures > 0) {
		uint64_t backoff = failures > 6 ? BACKOFF_MOST : (uint64_t)BACKOFF_FIRST << (failures - 1);
		if (backoff > BACKOFF_MOST)
			backoff = BACKOFF_MOST;
		/* Whoever polls a test forge every two seconds does not want to wait a minute for it. */
		if (sleep < BACKOFF_FIRST)
			backoff = backoff / BACKOFF_FIRST * sleep;
		wait = backoff > sleep ? backoff : sleep;
	}
	uint64_t spread = wait / 5;
	return (int64_t)(wait - spread / 2 + (spread > 0 ? chance % (spread + 1) : 0));
}

int64_t schedule_not_before(int64_t until, int64_t now)
{
	if (until < now + 60)
		return now + 60;
	return until > now + 3600 ? now + 3600 : until;
}
