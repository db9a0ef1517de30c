#include "updater/unpack/write.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "lib/io.h"

/* The kernel's <linux/openat2.h>; the number is the same on every architecture. */
#define SYS_OPENAT2 437
#define RESOLVE_NO_MAGICLINKS 0x02u
#define RESOLVE_NO_SYMLINKS 0x04u
#define RESOLVE_BENEATH 0x08u

#define DIRECTORY (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define STRIPPED ".moult-strip" /* the top directory's name while its children move up */

struct how {
	uint64_t flags, mode, resolve;
};

void writer_begin(struct writer *w, int root)
{
	w->root = root;
	w->dir = -1;
	w->dir_path[0] = '\0';
	w->walk = false;
	w->npending = 0;
	w->many = false;
}

static void forget_pending(struct writer *w)
{
	while (w->npending)
		close(w->pending[--w->npending]);
}

/* Keeps fd open to sync it at the end, as long as there are few; else closes it. */
static void keep(struct writer *w, int fd)
{
	if (w->many || w->npending == WRITE_FEW) {
		w->many = true;
		forget_pending(w);
		close(fd);
		return;
	}
	w->pending[w->npending++] = fd;
}

/* One step down, making the directory when it is missing and may be made. */
static int step(struct writer *w, int from, const char *path, size_t length, bool make)
{
	char name[PATH_STEP + 1], above[PATH_TEXT];
	const char *last = memrchr(path, '/', length);
	size_t start = last ? (size_t)(last - path) + 1 : 0;
	int fd;

	memcpy(name, path + start, length - start);
	name[length - start] = '\0';
	fd = openat(from, name, DIRECTORY);
	if (fd >= 0 || errno != ENOENT || !make)
		return fd;
	memcpy(above, path, length);
	above[length] = '\0';
	if (mkdirat(from, name, 0777) < 0 || w->made(w->context, above) < 0)
		return -1;
	fd = openat(from, name, DIRECTORY);
	if (fd >= 0 && !w->many) {
		int synced = fcntl(fd, F_DUPFD_CLOEXEC, 0);

		if (synced >= 0)
			keep(w, synced);
		else
			w->many = true; /* then all at once */
	}
	return fd;
}

/* Opens the directory at path step by step. */
static int walk(struct writer *w, const char *path, bool make)
{
	int fd = fcntl(w->root, F_DUPFD_CLOEXEC, 0);

	for (size_t n = 0; path[n] && fd >= 0;) {
		int next;

		n += path[n] == '/';
		n += strcspn(path + n, "/");
		next = step(w, fd, path, n, make);
		io_close(&fd);
		fd = next;
	}
	return fd;
}

/* Opens the directory at path; "" is the root. */
static int open_dir(struct writer *w, const char *path, bool make)
{
	struct how how = {.flags = DIRECTORY, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS};
	long fd;

	if (w->walk || path[0] == '\0')
		return walk(w, path, make);
	fd = syscall(SYS_OPENAT2, w->root, path, &how, sizeof how);
	if (fd >= 0)
		return (int)fd;
	if (errno == ENOENT && make)
		return walk(w, path, make);
	if (errno != ENOSYS && errno != EPERM && errno != EINVAL)
		return -1;
	w->walk = true; /* an old kernel, or a seccomp filter that does not know it */
	return walk(w, path, make);
}

/* Makes w->dir the directory at path, which ends after `length` bytes. */
static int enter(struct writer *w, const char *path, size_t length)
{
	int fd;

	if (w->dir >= 0 && strlen(w->dir_path) == length && memcmp(w->dir_path, path, length) == 0)
		return 0;
	io_close(&w->dir);
	memcpy(w->dir_path, path, length);
	w->dir_path[length] = '\0';
	fd = open_dir(w, w->dir_path, true);
	w->dir = fd;
	return fd < 0 ? -1 : 0;
}

/* Enters the directory that holds path. Returns the last step, NULL on failure. */
static const char *enter_parent(struct writer *w, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (enter(w, path, slash ? (size_t)(slash - path) : 0) < 0)
		return NULL;
	return slash ? slash + 1 : path;
}

int writer_dir(struct writer *w, const char *path)
{
	return enter(w, path, strlen(path));
}

int writer_file(struct writer *w, const char *path, mode_t mode)
{
	const char *name = enter_parent(w, path);

	if (!name)
		return -1;
	return openat(w->dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
}

void writer_done(struct writer *w, int fd)
{
	keep(w, fd);
}

int writer_symlink(struct writer *w, const char *path, const char *target)
{
	const char *name = enter_parent(w, path);

	return name ? symlinkat(target, w->dir, name) : -1;
}

/* Opens a regular file in a directory for reading, without following a link or waiting for a fifo. */
static int open_regular(int dir, const char *name)
{
	struct stat st;
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0 || S_ISREG(st.st_mode))
		return fd;
	io_close(&fd);
	errno = EPERM;
	return -1;
}

int writer_hard_link(struct writer *w, const char *path, const char *existing)
{
	char above[PATH_TEXT] = "";
	const char *slash = strrchr(existing, '/'), *name;
	int dir, fd = -1;

	memcpy(above, existing, slash ? (size_t)(slash - existing) : 0);
	dir = open_dir(w, above, false);
	existing = slash ? slash + 1 : existing;
	if (dir >= 0)
		fd = open_regular(dir, existing);
	name = fd < 0 ? NULL : enter_parent(w, path);
	if (fd >= 0 && (!name || linkat(dir, existing, w->dir, name, 0) < 0))
		io_close(&fd);
	io_close(&dir);
	return fd;
}

/* Moves the children of `from` into the root. Returns how many, -1 on failure. */
static int move_children(struct writer *w, DIR *from)
{
	int moved = 0;

	rewinddir(from);
	for (;;) {
		const struct dirent *d;

		errno = 0;
		d = readdir(from);
		if (!d)
			return errno ? -1 : moved;
		if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
			continue;
		if (renameat(dirfd(from), d->d_name, w->root, d->d_name) < 0)
			return -1;
		moved++;
	}
}

int writer_strip(struct writer *w, const char *top)
{
	int fd, moved;

	DIR *from;

	io_close(&w->dir);
	if (renameat(w->root, top, w->root, STRIPPED) < 0)
		return -1;
	fd = openat(w->root, STRIPPED, DIRECTORY);
	from = fd < 0 ? NULL : fdopendir(fd);
	if (!from) {
		io_close(&fd);
		return -1;
	}
	/* A directory that changes while it is read may hide an entry once; it does not twice. */
	do
		moved = move_children(w, from);
	while (moved > 0);
	closedir(from);
	return moved < 0 ? -1 : unlinkat(w->root, STRIPPED, AT_REMOVEDIR);
}

int writer_sync(struct writer *w)
{
	if (w->many)
		return syncfs(w->root);
	for (unsigned i = 0; i < w->npending; i++)
		if (fsync(w->pending[i]) < 0)
			return -1;
	return io_sync_dir(w->root);
}

void writer_end(struct writer *w)
{
	io_close(&w->dir);
	forget_pending(w);
}
