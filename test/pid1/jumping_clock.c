/* To be preloaded: a wall clock that is ten years later or earlier at each look. The monotonic one is left alone. */
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define TEN_YEARS 315576000

int clock_gettime(clockid_t clock, struct timespec *t)
{
	static int looks;
	int result = (int)syscall(SYS_clock_gettime, clock, t);

	if (clock == CLOCK_REALTIME)
		t->tv_sec += (looks++ % 3 - 1) * TEN_YEARS;
	return result;
}
