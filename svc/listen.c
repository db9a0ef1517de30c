#include "svc/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include "lib/env.h"
#include "lib/io.h"
#include "lib/kernel.h"
#include "lib/log.h"
#include "svc/address.h"

/* No gap in it up to the end of the address, so that two of them are compared as bytes. */
struct address {
	uint8_t type; /* SOCK_...; 0: this place is free */
	uint8_t both; /* IPv6 that takes IPv4 as well */
	uint16_t len; /* of what follows */
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
		struct sockaddr_un local;
	} at;
};

/* A line of the file that is being read. */
static struct wanted {
	struct address address;
	unsigned mode;
	const char *name;
	const char *line; /* all of it, for messages */
} wanted[LISTEN_EACH];
static unsigned nwanted;
static struct dir_list lines; /* they point into it; not on the stack: as a rule nobody touches it */

static struct held {
	struct address address;
	int fd;
	uint16_t slot;
	uint8_t place; /* in the file */
	char name[LISTEN_NAME];
	dev_t dev; /* what it is in the file system */
	ino_t ino;
} table[LISTEN_ALL];
static unsigned used; /* no place from here on was ever taken */

static bool is_same(const struct address *a, const struct address *b)
{
	return memcmp(a, b, offsetof(struct address, at) + a->len) == 0;
}

/* "" when it has none. */
static const char *path_of(const struct address *a)
{
	return a->at.any.sa_family == AF_UNIX ? a->at.local.sun_path : "";
}

/* [ADDR]:PORT */
static int read_inet(const char *text, struct address *a)
{
	const char *port = strrchr(text, ':'), *end = text;
	uint64_t number;

	if (port == NULL || env_number(port + 1, 1, 65535, &number) == -1)
		return -1;
	a->at.v4.sin_port = htons((uint16_t)number); /* for IPv6 it stands at the same place */
	if (text[0] == '[' || port == text) {
		a->len = sizeof a->at.v6;
		a->at.v6.sin6_family = AF_INET6;
		a->both = port == text;
		if (!a->both)
			end = address_v6(text + 1, &a->at.v6.sin6_addr);
		if (!a->both && (end == NULL || *end++ != ']'))
			return -1;
	} else {
		a->len = sizeof a->at.v4;
		a->at.v4.sin_family = AF_INET;
		end = address_v4(text, &a->at.v4.sin_addr);
	}
	return end == port ? 0 : -1;
}
_Static_assert(offsetof(struct sockaddr_in, sin_port) == offsetof(struct sockaddr_in6, sin6_port), "as it says above");

static int read_path(const char *path, struct address *a)
{
	size_t len = strlen(path);

	if ((path[0] != '/' && path[0] != '@') || len < 2 || len >= sizeof a->at.local.sun_path)
		return -1;
	a->len = (uint16_t)(offsetof(struct sockaddr_un, sun_path) + len);
	a->at.local.sun_family = AF_UNIX;
	memcpy(a->at.local.sun_path, path, len);
	if (path[0] == '@')
		a->at.local.sun_path[0] = '\0';
	return 0;
}

static bool is_name(const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f || name[i] == ':')
			return false;
	}
	return len > 0 && len < LISTEN_NAME;
}

static int read_line(char *const *words, unsigned n, const char *service, struct wanted *w)
{
	uint64_t mode = 0666;

	*w = (struct wanted){.name = service};
	w->address.type = SOCK_STREAM;
	if (n > 2 && strncmp(words[n - 1], "name=", 5) == 0)
		w->name = words[--n] + 5;
	if (n < 2 || (w->name != service && !is_name(w->name)))
		return -1;
	if (strcmp(words[0], "unix") == 0) {
		if (n == 3 && (words[1][0] == '@' || env_octal(words[2], 0777, &mode) == -1))
			return -1;
		w->mode = (unsigned)mode;
		return n > 3 ? -1 : read_path(words[1], &w->address);
	}
	if (strcmp(words[0], "udp") == 0)
		w->address.type = SOCK_DGRAM;
	else if (strcmp(words[0], "tcp") != 0)
		return -1;
	return n > 2 ? -1 : read_inet(words[1], &w->address);
}

static bool is_wanted(const struct address *a)
{
	for (unsigned i = 0; i < nwanted; i++) {
		if (is_same(a, &wanted[i].address))
			return true;
	}
	return false;
}

static int read_lines(const struct dir *d)
{
	char *words[5];
	unsigned n;
	int bad = dir_list(d, DIR_LISTEN, &lines);

	while ((n = dir_line(&lines, words, 5)) != 0) {
		struct wanted *w = &wanted[nwanted];
		int read;

		if (nwanted == LISTEN_EACH) {
			log_error("%s: listen names more than %d sockets", d->name, LISTEN_EACH);
			return -1;
		}
		read = read_line(words, n, d->name, w);
		dir_line_join(words, n); /* a name is the last word, so it still ends */
		w->line = words[0];
		if (read == 0 && !is_wanted(&w->address)) {
			nwanted++;
			continue;
		}
		dir_wrong(d, DIR_LISTEN, w->line,
			  read == 0 ? "there once"
				    : "tcp or udp and [ADDR]:PORT in numbers, IPv6 in [], or unix PATH [MODE]; "
				      "name=NAME may follow");
		bad = -1;
	}
	return bad;
}

/* A socket on which nobody listens was left behind; anything else at the path is somebody's. */
static int clear_path(const struct address *a)
{
	struct stat st;
	int fd;

	if (kernel_stat(AT_FDCWD, path_of(a), &st, AT_SYMLINK_NOFOLLOW) == -1)
		return 0; /* bind() will say why, if that is wrong */
	if (!S_ISSOCK(st.st_mode)) {
		errno = EEXIST;
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return -1;
	if (connect(fd, &a->at.any, a->len) == 0 || errno != ECONNREFUSED)
		errno = EADDRINUSE;
	io_close(&fd);
	return errno == ECONNREFUSED ? unlink(path_of(a)) : -1;
}

/* Its file has the right mode at birth: it is never open to more than it should be. */
static int bind_it(int fd, const struct address *a, unsigned mode)
{
	int on = 1, v6only = !a->both, bound;
	mode_t mask;

	if (a->at.any.sa_family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6only, sizeof v6only) == -1)
		return -1;
	/* With this a UDP port could be taken by two. */
	if (a->type == SOCK_STREAM && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == -1)
		return -1;
	mask = umask(~mode & 0777);
	bound = bind(fd, &a->at.any, a->len);
	umask(mask);
	if (bound == -1 || a->type != SOCK_STREAM)
		return bound;
	return listen(fd, INT_MAX); /* the kernel makes it net.core.somaxconn */
}

static int make_socket(const struct address *a, unsigned mode)
{
	int fd = socket(a->at.any.sa_family, a->type | SOCK_CLOEXEC, 0);

	if (fd == -1 && errno == EAFNOSUPPORT && a->both) {
		struct address v4 = {.type = a->type, .len = sizeof v4.at.v4};

		v4.at.v4.sin_family = AF_INET;
		v4.at.v4.sin_port = a->at.v6.sin6_port;
		return make_socket(&v4, mode);
	}
	if (fd != -1 && bind_it(fd, a, mode) == -1)
		io_close(&fd);
	return fd;
}

/* False when there is a file to it, and it is not there any more: nobody can reach such a socket. */
static bool is_in_place(const struct held *h)
{
	const char *path = path_of(&h->address);
	struct stat st;

	return path[0] == '\0' || (kernel_stat(AT_FDCWD, path, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_ino == h->ino &&
				   st.st_dev == h->dev);
}

static void drop(struct held *h)
{
	if (path_of(&h->address)[0] != '\0' && is_in_place(h))
		(void)unlink(path_of(&h->address));
	io_close(&h->fd);
	h->address.type = 0;
}

/* All that are a slot's: from NULL to NULL. Safe against drop() in between. */
static struct held *next_of(uint16_t slot, struct held *h)
{
	for (h = h == NULL ? table : h + 1; h < table + used; h++) {
		if (h->address.type != 0 && h->slot == slot)
			return h;
	}
	return NULL;
}

static struct held *find(const struct address *a)
{
	for (struct held *h = table; h < table + used; h++) {
		if (is_same(&h->address, a))
			return h;
	}
	return NULL;
}

static struct held *add(const struct wanted *w)
{
	const char *path = path_of(&w->address);
	struct held *h = table;
	struct stat st = {0};
	int fd;

	while (h < table + used && h->address.type != 0)
		h++;
	if (h == table + LISTEN_ALL) {
		errno = ENOBUFS;
		return NULL;
	}
	if (path[0] != '\0' && clear_path(&w->address) == -1)
		return NULL;
	fd = make_socket(&w->address, w->mode);
	if (fd == -1)
		return NULL;
	if (path[0] != '\0')
		(void)kernel_stat(AT_FDCWD, path, &st, AT_SYMLINK_NOFOLLOW);
	if (h == table + used)
		used++;
	h->address = w->address;
	h->fd = fd;
	h->dev = st.st_dev;
	h->ino = st.st_ino;
	return h;
}

/* Gives its file mode and owner. By descriptor, since the directory may belong to one who would like another file to be
 * changed. */
static int tend_file(const struct wanted *w, const struct ident *owner)
{
	int fd = openat(AT_FDCWD, path_of(&w->address), O_PATH | O_NOFOLLOW | O_CLOEXEC), done = -1;
	char proc[32];
	struct stat st;

	if (fd == -1 || kernel_fstat(fd, &st) == -1)
		goto out;
	if (!S_ISSOCK(st.st_mode))
		errno = EEXIST;
	else if (owner != NULL && (st.st_uid != owner->uid || st.st_gid != owner->gid) &&
		 fchownat(fd, "", owner->uid, owner->gid, AT_EMPTY_PATH) == -1)
		done = -1;
	else if ((st.st_mode & 0777) == w->mode)
		done = 0;
	else if (text_format(proc, sizeof proc, "/proc/self/fd/%d", fd) != -1)
		done = chmod(proc, w->mode);
out:
	io_close(&fd);
	return done;
}

static int hold(const struct dir *d, const struct wanted *w, uint16_t slot, const struct ident *owner)
{
	struct held *h = find(&w->address);

	if (h != NULL && h->slot != slot && h->slot != LISTEN_NOBODY) {
		errno = EADDRINUSE;
		return -1;
	}
	if (h != NULL && !is_in_place(h)) {
		log_warn("%s: %s is not there any more and is made again", d->name, path_of(&h->address));
		drop(h);
		h = NULL;
	}
	if (h == NULL && (h = add(w)) == NULL)
		return -1;
	h->slot = slot;
	h->place = (uint8_t)(w - wanted);
	(void)!text_format(h->name, sizeof h->name, "%s", w->name);
	for (char *c = h->name; (c = strchr(c, ':')) != NULL;)
		*c = '_'; /* in the name of a service only */
	return path_of(&w->address)[0] == '\0' ? 0 : tend_file(w, owner);
}

static const char *remedy(int error, const struct address *a)
{
	bool local = a->at.any.sa_family == AF_UNIX;

	return error == EADDRINUSE	? " (another service or process has it)"
	       : error == EADDRNOTAVAIL ? " (there is no such address here)"
	       : error == EEXIST	? " (what is there is not a socket)"
	       : error == ENOENT	? " (its directory must be there first)"
	       : error == EPERM		? " (that takes root)"
	       : error == ENOBUFS	? " (512 sockets are the most)"
	       : error != EACCES	? ""
	       : local			? " (may init write there?)"
					: " (below 1024 that takes CAP_NET_BIND_SERVICE)";
}

int listen_hold(const struct dir *d, uint16_t slot)
{
	struct ident as;
	int user, failed = 0;

	nwanted = 0;
	if (dir_has(d, DIR_LISTEN) && read_lines(d) == -1)
		return -1;
	for (struct held *h = NULL; (h = next_of(slot, h)) != NULL;) {
		if (!is_wanted(&h->address))
			drop(h);
	}
	user = nwanted == 0 ? 0 : dir_user(d, &as);
	if (user == -1)
		return -1;
	for (struct wanted *w = wanted; w < wanted + nwanted; w++) {
		if (hold(d, w, slot, user ? &as : NULL) == 0)
			continue;
		log_error_errno("%s: cannot listen on '%s'%s", d->name, w->line, remedy(errno, &w->address));
		failed = -1;
	}
	return failed ? -1 : (int)nwanted;
}

size_t listen_given(uint16_t slot, int fds[LISTEN_EACH], char names[LISTEN_NAMES])
{
	struct text t;
	size_t n = 0;

	text_begin(&t, names, LISTEN_NAMES);
	for (unsigned place = 0; place < LISTEN_EACH; place++) {
		for (struct held *h = NULL; (h = next_of(slot, h)) != NULL;) {
			if (h->place != place)
				continue;
			text_addf(&t, "%s%s", n == 0 ? "" : ":", h->name);
			fds[n++] = h->fd;
		}
	}
	return n;
}

void listen_release(uint16_t slot)
{
	for (struct held *h = NULL; (h = next_of(slot, h)) != NULL;)
		drop(h);
}

void listen_leave(uint16_t slot)
{
	for (struct held *h = NULL; (h = next_of(slot, h)) != NULL;)
		h->slot = LISTEN_NOBODY;
}

bool listen_has(uint16_t slot)
{
	return next_of(slot, NULL) != NULL;
}
