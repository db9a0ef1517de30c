#include "updater/build/pack.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "lib/io.h"
#include "updater/disk/tree.h"

struct pack {
	struct archive *archive;
	struct archive_entry *entry;
	struct job_error *error;
	uint64_t files;
};

static int failed(struct pack *p, const char *path)
{
	if (archive_errno(p->archive) == EFBIG)
		return job_fail(p->error, "toobig", "the result is too large");
	errno = archive_errno(p->archive);
	return job_fail_errno(p->error, "the result cannot be written at %.300s", path);
}

static int copy(struct pack *p, int fd, const char *path)
{
	static char bytes[65536];
	ssize_t n;

	while ((n = io_read(fd, bytes, sizeof bytes)) > 0)
		if (archive_write_data(p->archive, bytes, (size_t)n) < 0)
			return failed(p, path);
	return n < 0 ? job_fail_errno(p->error, "%.300s cannot be read", path) : 0;
}

static int add_file(struct pack *p, const struct tree_entry *t)
{
	int fd = openat(t->dirfd, t->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC), result;

	if (fd < 0)
		return job_fail_errno(p->error, "%.300s cannot be read", t->path);
	archive_entry_set_size(p->entry, t->st->st_size);
	result = archive_write_header(p->archive, p->entry) < ARCHIVE_OK ? failed(p, t->path) : copy(p, fd, t->path);
	io_close(&fd);
	p->files++;
	return result;
}

static int add_link(struct pack *p, const struct tree_entry *t)
{
	char target[4096];
	ssize_t n = readlinkat(t->dirfd, t->name, target, sizeof target - 1);

	if (n < 0 || n == sizeof target - 1)
		return job_fail_errno(p->error, "the link %.300s cannot be read", t->path);
	target[n] = '\0';
	archive_entry_set_symlink(p->entry, target);
	return archive_write_header(p->archive, p->entry) < ARCHIVE_OK ? failed(p, t->path) : 0;
}

static int add(struct pack *p, const struct tree_entry *t)
{
	archive_entry_clear(p->entry);
	archive_entry_set_pathname(p->entry, t->path);
	archive_entry_set_mode(p->entry, t->st->st_mode & (S_IFMT | 0777));
	archive_entry_set_mtime(p->entry, t->st->st_mtime, 0);
	if (S_ISREG(t->st->st_mode))
		return add_file(p, t);
	if (S_ISLNK(t->st->st_mode))
		return add_link(p, t);
	if (S_ISDIR(t->st->st_mode))
		return archive_write_header(p->archive, p->entry) < ARCHIVE_OK ? failed(p, t->path) : 0;
	return job_fail(p->error, "build", "%.300s in the result is a device, a fifo or a socket", t->path);
}

static enum tree_next visit(void *context, const struct tree_entry *t)
{
	return add(context, t) < 0 ? TREE_FAIL : TREE_ON;
}

/* A directory is what is in it; a file is a release of one file. */
static int pack_path(struct pack *p, int src, const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	struct stat st;
	int dir, result;

	if (fstatat(src, path, &st, 0) < 0)
		return job_fail_errno(p->error, "the build has left no %.300s", path);
	if (S_ISREG(st.st_mode)) {
		const struct tree_entry t = {src, path, name, &st};

		return add(p, &t);
	}
	dir = openat(src, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return job_fail_errno(p->error, "%.300s", path);
	result = tree_walk(dir, visit, p);
	io_close(&dir);
	if (result < 0 && !p->error->code)
		return job_fail_errno(p->error, "%.300s cannot be read", path);
	return result;
}

static const char *result_path(const struct request *r, int src, struct job_error *e)
{
	const char *const usual[] = {"out", "dist", r->name};

	if (r->out[0])
		return r->out;
	for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++)
		if (faccessat(src, usual[i], F_OK, 0) == 0)
			return usual[i];
	job_fail(e, "build", "the build has left no out, no dist and no %s; set BUILD_OUT", r->name);
	return NULL;
}

int pack_result(const struct request *r, int src, int out, struct job_error *e)
{
	struct pack p = {.archive = archive_write_new(), .entry = archive_entry_new(), .error = e};
	const char *path = result_path(r, src, e);
	int result = -1;

	if (path && (!p.archive || !p.entry || archive_write_set_format_pax_restricted(p.archive) != ARCHIVE_OK ||
		     archive_write_open_fd(p.archive, out) != ARCHIVE_OK))
		job_fail(e, "system", "libarchive cannot write");
	else if (path)
		result = pack_path(&p, src, path);
	if (result == 0 && archive_write_close(p.archive) != ARCHIVE_OK)
		result = failed(&p, "its end");
	if (result == 0 && p.files == 0)
		result = job_fail(e, "build", "what the build has left in %s holds no file", path);
	archive_entry_free(p.entry);
	archive_write_free(p.archive);
	return result;
}
