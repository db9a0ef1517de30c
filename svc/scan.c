#include "svc/scan.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>
#include "lib/io.h"
#include "lib/kernel.h"
#include "lib/log.h"
#include "lib/text.h"
#include "svc/dir.h"
#include "svc/listen.h"
#include "svc/table.h"

#define CHANGES (IN_CREATE | IN_DELETE | IN_MOVE | IN_ONLYDIR)

static const char *svdir;
static int inotify = -1;
static bool told;   /* of a change, or it cannot be: a directory may be another one than before */
static uint32_t of; /* the identity of SVDIR when it was scanned last */

/* What dnotify watches: open as long as it does. */
static int here = -1, parent = -1;

/* Not kept whole: that two directories have the same is as likely as that it does not matter. */
static uint32_t identity_of(const struct stat *st)
{
	return (uint32_t)(st->st_ino ^ (uint64_t)st->st_ino >> 32 ^ (uint64_t)st->st_dev << 16);
}

/* Where the name SVDIR stands: it may be a link that is turned. "" when it does not fit. */
static void parent_of(char *out, size_t size)
{
	size_t n = strlen(svdir);

	while (n > 1 && svdir[n - 1] == '/')
		n--;
	while (n > 1 && svdir[n - 1] != '/')
		n--;
	(void)!text_format(out, size, "%.*s", (int)n, svdir);
}

/* The descriptor is kept as long as something is to be told. */
static bool tell_by(int fd, int signal)
{
	return fd != -1 && kernel_fcntl(fd, F_SETSIG, signal) == 0 &&
	       kernel_fcntl(fd, F_NOTIFY, (int)(DN_CREATE | DN_DELETE | DN_RENAME | DN_MULTISHOT)) == 0;
}

int scan_begin(const char *dir)
{
	char path[PATH_MAX];

	svdir = dir;
	told = true;
	parent_of(path, sizeof path);
	parent = openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (tell_by(parent, SIGURG))
		return -1;
	io_close(&parent);
	inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (inotify == -1)
		log_warn_errno("no inotify: new services are seen after HUP or `sv rescan` only");
	else
		(void)inotify_add_watch(inotify, path, IN_CREATE | IN_MOVED_TO | IN_ONLYDIR);
	return inotify;
}

/* fd is open on SVDIR, which may be another directory than last time; before it is read, so that no change is missed.
 * dnotify is bound to the descriptor that it was asked with, and ends with any copy of it: `here` is that one. */
static void watch(int fd)
{
	struct stat st;

	if (fd == -1 || kernel_fstat(fd, &st) == -1) {
		of = 0; /* whatever is there next is another one */
		return;
	}
	if (of == identity_of(&st))
		return;
	of = identity_of(&st);
	io_close(&here);
	if (inotify != -1)
		(void)inotify_add_watch(inotify, svdir, CHANGES);
	else if (parent != -1 && tell_by(fd, SIGIO))
		here = fd;
}

bool scan_is_due(int signal)
{
	char buf[1024];
	struct stat st;

	if (signal == SIGURG && kernel_stat(AT_FDCWD, svdir, &st, 0) == 0 && of == identity_of(&st))
		return false; /* something else in its parent */
	while (signal == 0 && read(inotify, buf, sizeof buf) > 0)
		;
	told = true;
	return signal == 0 || parent != -1;
}

struct scan {
	int fd;
	int64_t now;
};

/* Where that cannot be known right now there is one: its start is tried again, the look is not. */
static bool has_logger(const struct dir *d)
{
	if (!dir_has(d, DIR_LOG))
		return false;
	if (kernel_access(d->fd, "log/run", F_OK) == 0)
		return true;
	if (errno == EACCES || errno == ELOOP)
		log_error_errno("%s: no logger: cannot look at log/run", d->name);
	return errno != ENOENT && errno != ENOTDIR && errno != EACCES && errno != ELOOP;
}

/* A new directory: everybody is in the table before anybody starts (svc/after), so that names are known. */
static struct service *take_up(const char *name, int64_t now)
{
	struct service *s = NULL, *logger;
	struct dir d;

	if (dir_open(&d, svdir, name) == 0) {
		s = table_add(name, has_logger(&d), now);
		if (s != NULL && (logger = table_at(s->peer)) != NULL && kernel_access(d.fd, "log/down", F_OK) == -1)
			service_event(logger, LIFE_UP, now);
		if (s != NULL)
			(void)!listen_hold(&d, s->slot); /* whatever is wrong is said, and tried again when it starts */
		if (s != NULL && !dir_has(&d, DIR_DOWN))
			service_event(s, LIFE_UP, now);
	}
	dir_close(&d);
	return s;
}

/* One that is known. What comes back while it goes stays, unless it is another one now. */
static void see_again(struct service *s, uint32_t identity, int64_t now)
{
	bool going = s->life.want == LIFE_WANT_EXIT;

	if (told && s->identity != identity && !s->command) {
		s->moved = true;
		if (!going) {
			log_info("%s: its directory is another one now", s->name);
			service_event(s, LIFE_EXIT, now);
		}
	} else if (going && !s->moved && s->life.state != LIFE_GONE) {
		service_event(s, LIFE_UP, now);
	}
}

/* What has changed in its `listen`. Only those are opened that have, or had, such a file. */
static void look_again(int fd, const struct service *s)
{
	char path[DIR_NAME + sizeof "/listen"];
	struct dir d;

	if (!listen_has(s->slot) &&
	    (text_format(path, sizeof path, "%s/listen", s->name) == -1 || kernel_access(fd, path, F_OK) == -1))
		return;
	if (dir_open(&d, svdir, s->name) == 0)
		(void)!listen_hold(&d, s->slot);
	dir_close(&d);
}

static void see(void *ctx, const char *name, unsigned char type)
{
	const struct scan *scan_now = ctx;
	struct service *s;
	struct stat st;

	(void)type; /* not every file system knows it, and a link to a directory is as good */
	if (name[0] == '.')
		return;
	if (kernel_stat(scan_now->fd, name, &st, 0) == -1) {
		if (errno != ENOENT && (s = table_find(name)) != NULL)
			s->seen = true; /* what cannot be looked at has not gone */
		return;
	}
	if (!S_ISDIR(st.st_mode))
		return;
	if (!dir_name_ok(name, strlen(name))) {
		log_error("%s/%s: not taken: a name has 1 to %d of A-Z a-z 0-9 . _ @ + : -", svdir, name, DIR_NAME);
		return;
	}
	s = table_find(name);
	if (s != NULL) {
		see_again(s, identity_of(&st), scan_now->now);
		if (s->life.want != LIFE_WANT_EXIT)
			look_again(scan_now->fd, s);
	} else if ((s = take_up(name, scan_now->now)) != NULL) {
		s->identity = identity_of(&st);
	}
	if (s != NULL)
		s->seen = true;
}

int scan(int64_t now)
{
	struct scan scan_now = {.now = now};
	int done;

	for (struct service *s = table_next(NULL); s != NULL; s = table_next(s))
		s->seen = false;
	scan_now.fd = openat(AT_FDCWD, svdir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	watch(scan_now.fd);
	done = scan_now.fd == -1 ? -1 : dir_entries(scan_now.fd, see, &scan_now);
	if (done == -1 && errno != ENOENT) /* what cannot be read is not empty: nobody is let go */
		log_error_errno("cannot read the service directory %s", svdir);
	if (scan_now.fd != here)
		io_close(&scan_now.fd);
	listen_release(LISTEN_NOBODY); /* whoever took the place of their owner has what he wants of them */
	told = parent == -1 && inotify == -1;
	for (struct service *s = table_next(NULL); done == 0 && s != NULL; s = table_next(s)) {
		if (!s->seen && !s->logger && !s->command && s->life.want != LIFE_WANT_EXIT) {
			log_info("%s: its directory has gone", s->name);
			service_event(s, LIFE_EXIT, now);
		}
	}
	return done;
}
