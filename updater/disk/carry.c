#include "updater/disk/carry.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "lib/io.h"
#include "lib/text.h"

#define DRAFT ".moult-carry" /* a file on its way to its name; left over by a crash it is replaced */

/* The directory in the new release that things are put into at the moment. It is kept open for the next thing, and
 * synced when the work moves on. */
struct place {
	int fd;
	char path[TREE_PATH]; /* of the directory, as the old release calls it; "" is the top */
};

struct work {
	struct carry *carry;
	struct place place;
};

static enum tree_next failed_at(struct carry *c, const char *path)
{
	int error = errno;
	if (text_format(c->path, sizeof(c->path), "%s", path) == -1)
		c->path[0] = '\0';
	errno = error;
	return TREE_FAIL;
}

/* What a link needs: it is ours, or we may do as we like; what a copy needs: reading it. */
static enum tree_next check_entry(void *context, const struct tree_entry *e)
{
	struct carry *c = context;
	enum manifest_origin origin = manifest_origin(c->before, e);
	if (origin == MANIFEST_FAILED)
		return failed_at(c, e->path);
	if (origin == MANIFEST_SHIPPED || !S_ISREG(e->st->st_mode) || e->st->st_uid == geteuid())
		return TREE_ON;
	return faccessat(e->dirfd, e->name, R_OK, AT_EACCESS) == -1 ? failed_at(c, e->path) : TREE_ON;
}

int carry_check(struct carry *c)
{
	c->path[0] = '\0';
	return tree_walk(c->from, check_entry, c);
}

/* NAME.local-OLDTAG */
static int beside(const struct carry *c, const char *name, char out[NAME_MAX + 1])
{
	return text_format(out, NAME_MAX + 1, "%s.local-%s", name, c->old_tag);
}

/* A directory of the new release, made as the old one's at `path` is when it is not there. */
static int make_directory(const struct carry *c, int parent, const char *name, const char *path)
{
	struct stat st;
	if (fstatat(c->from, path, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return -1;
	if (mkdirat(parent, name, st.st_mode & 07777) == -1)
		return errno == EEXIST ? 0 : -1;
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return -1;
	/* Whose it is matters to the app only where we may say so. */
	int r = fchown(fd, st.st_uid, st.st_gid) == -1 && errno != EPERM ? -1 : 0;
	if (r == 0)
		r = fchmod(fd, st.st_mode & 07777);
	io_close(&fd);
	return r == -1 ? -1 : io_sync_dir(parent);
}

/* One step down; where something that is no directory has the name, into NAME.local-OLDTAG beside it. */
static int step_into(const struct carry *c, int parent, const char *name, const char *path)
{
	char aside[NAME_MAX + 1];
	if (make_directory(c, parent, name, path) == -1)
		return -1;
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd != -1 || (errno != ENOTDIR && errno != ELOOP))
		return fd;
	if (beside(c, name, aside) == -1 || make_directory(c, parent, aside, path) == -1)
		return -1;
	return openat(parent, aside, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static int leave(struct place *p)
{
	int r = p->fd == -1 ? 0 : io_sync_dir(p->fd);
	io_close(&p->fd);
	return r;
}

/* Makes the new release's directory for `path` (of a directory in the old one) the place to put things. */
static int go_to(struct work *w, const char *path)
{
	struct place *p = &w->place;
	char part[TREE_PATH];
	if (p->fd != -1 && strcmp(p->path, path) == 0)
		return 0;
	if (leave(p) == -1 || text_format(p->path, sizeof(p->path), "%s", path) == -1)
		return -1;
	int fd = fcntl(w->carry->to, F_DUPFD_CLOEXEC, 3);
	for (size_t at = 0; fd != -1 && path[at] != '\0';) {
		size_t n = strcspn(path + at, "/");
		memcpy(part, path, at + n);
		part[at + n] = '\0';
		int next = step_into(w->carry, fd, part + at, part);
		io_close(&fd);
		fd = next;
		at += n + (path[at + n] == '/');
	}
	p->fd = fd;
	return fd == -1 ? -1 : 0;
}

static int copy_bytes(int in, int out)
{
	char buf[16384];
	ssize_t n;
	while ((n = io_read(in, buf, sizeof(buf))) > 0)
		if (io_write(out, buf, (size_t)n) == -1)
			return -1;
	return (int)n;
}

static int copy_file(const struct tree_entry *e, int dirfd)
{
	struct timespec times[2] = {e->st->st_atim, e->st->st_mtim};
	int r = -1, out = -1;
	int in = openat(e->dirfd, e->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (in == -1)
		return -1;
	out = openat(dirfd, DRAFT, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (out == -1 || copy_bytes(in, out) == -1)
		goto out;
	if (fchown(out, e->st->st_uid, e->st->st_gid) == -1 && errno != EPERM)
		goto out;
	if (fchmod(out, e->st->st_mode & 07777) == -1 || futimens(out, times) == -1 || fsync(out) == -1)
		goto out;
	r = 0;
out:
	io_close(&out);
	io_close(&in);
	return r;
}

static int copy_link(const struct tree_entry *e, int dirfd)
{
	char target[TREE_PATH];
	ssize_t n = readlinkat(e->dirfd, e->name, target, sizeof(target) - 1);
	if (n == -1)
		return -1;
	target[n] = '\0';
	return symlinkat(target, dirfd, DRAFT);
}

/* Makes it DRAFT in dirfd. 1: it is something that cannot be had there (a socket of another file system). */
static int draw_draft(const struct tree_entry *e, int dirfd)
{
	if (unlinkat(dirfd, DRAFT, 0) == -1 && errno != ENOENT)
		return -1;
	if (linkat(e->dirfd, e->name, dirfd, DRAFT, 0) == 0)
		return 0;
	if (errno != EXDEV && errno != EPERM && errno != EACCES && errno != EMLINK && errno != ENOTSUP)
		return -1;
	if (S_ISREG(e->st->st_mode))
		return copy_file(e, dirfd);
	return S_ISLNK(e->st->st_mode) ? copy_link(e, dirfd) : 1;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* The name it gets in the new release. */
static int choose_name(const struct carry *c, const struct tree_entry *e, enum manifest_origin origin, int dirfd,
		       char name[NAME_MAX + 1])
{
	struct stat there;
	bool taken = c->after != NULL && manifest_has(c->after, e->path);
	if (fstatat(dirfd, e->name, &there, AT_SYMLINK_NOFOLLOW) == 0)
		taken |= S_ISDIR(there.st_mode) || c->after == NULL;
	if (origin == MANIFEST_EDITED || taken)
		return beside(c, e->name, name);
	return text_format(name, NAME_MAX + 1, "%s", e->name);
}

/* A copy of the new release's own file, kept beside it once, comes home: there it is the file itself. */
static bool is_home(const struct carry *c, const struct tree_entry *e, int dirfd)
{
	struct stat there;
	char own[NAME_MAX + 1];
	const char *mark = strstr(e->name, ".local-");
	if (mark == NULL || c->after == NULL || strcmp(mark + strlen(".local-"), c->after->tag) != 0)
		return false;
	if (text_format(own, sizeof(own), "%.*s", (int)(mark - e->name), e->name) == -1)
		return false;
	return fstatat(dirfd, own, &there, AT_SYMLINK_NOFOLLOW) == 0 && is_same(&there, e->st);
}

static int put(struct work *w, const struct tree_entry *e, enum manifest_origin origin)
{
	struct carry *c = w->carry;
	char name[NAME_MAX + 1];
	struct stat there;
	int dirfd = w->place.fd;
	if (choose_name(c, e, origin, dirfd, name) == -1)
		return -1;
	if (fstatat(dirfd, name, &there, AT_SYMLINK_NOFOLLOW) == 0 && is_same(&there, e->st))
		return 0;
	if (is_home(c, e, dirfd))
		return 0;
	int r = draw_draft(e, dirfd);
	if (r == 1)
		c->skipped++;
	if (r != 0)
		return r == 1 ? 0 : -1;
	if (renameat(dirfd, DRAFT, dirfd, name) == -1)
		return -1;
	c->carried++;
	if (strcmp(name, e->name) != 0) {
		c->kept_beside++;
		if (c->edited != NULL)
			c->edited(e->path);
	}
	return 0;
}

static enum tree_next carry_entry(void *context, const struct tree_entry *e)
{
	struct work *w = context;
	struct carry *c = w->carry;
	char parent[TREE_PATH];
	enum manifest_origin origin = manifest_origin(c->before, e);
	if (origin == MANIFEST_SHIPPED)
		return TREE_ON;
	if (origin == MANIFEST_FAILED || text_format(parent, sizeof(parent), "%s", e->path) == -1)
		return failed_at(c, e->path);
	if (strcmp(e->name, DRAFT) == 0)
		return TREE_OVER;
	if (S_ISDIR(e->st->st_mode))
		return go_to(w, e->path) == -1 ? failed_at(c, e->path) : TREE_ON;
	size_t len = strlen(e->path) - strlen(e->name);
	parent[len > 0 ? len - 1 : 0] = '\0';
	if (go_to(w, parent) == -1 || put(w, e, origin) == -1)
		return failed_at(c, e->path);
	return TREE_ON;
}

int carry_over(struct carry *c)
{
	struct work *w = malloc(sizeof(*w));
	if (w == NULL)
		return -1;
	w->carry = c;
	w->place = (struct place){.fd = -1};
	c->carried = c->kept_beside = c->skipped = 0;
	c->path[0] = '\0';
	int r = tree_walk(c->from, carry_entry, w);
	if (leave(&w->place) == -1)
		r = -1;
	free(w);
	return r;
}
