#include "updater/disk/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "lib/io.h"

#define PIECE 65536

void audit_begin(struct audit *a, const struct manifest *m, int top)
{
	*a = (struct audit){.manifest = m, .top = top, .fd = -1};
}

void audit_end(struct audit *a)
{
	io_close(&a->fd);
}

static enum audit_result find(struct audit *a, enum audit_result what, const char *why)
{
	io_close(&a->fd);
	a->why = why;
	a->next++;
	return what;
}

static enum audit_result pass(struct audit *a)
{
	return find(a, AUDIT_MORE, "");
}

/* Whoever wrote to it after the release was put in place may have been the app, but for its programs. */
static enum audit_result find_other(struct audit *a, const struct stat *st, const char *why)
{
	bool is_program = (a->entry.mode & 0111) != 0;
	bool touched =
		st->st_ctim.tv_sec > a->manifest->when.tv_sec ||
		(st->st_ctim.tv_sec == a->manifest->when.tv_sec && st->st_ctim.tv_nsec >= a->manifest->when.tv_nsec);
	return find(a, touched && !is_program ? AUDIT_CHANGED : AUDIT_DAMAGED, why);
}

static enum audit_result compare_link(struct audit *a)
{
	char target[TREE_PATH];
	ssize_t n = readlinkat(a->top, a->entry.path, target, sizeof(target) - 1);
	if (n == -1)
		return find(a, AUDIT_DAMAGED, strerror(errno));
	target[n] = '\0';
	return strcmp(target, a->entry.target) == 0 ? pass(a) : find(a, AUDIT_CHANGED, "it leads elsewhere");
}

static enum audit_result compare_file(struct audit *a, const struct stat *st)
{
	if ((a->entry.mode & 0111) != 0 && (st->st_mode & 0111) == 0)
		return find(a, AUDIT_DAMAGED, "it is not executable any more");
	if ((uint64_t)st->st_size != a->entry.size)
		return find_other(a, st, "it has another size");
	if (a->entry.digest[0] == '\0')
		return pass(a);
	a->fd = openat(a->top, a->entry.path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (a->fd == -1)
		return find(a, AUDIT_DAMAGED, strerror(errno));
	sha256_begin(&a->sum);
	return AUDIT_MORE;
}

static enum audit_result compare(struct audit *a)
{
	struct stat st;
	if (!manifest_entry(a->manifest, a->next, &a->entry))
		return find(a, AUDIT_DAMAGED, "the manifest's line about it cannot be read");
	a->files++;
	if (fstatat(a->top, a->entry.path, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return find(a, errno == ENOENT ? AUDIT_MISSING : AUDIT_DAMAGED, strerror(errno));
	mode_t type = a->entry.type == 'f' ? S_IFREG : a->entry.type == 'd' ? S_IFDIR : S_IFLNK;
	if ((st.st_mode & S_IFMT) != type)
		return find(a, AUDIT_DAMAGED, "it is something else than it was");
	if (type == S_IFDIR)
		return pass(a);
	return type == S_IFLNK ? compare_link(a) : compare_file(a, &st);
}

static enum audit_result compare_digest(struct audit *a)
{
	char hex[65];
	struct stat st;
	sha256_end(&a->sum, hex);
	if (strcmp(hex, a->entry.digest) == 0)
		return pass(a);
	return fstat(a->fd, &st) == -1 ? find(a, AUDIT_DAMAGED, strerror(errno))
				       : find_other(a, &st, "it has another content");
}

static enum audit_result hash_on(struct audit *a, size_t bytes)
{
	unsigned char piece[PIECE];
	for (size_t done = 0; done < bytes;) {
		ssize_t n = io_read(a->fd, piece, sizeof(piece));
		if (n == -1)
			return find(a, AUDIT_DAMAGED, strerror(errno));
		sha256_add(&a->sum, piece, (size_t)n);
		if ((size_t)n < sizeof(piece))
			return compare_digest(a);
		done += (size_t)n;
	}
	return AUDIT_MORE;
}

enum audit_result audit_step(struct audit *a, size_t bytes)
{
	if (a->fd != -1)
		return hash_on(a, bytes);
	return a->next < a->manifest->count ? compare(a) : AUDIT_OVER;
}
