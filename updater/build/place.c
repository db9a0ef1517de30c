#include "updater/build/place.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "lib/io.h"
#include "lib/text.h"
#include "updater/disk/tree.h"

#define WORK "build"

static int open_directory(int dirfd, const char *name)
{
	return openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* /var/tmp is for everybody: who made the directory before us may be anybody. */
static int check_owner(const char *path, int fd, struct job_error *e)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return job_fail_errno(e, "BUILD_DIR=%s", path);
	if (st.st_uid != geteuid())
		return job_fail(e, "system", "BUILD_DIR=%s belongs to another user (uid %u)", path,
				(unsigned)st.st_uid);
	if ((st.st_mode & 077) && fchmod(fd, 0700) < 0)
		return job_fail_errno(e, "BUILD_DIR=%s cannot be closed to others", path);
	return 0;
}

int place_open(const char *path, struct place *p, struct job_error *e)
{
	*p = (struct place){.dir = -1, .work = -1, .src = -1};
	if (text_format(p->path, sizeof p->path, "%s/" WORK, path) < 0)
		return job_fail(e, "usage", "BUILD_DIR=%s is too long", path);
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return job_fail_errno(e, "BUILD_DIR=%s cannot be made", path);
	p->dir = open_directory(AT_FDCWD, path);
	if (p->dir < 0)
		return job_fail_errno(e, "BUILD_DIR=%s", path);
	if (check_owner(path, p->dir, e) < 0)
		return -1;
	return tree_remove(p->dir, WORK) < 0 ? job_fail_errno(e, "%s cannot be removed", p->path) : 0;
}

int place_make(struct place *p, struct job_error *e)
{
	if (mkdirat(p->dir, WORK, 0700) < 0)
		return job_fail_errno(e, "%s cannot be made", p->path);
	p->work = open_directory(p->dir, WORK);
	if (p->work < 0 || mkdirat(p->work, "src", 0755) < 0 || mkdirat(p->work, "tmp", 0700) < 0)
		return job_fail_errno(e, "%s cannot be filled", p->path);
	p->src = open_directory(p->work, "src");
	return p->src < 0 ? job_fail_errno(e, "%s/src", p->path) : 0;
}

static enum tree_next add(void *context, const struct tree_entry *entry)
{
	*(uint64_t *)context += (uint64_t)entry->st->st_blocks * 512;
	return TREE_ON;
}

uint64_t place_used(const struct place *p)
{
	uint64_t used = 0;

	return tree_walk(p->work, add, &used) < 0 ? UINT64_MAX : used;
}

/* A build makes directories that even their owner may not look into. */
static enum tree_next unlock(void *context, const struct tree_entry *entry)
{
	(void)context;
	if (S_ISDIR(entry->st->st_mode) && (entry->st->st_mode & 0700) != 0700)
		(void)!fchmodat(entry->dirfd, entry->name, 0700, 0);
	return TREE_ON;
}

int place_clear(struct place *p)
{
	int result = 0;

	io_close(&p->src);
	if (p->dir >= 0 && tree_remove(p->dir, WORK) < 0)
		result = p->work >= 0 && tree_walk(p->work, unlock, NULL) < 0 ? -1 : tree_remove(p->dir, WORK);
	io_close(&p->work);
	io_close(&p->dir);
	return result;
}
