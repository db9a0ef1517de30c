#include "lib/ident.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>
#include "lib/env.h"
#include "lib/io.h"
#include "lib/kernel.h"
#include "lib/text.h"

#define FIELDS 7	/* of a passwd line; a group line has 4 */
#define TABLE_LINE 4096 /* a longer line is not ours to understand and is passed over */
#define TABLE_MAX (16L << 20)

/* Reads a colon separated file line by line without stdio. */
struct reader {
	int fd;
	char buf[TABLE_LINE + 1];
	size_t have;
	size_t used;   /* bytes of buf that the last line took */
	bool skipping; /* inside a line that is too long */
};

static int open_table(const char *root, const char *name, struct reader *r)
{
	char path[PATH_MAX];
	struct stat st;

	if (text_format(path, sizeof path, "%s/etc/%s", root, name) == -1)
		return -1;
	r->have = r->used = 0;
	r->skipping = false;
	r->fd = openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (r->fd == -1)
		return -1;
	if (kernel_fstat(r->fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= TABLE_MAX)
		return 0;
	io_close(&r->fd);
	errno = EFBIG; /* what is no file may have no end either */
	return -1;
}

/* The next whole line, without its newline; NULL at the end. have <= TABLE_LINE leaves room for one more byte. */
static char *next_line(struct reader *r)
{
	for (;;) {
		char *start = r->buf + r->used;
		char *end = memchr(start, '\n', r->have - r->used);
		ssize_t n;

		if (end != NULL) {
			bool whole = !r->skipping;

			*end = '\0';
			r->used = (size_t)(end + 1 - r->buf);
			r->skipping = false;
			if (whole)
				return start;
			continue;
		}
		memmove(r->buf, start, r->have - r->used);
		r->have -= r->used;
		r->used = 0;
		if (r->have == TABLE_LINE) {
			r->skipping = true;
			r->have = 0;
		}
		n = io_read(r->fd, r->buf + r->have, TABLE_LINE - r->have);
		if (n <= 0 && (r->have == 0 || r->skipping))
			return NULL;
		if (n > 0)
			r->have += (size_t)n;
		else
			r->buf[r->have++] = '\n'; /* the last line may lack its own */
	}
}

static size_t split(char *line, char *fields[FIELDS])
{
	size_t n = 0;

	fields[n++] = line;
	for (; *line != '\0' && n < FIELDS; line++) {
		if (*line == ':') {
			*line = '\0';
			fields[n++] = line + 1;
		}
	}
	return n;
}

static bool to_id(const char *text, uint32_t *out)
{
	uint64_t n;

	/* The last value means "no change" to the kernel. */
	if (env_number(text, 0, UINT32_MAX - 1, &n) == -1)
		return false;
	*out = (uint32_t)n;
	return true;
}

static bool is_name(const char *s)
{
	size_t n = 0;

	while (s[n] != '\0' && (text_is_plain(s[n]) || strchr("._-$", s[n]) != NULL))
		n++;
	/* All digits is a number that to_id refused. */
	return n > 0 && n < IDENT_NAME && s[n] == '\0' && s[0] != '-' && strspn(s, "0123456789") != n;
}

/* Fills id from passwd by name, or by id->uid when name is NULL. */
static int find_user(const char *root, const char *name, struct ident *id)
{
	struct reader r = {.fd = -1};
	char *line;
	int found = -1;

	if (open_table(root, "passwd", &r) == -1)
		return -1;
	while (found == -1 && (line = next_line(&r)) != NULL) {
		char *f[FIELDS];
		uint32_t uid, gid;

		if (split(line, f) != FIELDS || !to_id(f[2], &uid) || !to_id(f[3], &gid) || !is_name(f[0]))
			continue;
		if (name != NULL ? strcmp(name, f[0]) != 0 : uid != id->uid)
			continue;
		id->uid = uid;
		id->gid = gid;
		memcpy(id->name, f[0], strlen(f[0]) + 1);
		if (text_format(id->home, sizeof id->home, "%s", f[5]) == -1 || id->home[0] != '/')
			memcpy(id->home, "/", 2);
		found = 0;
	}
	io_close(&r.fd);
	if (found == -1)
		errno = ENOENT;
	return found;
}

static int find_group(const char *root, const char *name, gid_t *gid)
{
	struct reader r = {.fd = -1};
	char *line;
	int found = -1;

	if (open_table(root, "group", &r) == -1)
		return -1;
	while (found == -1 && (line = next_line(&r)) != NULL) {
		char *f[FIELDS];

		if (split(line, f) >= 3 && strcmp(f[0], name) == 0 && to_id(f[2], gid))
			found = 0;
	}
	io_close(&r.fd);
	if (found == -1)
		errno = ENOENT;
	return found;
}

static bool lists(const char *members, const char *name)
{
	size_t n = strlen(name);

	while (*members != '\0') {
		size_t len = strcspn(members, ",");

		if (len == n && memcmp(members, name, n) == 0)
			return true;
		members += len + (members[len] == ',');
	}
	return false;
}

static int add_group(struct ident *id, gid_t gid)
{
	for (size_t i = 0; i < id->ngroups; i++) {
		if (id->groups[i] == gid)
			return 0;
	}
	if (id->ngroups == IDENT_GROUPS) {
		errno = E2BIG;
		return -1;
	}
	id->groups[id->ngroups++] = gid;
	return 0;
}

/* The primary group and every group whose member list has the name. No /etc/group: just the primary one. */
static int find_groups(const char *root, struct ident *id)
{
	struct reader r = {.fd = -1};
	char *line;
	int result = add_group(id, id->gid);

	if (id->name[0] == '\0' || open_table(root, "group", &r) == -1)
		return result;
	while (result == 0 && (line = next_line(&r)) != NULL) {
		char *f[FIELDS];
		gid_t gid;

		if (split(line, f) == 4 && to_id(f[2], &gid) && lists(f[3], id->name))
			result = add_group(id, gid);
	}
	io_close(&r.fd);
	return result;
}

static int resolve_user(const char *root, const char *user, struct ident *id)
{
	if (to_id(user, &id->uid)) {
		id->gid = id->uid;
		memcpy(id->home, "/", 2);
		(void)find_user(root, NULL, id); /* a bare uid needs no entry */
		return 0;
	}
	if (!is_name(user)) {
		errno = EINVAL;
		return -1;
	}
	return find_user(root, user, id);
}

static int resolve_group(const char *root, const char *group, struct ident *id)
{
	if (to_id(group, &id->gid))
		return 0;
	if (!is_name(group)) {
		errno = EINVAL;
		return -1;
	}
	return find_group(root, group, &id->gid);
}

int ident_find(const char *root, const char *spec, struct ident *out)
{
	struct ident id = {0};
	char user[2 * IDENT_NAME];
	char *group;

	if (text_format(user, sizeof user, "%s", spec) == -1) {
		errno = EINVAL;
		return -1;
	}
	group = strchr(user, ':');
	if (group != NULL)
		*group++ = '\0';
	if (resolve_user(root, user, &id) == -1)
		return -1;
	if (group != NULL && resolve_group(root, group, &id) == -1)
		return -1;
	if (find_groups(root, &id) == -1)
		return -1;
	*out = id;
	return 0;
}

static bool is_already(const struct ident *id)
{
	uid_t r, e, s;
	gid_t rg, eg, sg;

	return getresuid(&r, &e, &s) == 0 && getresgid(&rg, &eg, &sg) == 0 && r == id->uid && e == id->uid &&
	       s == id->uid && rg == id->gid && eg == id->gid && sg == id->gid;
}

int ident_become(const struct ident *id)
{
	if (is_already(id) && id->uid != 0)
		return 0;
	/* The kernel's own calls: libc's change all threads, and there is one; the child of a vfork may call these. */
	if (syscall(SYS_setgroups, id->ngroups, id->groups) == -1 ||
	    syscall(SYS_setresgid, id->gid, id->gid, id->gid) == -1 ||
	    syscall(SYS_setresuid, id->uid, id->uid, id->uid) == -1)
		return -1;
	if (!is_already(id) || (id->uid != 0 && syscall(SYS_setuid, 0) != -1)) {
		errno = EPERM;
		return -1;
	}
	return 0;
}
