#include "updater/disk/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "lib/io.h"
#include "lib/text.h"
#include "updater/policy/order.h"
#include "updater/disk/tree.h"

#define FILES ".files"
#define CARRIED ".carried"
#define BAKED_FILES "baked" FILES
#define BESIDE (STORE_NAME + sizeof(CARRIED))

/* NAME.files and NAME.carried */
static int beside(char out[BESIDE], const char *name, const char *suffix)
{
	return text_format(out, BESIDE, "%s%s", name, suffix);
}

static bool exists(int dirfd, const char *name, mode_t type)
{
	struct stat st;
	return fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && (st.st_mode & S_IFMT) == type;
}

static int give(int dirfd, const char *name, const struct ident *owner)
{
	struct stat st;
	if (owner == NULL || geteuid() != 0 || fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return 0;
	if (st.st_uid == owner->uid && st.st_gid == owner->gid)
		return 0;
	return fchownat(dirfd, name, owner->uid, owner->gid, AT_SYMLINK_NOFOLLOW);
}

/* A directory of the store: made when it is not there, opened, given to its owner. */
static int open_room(int dirfd, const char *name, mode_t mode, const struct ident *owner)
{
	if (mkdirat(dirfd, name, mode) == -1 && errno != EEXIST)
		return -1;
	if (give(dirfd, name, owner) == -1)
		return -1;
	return openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* The same for what is thrown away anyway: a file or a link in its place goes, and is not followed. */
static int open_scratch_room(int dirfd, const char *name, const struct ident *owner)
{
	struct stat st;
	bool other = fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISDIR(st.st_mode);
	return other && unlinkat(dirfd, name, 0) == -1 ? -1 : open_room(dirfd, name, 0700, owner);
}

/* The manifest beside the image's release when that can be written, else in STATE_DIR. Returns a descriptor of the
 * directory it is in and its name there. */
static int baked_files_place(const struct store *s, bool in_state, char name[STORE_PATH])
{
	char path[STORE_PATH];
	if (in_state)
		return text_format(name, STORE_PATH, BAKED_FILES) == -1 ? -1 : fcntl(s->dir, F_DUPFD_CLOEXEC, 3);
	if (text_format(path, sizeof(path), "%s", s->baked) == -1)
		return -1;
	char *slash = strrchr(path, '/');
	if (slash == NULL || text_format(name, STORE_PATH, "%s" FILES, slash + 1) == -1)
		return -1;
	*slash = '\0';
	return open(path[0] == '\0' ? "/" : path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int open_baked_files(const struct store *s, bool in_state, struct manifest *m)
{
	char name[STORE_PATH];
	int dir = baked_files_place(s, in_state, name);
	if (dir == -1)
		return -1;
	int r = manifest_open(dir, name, m);
	io_close(&dir);
	if (r == 0 && strcmp(m->tag, s->baked_tag) != 0) { /* of the image before this one */
		manifest_close(m);
		errno = ENOENT;
		return -1;
	}
	return r;
}

static int write_baked_files(const struct store *s, bool in_state)
{
	char name[STORE_PATH];
	int top = open(s->baked, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int dir = top == -1 ? -1 : baked_files_place(s, in_state, name);
	int r = dir == -1 ? -1 : manifest_write(dir, name, top, s->baked_tag);
	io_close(&dir);
	io_close(&top);
	return r;
}

/* What the app finds in the image is only known before it first writes there. */
static int learn_baked_files(const struct store *s)
{
	struct manifest m;
	if (open_baked_files(s, false, &m) == 0 || open_baked_files(s, true, &m) == 0) {
		manifest_close(&m);
		return 0;
	}
	return write_baked_files(s, false) == 0 ? 0 : write_baked_files(s, true);
}

static int look_at_baked(struct store *s, const char *baked, const char *version_file)
{
	char tag[STORE_NAME];
	struct stat st;
	if (text_format(s->baked, sizeof(s->baked), "%s", baked) == -1)
		return -1;
	s->has_baked = stat(baked, &st) == 0 && S_ISDIR(st.st_mode);
	if (io_read_line(AT_FDCWD, version_file, tag, sizeof(tag)) <= 0 || version_tag_fault(tag) != NULL)
		memcpy(tag, "dev", sizeof("dev"));
	memcpy(s->baked_tag, tag, sizeof(tag));
	return s->has_baked ? learn_baked_files(s) : 0;
}

int store_open(struct store *s, const char *state_dir, const char *baked, const char *version_file,
	       const struct ident *owner)
{
	*s = (struct store){.dir = -1, .releases = -1, .staging = -1, .download = -1};
	if (io_make_dirs(AT_FDCWD, state_dir, 0755) == -1)
		return -1;
	if (give(AT_FDCWD, state_dir, owner) == -1)
		return -1;
	s->dir = open(state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->dir == -1)
		return -1;
	if (flock(s->dir, LOCK_EX | LOCK_NB) == -1 && errno == EWOULDBLOCK)
		goto fail; /* a file system without locks is used all the same */
	s->releases = open_room(s->dir, "releases", 0755, owner);
	s->staging = open_scratch_room(s->dir, "staging", owner);
	s->download = open_scratch_room(s->dir, "download", owner);
	if (s->releases == -1 || s->staging == -1 || s->download == -1)
		goto fail;
	if (give(s->dir, "state", owner) == -1 || give(s->dir, "history", owner) == -1)
		goto fail;
	if (look_at_baked(s, baked, version_file) == -1)
		goto fail;
	return 0;
fail:
	store_close(s);
	return -1;
}

void store_close(struct store *s)
{
	io_close(&s->download);
	io_close(&s->staging);
	io_close(&s->releases);
	io_close(&s->dir);
}

/* Calls visit with each name in a directory; the names may be removed meanwhile. */
static int each_name(int dirfd, int (*visit)(void *context, const char *name), void *context)
{
	int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);
	if (dir == NULL) {
		io_close(&fd);
		return -1;
	}
	int r = 0;
	const struct dirent *d;
	while (r == 0 && (d = readdir(dir)) != NULL)
		if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
			r = visit(context, d->d_name);
	closedir(dir);
	return r;
}

static int sweep_attempt(void *context, const char *name)
{
	const struct store *s = context;
	return tree_remove(s->staging, name);
}

/* A manifest or mark without its release: an attempt ended between the two. */
static int sweep_orphan(void *context, const char *name)
{
	static const char *const suffixes[] = {FILES, CARRIED};
	const struct store *s = context;
	char tag[NAME_MAX + 1];
	for (size_t i = 0; i < 2; i++) {
		size_t n = strlen(name), len = strlen(suffixes[i]);
		if (n <= len || strcmp(name + n - len, suffixes[i]) != 0)
			continue;
		memcpy(tag, name, n - len);
		tag[n - len] = '\0';
		if (!exists(s->releases, tag, S_IFDIR))
			return unlinkat(s->releases, name, 0) == -1 && errno != ENOENT ? -1 : 0;
	}
	return 0;
}

int store_sweep(struct store *s)
{
	if (each_name(s->staging, sweep_attempt, s) == -1 || each_name(s->releases, sweep_orphan, s) == -1)
		return -1;
	return io_sync_dir(s->releases);
}

const char *store_tag(const struct store *s, const char *name)
{
	return strcmp(name, STORE_BAKED) == 0 ? s->baked_tag : name;
}

bool store_has(const struct store *s, const char *name)
{
	char files[BESIDE];
	if (strcmp(name, STORE_BAKED) == 0)
		return s->has_baked;
	return version_tag_fault(name) == NULL && beside(files, name, FILES) != -1 &&
	       exists(s->releases, name, S_IFDIR) && exists(s->releases, files, S_IFREG);
}

struct listing {
	const struct store *store;
	char (*names)[STORE_NAME];
	int count;
};

static int list_one(void *context, const char *name)
{
	struct listing *l = context;
	if (version_tag_fault(name) != NULL || !store_has(l->store, name))
		return 0;
	if (l->count == STORE_MAX) {
		errno = EMFILE;
		return -1;
	}
	memcpy(l->names[l->count++], name, strlen(name) + 1);
	return 0;
}

static int64_t published(const struct store *s, const char *name)
{
	struct manifest m;
	if (store_manifest(s, name, &m) == -1)
		return 0;
	int64_t when = m.published;
	manifest_close(&m);
	return when;
}

int store_compare(const struct store *s, const char *a, const char *b)
{
	const char *x = store_tag(s, a), *y = store_tag(s, b);
	if (version_is(x) || version_is(y)) /* their manifests need not be read */
		return version_compare(x, y);
	return order_compare(x, published(s, a), y, published(s, b));
}

/* Insertion: the lists are short, and equal versions keep their order. */
static void sort_highest_first(const struct store *s, char names[STORE_MAX][STORE_NAME], int count)
{
	for (int i = 1; i < count; i++) {
		char name[STORE_NAME];
		memcpy(name, names[i], STORE_NAME);
		int at = i;
		for (; at > 0 && store_compare(s, names[at - 1], name) < 0; at--)
			memcpy(names[at], names[at - 1], STORE_NAME);
		memcpy(names[at], name, STORE_NAME);
	}
}

int store_list(const struct store *s, char names[STORE_MAX][STORE_NAME])
{
	struct listing l = {s, names, 0};
	if (s->has_baked)
		memcpy(names[l.count++], STORE_BAKED, sizeof(STORE_BAKED));
	if (each_name(s->releases, list_one, &l) == -1)
		return -1;
	sort_highest_first(s, names, l.count);
	return l.count;
}

bool store_link(const struct store *s, const char *link, char name[STORE_NAME])
{
	char target[STORE_PATH];
	ssize_t n = readlinkat(s->dir, link, target, sizeof(target) - 1);
	name[0] = '\0';
	if (n == -1)
		return false;
	target[n] = '\0';
	const char *found = strcmp(target, s->baked) == 0 ? STORE_BAKED : target + strlen("releases/");
	if (found != target + strlen("releases/") || strncmp(target, "releases/", strlen("releases/")) == 0)
		if (store_has(s, found)) {
			memcpy(name, found, strlen(found) + 1);
			return true;
		}
	return false;
}

int store_set_link(struct store *s, const char *link, const char *name)
{
	char target[STORE_PATH];
	bool baked = strcmp(name, STORE_BAKED) == 0;
	if (text_format(target, sizeof(target), "%s%s", baked ? s->baked : "releases/", baked ? "" : name) == -1)
		return -1;
	return io_replace_link(s->dir, link, target);
}

int store_directory(const struct store *s, const char *name)
{
	if (strcmp(name, STORE_BAKED) == 0)
		return open(s->baked, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return openat(s->releases, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

int store_manifest(const struct store *s, const char *name, struct manifest *m)
{
	char files[BESIDE];
	if (strcmp(name, STORE_BAKED) == 0)
		return open_baked_files(s, false, m) == 0 ? 0 : open_baked_files(s, true, m);
	return beside(files, name, FILES) == -1 ? -1 : manifest_open(s->releases, files, m);
}

int store_stage(struct store *s, struct stage *stage)
{
	uint64_t chance;
	*stage = (struct stage){.tree = -1, .files = -1};
	if (getrandom(&chance, sizeof(chance), GRND_NONBLOCK) != sizeof(chance))
		chance = (uint64_t)time(NULL) ^ (uint64_t)getpid() << 32; /* only has to be new, not secret */
	if (text_format(stage->name, sizeof(stage->name), "%016llx", (unsigned long long)chance) == -1)
		return -1;
	if (mkdirat(s->staging, stage->name, 0700) == -1)
		return -1;
	int dir = openat(s->staging, stage->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir != -1 && mkdirat(dir, "tree", 0755) == 0)
		stage->tree = openat(dir, "tree", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (stage->tree != -1)
		stage->files = openat(dir, "files", O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	io_close(&dir);
	if (stage->files != -1)
		return 0;
	store_unstage(s, stage);
	return -1;
}

void store_unstage(struct store *s, struct stage *stage)
{
	int error = errno;
	io_close(&stage->tree);
	io_close(&stage->files);
	/* What cannot be removed now is swept at the next start. */
	if (stage->name[0] != '\0' && tree_remove(s->staging, stage->name) == 0)
		stage->name[0] = '\0';
	errno = error;
}

/* Something of the app's own is in this release, or nobody can tell. */
static enum tree_next stop_at_own(void *context, const struct tree_entry *entry)
{
	enum manifest_origin origin = manifest_origin(context, entry);
	errno = origin == MANIFEST_FAILED ? errno : EEXIST;
	return origin == MANIFEST_SHIPPED ? TREE_ON : TREE_FAIL;
}

static bool is_removable(const struct store *s, const char *name)
{
	char carried[BESIDE];
	struct manifest m;
	if (beside(carried, name, CARRIED) != -1 && exists(s->releases, carried, S_IFREG))
		return true;
	if (store_manifest(s, name, &m) == -1)
		return false;
	int top = store_directory(s, name);
	bool clean = top != -1 && tree_walk(top, stop_at_own, &m) == 0;
	io_close(&top);
	manifest_close(&m);
	return clean;
}

/* Out of releases/ in one rename, then away piece by piece: never half a release. */
static int remove_release(struct store *s, const char *name)
{
	char aside[BESIDE + 8], other[BESIDE];
	if (text_format(aside, sizeof(aside), "gone-%s", name) == -1)
		return -1;
	if (renameat(s->releases, name, s->staging, aside) == -1)
		return -1;
	for (int i = 0; i < 2; i++)
		if (beside(other, name, i == 0 ? FILES : CARRIED) != -1 && unlinkat(s->releases, other, 0) == -1 &&
		    errno != ENOENT)
			return -1;
	return tree_remove(s->staging, aside);
}

/* A directory of this tag that is there already (bad before, or not ours) makes way. */
static int make_way(struct store *s, const char *tag)
{
	char aside[STORE_NAME + 32];
	if (!exists(s->releases, tag, S_IFDIR)) /* what is no directory is no release, and nobody's */
		return unlinkat(s->releases, tag, 0) == -1 && errno != ENOENT ? -1 : 0;
	if (store_has(s, tag) && is_removable(s, tag))
		return remove_release(s, tag);
	if (text_format(aside, sizeof(aside), "%s.%lld", tag, (long long)time(NULL)) == -1)
		return -1;
	int kept = open_room(s->dir, "kept", 0755, NULL);
	int r = kept == -1 || io_sync_dir(s->dir) == -1 ? -1 : renameat(s->releases, tag, kept, aside);
	if (r == 0)
		r = io_sync_dir(kept);
	io_close(&kept);
	return r;
}

int store_install(struct store *s, struct stage *stage, const char *tag)
{
	char files[BESIDE], carried[BESIDE];
	struct timespec now[2] = {{0, UTIME_NOW}, {0, UTIME_NOW}};
	if (beside(files, tag, FILES) == -1 || beside(carried, tag, CARRIED) == -1)
		return -1;
	if (make_way(s, tag) == -1)
		return -1;
	if (unlinkat(s->releases, carried, 0) == -1 && errno != ENOENT)
		return -1;
	if (futimens(stage->files, now) == -1 || fsync(stage->files) == -1 || io_sync_dir(stage->tree) == -1)
		return -1;
	int dir = openat(s->staging, stage->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir == -1)
		return -1;
	int r = tree_is(dir, "files", stage->files) && tree_is(dir, "tree", stage->tree) ? 0 : -1;
	if (r == 0)
		r = renameat(dir, "files", s->releases, files);
	if (r == 0)
		r = renameat(dir, "tree", s->releases, tag);
	if (r == 0)
		r = io_sync_dir(s->releases);
	io_close(&dir);
	return r;
}

int store_set_carried(struct store *s, const char *name, bool on)
{
	char carried[BESIDE];
	if (strcmp(name, STORE_BAKED) == 0)
		return 0; /* an image's release is never removed */
	if (beside(carried, name, CARRIED) == -1)
		return -1;
	if (!on) {
		if (unlinkat(s->releases, carried, 0) == -1)
			return errno == ENOENT ? 0 : -1;
		return io_sync_dir(s->releases);
	}
	int fd = openat(s->releases, carried, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd == -1)
		return -1;
	io_close(&fd);
	return 0;
}

static bool is_linked(const struct store *s, const char *name)
{
	static const char *const links[] = {"current", "previous", "stable"};
	char target[STORE_NAME];
	for (size_t i = 0; i < 3; i++)
		if (store_link(s, links[i], target) && strcmp(target, name) == 0)
			return true;
	return false;
}

int store_gc(struct store *s, size_t keep, const char *also, const char *also2,
	     void (*removed)(void *context, const char *tag), void *context)
{
	char names[STORE_MAX][STORE_NAME];
	int count = store_list(s, names);
	size_t kept = 0;
	for (int i = 0; i < count; i++) {
		const char *name = names[i];
		if (strcmp(name, STORE_BAKED) == 0 || is_linked(s, name) || strcmp(name, also) == 0 ||
		    strcmp(name, also2) == 0)
			continue;
		if (kept < keep) {
			kept++;
			continue;
		}
		if (!is_removable(s, name))
			continue;
		if (remove_release(s, name) == -1)
			return -1;
		removed(context, name);
	}
	return count == -1 ? -1 : 0;
}
