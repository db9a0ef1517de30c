#include "updater/disk/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "lib/text.h"

struct walk {
	enum tree_next (*visit)(void *context, const struct tree_entry *entry);
	void *context;
	char path[TREE_PATH];
};

static bool is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* A directory stream of its own: the caller's descriptor and its offset stay untouched. NULL: errno. */
static DIR *open_directory(int dirfd, const char *name)
{
	int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);
	if (fd != -1 && dir == NULL)
		close(fd);
	return dir;
}

static int walk_directory(struct walk *w, int parent, const char *name, size_t path_len, int depth);

static int walk_entry(struct walk *w, int dirfd, const char *name, size_t path_len, int depth)
{
	struct stat st;
	int n = text_format(w->path + path_len, sizeof(w->path) - path_len, "%s%s", path_len > 0 ? "/" : "", name);
	if (n == -1)
		return -1;
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return errno == ENOENT ? 0 : -1;
	struct tree_entry entry = {dirfd, name, w->path, &st};
	enum tree_next next = w->visit(w->context, &entry);
	if (next == TREE_FAIL)
		return -1;
	if (next == TREE_OVER || !S_ISDIR(st.st_mode))
		return 0;
	return walk_directory(w, dirfd, name, path_len + (size_t)n, depth + 1);
}

static int walk_directory(struct walk *w, int parent, const char *name, size_t path_len, int depth)
{
	if (depth == TREE_DEPTH) {
		errno = ELOOP;
		return -1;
	}
	DIR *dir = open_directory(parent, name);
	if (dir == NULL)
		return errno == ENOENT ? 0 : -1;
	int r = 0;
	const struct dirent *d;
	while (r == 0 && (errno = 0, d = readdir(dir)) != NULL)
		if (!is_dots(d->d_name))
			r = walk_entry(w, dirfd(dir), d->d_name, path_len, depth);
	int error = errno;
	closedir(dir);
	w->path[path_len] = '\0';
	errno = error;
	return r == 0 && error != 0 ? -1 : r;
}

int tree_walk(int top, enum tree_next (*visit)(void *context, const struct tree_entry *entry), void *context)
{
	struct walk w = {visit, context, ""};
	return walk_directory(&w, top, ".", 0, 0);
}

bool tree_is(int dirfd, const char *name, int fd)
{
	struct stat named, opened;
	bool same = fstatat(dirfd, name, &named, AT_SYMLINK_NOFOLLOW) == 0 && fstat(fd, &opened) == 0 &&
		    named.st_dev == opened.st_dev && named.st_ino == opened.st_ino;
	if (!same)
		errno = ESTALE;
	return same;
}

static int remove_directory(int parent, const char *name, int depth)
{
	if (depth == TREE_DEPTH) {
		errno = ELOOP;
		return -1;
	}
	DIR *dir = open_directory(parent, name);
	if (dir == NULL)
		return errno == ENOENT ? 0 : -1;
	int r = 0;
	const struct dirent *d;
	while (r == 0 && (errno = 0, d = readdir(dir)) != NULL) {
		if (is_dots(d->d_name))
			continue;
		r = unlinkat(dirfd(dir), d->d_name, 0);
		if (r == -1 && (errno == EISDIR || errno == EPERM))
			r = remove_directory(dirfd(dir), d->d_name, depth + 1);
		else if (r == -1 && errno == ENOENT)
			r = 0;
	}
	int error = errno;
	closedir(dir);
	errno = error;
	if (r == -1 || error != 0)
		return -1;
	return unlinkat(parent, name, AT_REMOVEDIR) == -1 && errno != ENOENT ? -1 : 0;
}

int tree_remove(int dirfd, const char *name)
{
	if (unlinkat(dirfd, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -1;
	return remove_directory(dirfd, name, 0);
}
