#include "updater/policy/schedule.h"

#define BACKOFF_FIRST 60
#define BACKOFF_MOST 3600
#define DOUBLINGS 16

int64_t schedule_wait(uint64_t sleep, unsigned failures, uint64_t chance)
{
	uint64_t wait = sleep;
	if (failures > 0) {
		uint64_t most = sleep > BACKOFF_MOST ? sleep : BACKOFF_MOST;
		wait = failures > DOUBLINGS ? most : (uint64_t)BACKOFF_FIRST << (failures - 1);
		if (wait > most)
			wait = most;
		/* Whoever polls a test forge every two seconds does not want to wait a minute for it. */
		if (sleep < BACKOFF_FIRST)
			wait = wait / BACKOFF_FIRST * sleep;
	}
	uint64_t spread = wait / 5;
	return (int64_t)(wait - spread / 2 + (spread > 0 ? chance % (spread + 1) : 0));
}

int64_t schedule_not_before(int64_t until, int64_t now)
{
	if (until < now + 60)
		return now + 60;
	return until > now + SCHEDULE_WAIT_MOST ? now + SCHEDULE_WAIT_MOST : until;
}

bool schedule_waits(int64_t until, int64_t now)
{
	return until > now && until <= now + 2 * SCHEDULE_WAIT_MOST;
}

int64_t schedule_peace(int64_t seconds, uint64_t sleep, uint64_t chance)
{
	uint64_t spread = sleep > SCHEDULE_WAIT_MOST ? SCHEDULE_WAIT_MOST : sleep;
	return seconds <= 0 ? 0 : seconds + (int64_t)(chance % (spread + 1));
}
