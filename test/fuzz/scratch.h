/* A directory of its own, in memory where there is some, for a fuzz target of what reads files. Gone when it ends. */
#ifndef TEST_FUZZ_SCRATCH_H
#define TEST_FUZZ_SCRATCH_H

#include "test/fuzz/fuzz.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
#include "lib/io.h"
#include "updater/disk/tree.h"

static char scratch_path[64];

static void scratch_remove(void)
{
	expect(tree_remove(AT_FDCWD, scratch_path) == 0);
}

/* Its descriptor; made at the first call. */
static int scratch(void)
{
	static int fd = -1;

	if (fd == -1) {
		(void)snprintf(scratch_path, sizeof scratch_path, "%s/moult-fuzz-XXXXXX",
			       access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
		expect(mkdtemp(scratch_path) != NULL && atexit(scratch_remove) == 0);
		fd = open(scratch_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		expect(fd != -1);
	}
	return fd;
}

/* A file there with these bytes. */
static void scratch_file(const char *name, const void *bytes, size_t size)
{
	int fd = openat(scratch(), name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	expect(fd != -1 && io_write(fd, bytes, size) == 0);
	io_close(&fd);
}

#endif
