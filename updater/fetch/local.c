#include "updater/fetch/local.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "lib/io.h"
#include "lib/text.h"

/* As in updater/confine: the build machine's headers may be older than the kernel. */
#define SYS_OPENAT2 437
#define RESOLVE_NO_MAGICLINKS 2u
#define RESOLVE_BENEATH 8u

struct how {
	uint64_t flags, mode, resolve;
};

#define OPEN_FLAGS (O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK) /* a pipe must not hold us up */

/* A step at a time, each without following a link. */
static int walk(int dir, const char *path)
{
	char step[256];
	int at = dup(dir);

	while (at >= 0) {
		size_t n = strcspn(path, "/");
		bool last = path[n] == '\0';
		int next = -1;

		if (n == 0 || text_format(step, sizeof step, "%.*s", (int)n, path) < 0 || strcmp(step, "..") == 0)
			errno = EINVAL;
		else
			next = openat(at, step, OPEN_FLAGS | O_NOFOLLOW | (last ? 0 : O_DIRECTORY));
		io_close(&at);
		at = next;
		path += n + 1;
		if (last)
			break;
	}
	return at;
}

static int open_beneath(int dir, const char *path)
{
	struct how how = {.flags = OPEN_FLAGS, .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
	int fd = (int)syscall(SYS_OPENAT2, dir, path, &how, sizeof how);

	return fd < 0 && (errno == ENOSYS || errno == EPERM) ? walk(dir, path) : fd;
}

static int fail_open(const struct request *r, struct job_error *e)
{
	if (errno == EXDEV || errno == ELOOP)
		return job_fail(e, "protocol", "%s/%s is a link that leads out of the directory", r->directory,
				r->file);
	if (errno == ENOENT || errno == ENOTDIR)
		return job_fail(e, "missing", "%s/%s does not exist", r->directory, r->file);
	return job_fail_errno(e, "%s/%s", r->directory, r->file);
}

int local_open(const struct request *r, struct job_error *e)
{
	int dir = open(r->directory, O_PATH | O_DIRECTORY | O_CLOEXEC), fd;
	struct stat st;

	if (dir < 0)
		return job_fail_errno(e, "%s", r->directory);
	fd = open_beneath(dir, r->file);
	if (fd < 0)
		fail_open(r, e);
	io_close(&dir);
	if (fd >= 0 && (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))) {
		io_close(&fd);
		return job_fail(e, "protocol", "%s/%s is no plain file", r->directory, r->file);
	}
	return fd;
}

int local_etag(int file, char *out, size_t size, struct job_error *e)
{
	struct stat st;

	if (fstat(file, &st) < 0)
		return job_fail_errno(e, "cannot look at the list");
	if (text_format(out, size, "\"%llu-%llu-%llu.%llu\"", (unsigned long long)st.st_ino,
			(unsigned long long)st.st_size, (unsigned long long)st.st_mtim.tv_sec,
			(unsigned long long)st.st_mtim.tv_nsec) < 0)
		out[0] = '\0';
	return 0;
}

ssize_t local_read(int file, char *out, size_t size, struct job_error *e)
{
	ssize_t n = io_read(file, out, size);

	if (n < 0)
		return job_fail_errno(e, "cannot read the list");
	if ((size_t)n == size)
		return job_fail(e, "toobig", "the list has more than %zu bytes", size - 1);
	out[n] = '\0';
	return n;
}

static void say(const char *kind, uint64_t bytes, uint64_t total)
{
	struct wire w;

	wire_begin(&w);
	wire_put(&w, "kind", kind);
	wire_put_number(&w, "bytes", (int64_t)bytes);
	wire_put_number(&w, "total", (int64_t)total);
	job_send(&w);
}

int local_copy(int file, const struct request *r, int out, struct job_error *e)
{
	static char piece[1 << 18];
	struct stat st;
	uint64_t done = 0;
	ssize_t n;

	if (fstat(file, &st) < 0)
		return job_fail_errno(e, "%s", r->file);
	if ((uint64_t)st.st_size > r->cap)
		return job_fail(e, "toobig", "%s has %llu bytes, more than the %llu expected", r->file,
				(unsigned long long)st.st_size, (unsigned long long)r->cap);
	if (ftruncate(out, 0) < 0 || lseek(out, 0, SEEK_SET) < 0)
		return job_fail_errno(e, "cannot truncate the download");
	say("progress", 0, (uint64_t)st.st_size);
	while ((n = io_read(file, piece, sizeof piece)) > 0) {
		done += (uint64_t)n;
		if (done > r->cap)
			return job_fail(e, "toobig", "%s grows while it is read", r->file);
		if (io_write(out, piece, (size_t)n) < 0)
			return job_fail_errno(e, "cannot write the download");
	}
	if (n < 0)
		return job_fail_errno(e, "cannot read %s", r->file);
	say("done", done, done);
	return 0;
}
