/* stamp: says when it was started, then becomes another program.
 *
 *   stamp FILE PROGRAM [ARGS]   writes the monotonic clock in nanoseconds to FILE and execs PROGRAM
 *   stamp FILE                  writes it and sleeps until it is ended
 *   run [...]                   as a service's run: the same with the file `stamp` of its directory */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static long long now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

int main(int argc, char **argv)
{
	long long begun = now_ns();
	bool service = argc < 2 || strcmp(basename(argv[0]), "run") == 0; /* s6 gives it the name of the service */
	bool launch = !service && argc > 2;
	const char *file = service ? "stamp" : argv[1];

	int fd = open(file, O_WRONLY | O_CLOEXEC); /* of a FIFO: waits for the reader */
	if (fd < 0 || dprintf(fd, "%lld\n", launch ? now_ns() : begun) < 0) {
		dprintf(2, "stamp: %s: %s\n", file, strerror(errno));
		return 111;
	}
	close(fd);
	if (launch) {
		execv(argv[2], argv + 2);
		dprintf(2, "stamp: %s: %s\n", argv[2], strerror(errno));
		return 127;
	}
	pause();
	return 0;
}
