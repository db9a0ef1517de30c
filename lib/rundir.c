#include "lib/rundir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include "lib/io.h"
#include "lib/kernel.h"
#include "lib/text.h"
#include "lib/wire.h"

/* The n-th place; NULL when there are no more. The containers of a pod have /dev/shm and abstract names in common, but
 * each has a root directory of its own. */
static const char *place_of(const char *configured, unsigned n)
{
	static char places[2][32];
	static const char *const before[] = {"/dev/shm/moult", "@moult"};
	struct stat root = {.st_ino = 0};

	if (n == 0 || n > 2)
		return n == 0 ? configured : NULL;
	(void)kernel_stat(AT_FDCWD, "/", &root, 0);
	if (text_format(places[n - 1], sizeof places[0], "%s.%x", before[n - 1],
			(unsigned)(root.st_dev << 12 ^ root.st_ino)) == -1)
		return NULL; /* cannot be: it has the room */
	return places[n - 1];
}

static int open_at(const char *place, const char *name, bool listens, unsigned mode)
{
	char path[128]; /* more than an address holds */

	if (text_format(path, sizeof path, "%s/%s", place, name) == -1)
		return -1;
	if (!listens)
		return wire_connect(path);
	if (place[0] != '@' && io_make_dirs(AT_FDCWD, place, 0755) == -1)
		return -1;
	return wire_listen(path, mode);
}

static int open_first(const char *configured, const char *name, bool listens, unsigned mode, const char **place)
{
	int error = 0;

	for (unsigned n = 0; (*place = place_of(configured, n)) != NULL; n++) {
		int fd = open_at(*place, name, listens, mode);

		if (fd != -1)
			return fd;
		if (n == 0)
			error = errno;
	}
	errno = error;
	return -1;
}

int rundir_listen(const char *configured, const char *name, unsigned mode, const char **place)
{
	return open_first(configured, name, true, mode, place);
}

int rundir_connect(const char *configured, const char *name)
{
	const char *place;

	return open_first(configured, name, false, 0, &place);
}
