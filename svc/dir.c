#include "svc/dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "lib/env.h"
#include "lib/io.h"
#include "lib/log.h"
#include "lib/spawn.h"
#include "svc/signame.h"

/* In the order of enum dir_file. */
static const char files[] = "run\0finish\0down\0log\0check\0after\0essential\0user\0env\0controllers\0limits\0listen\0"
			    "control\0down-signal\0notification-fd\0timeout-up\0timeout-kill\0timeout-finish\0"
			    "max-death-tally\0max-check-tally\0";

static const char *name_of(enum dir_file file)
{
	return text_nth(files, file);
}

bool dir_name_ok(const char *name, size_t len)
{
	if (len == 0 || len > DIR_NAME || name[0] == '.')
		return false;
	for (size_t i = 0; i < len; i++) {
		char c = name[i];

		if (!text_is_plain(c) && (c == '\0' || strchr("._@+:-", c) == NULL))
			return false;
	}
	return true;
}

/* readdir() would allocate. */
int dir_entries(int fd, void (*see)(void *ctx, const char *name, unsigned char type), void *ctx)
{
	struct entry {
		uint64_t ino;
		int64_t off;
		unsigned short len;
		unsigned char type;
		char name[];
	};
	_Alignas(struct entry) char buf[2048];

	for (;;) {
		long n = syscall(SYS_getdents64, fd, buf, sizeof buf);

		if (n <= 0)
			return (int)n;
		for (long at = 0; at < n;) {
			const struct entry *e = (const struct entry *)(buf + at);

			see(ctx, e->name, e->type);
			at += e->len;
		}
	}
}

static void note(void *ctx, const char *name, unsigned char type)
{
	struct dir *d = ctx;
	int file = text_index(files, name);

	(void)type;
	if (file != -1)
		d->has |= 1U << file;
}

int dir_open(struct dir *d, const char *svdir, const char *name)
{
	char path[PATH_MAX];

	*d = (struct dir){.name = name, .fd = -1};
	if (text_format(path, sizeof path, "%s/%s", svdir, name) != -1)
		d->fd = openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC); /* libc's open() adds a call */
	if (d->fd == -1 || dir_entries(d->fd, note, d) == -1) {
		if (errno != ENOENT)
			log_error_errno("%s: cannot read the directory %s/%s", name, svdir, name);
		return -1;
	}
	return 0;
}

void dir_close(struct dir *d)
{
	io_close(&d->fd);
}

bool dir_has(const struct dir *d, enum dir_file file)
{
	return d->has >> file & 1;
}

static void say_unreadable(const struct dir *d, enum dir_file file)
{
	if (errno == EINVAL)
		log_error("%s: %s is not a file", d->name, name_of(file));
	else
		log_error_errno("%s: cannot read %s", d->name, name_of(file));
}

void dir_wrong(const struct dir *d, enum dir_file file, const char *held, const char *must)
{
	log_error("%s: %s holds '%s'; it must be %s", d->name, name_of(file), held, must);
}

/* The first line of a file that is there; NULL, logged, when it cannot be had. */
static const char *line_of(const struct dir *d, enum dir_file file, char *buf, size_t size)
{
	if (io_read_line(d->fd, name_of(file), buf, size) != -1)
		return buf;
	say_unreadable(d, file);
	return NULL;
}

static uint32_t number(const struct dir *d, enum dir_file file, uint32_t least, uint32_t most, uint32_t otherwise)
{
	char buf[32];
	const char *line;
	uint64_t n;

	if (!dir_has(d, file) || (line = line_of(d, file, buf, sizeof buf)) == NULL)
		return otherwise;
	if (env_number(line, least, most, &n) == 0)
		return (uint32_t)n;
	log_error("%s: %s holds '%s'; it must be a number from %u to %u", d->name, name_of(file), line, least, most);
	return otherwise;
}

_Static_assert(SPAWN_FDS == 48, "as it is said below");

static void notification(const struct dir *d, struct dir_settings *out)
{
	char buf[16];
	const char *line;
	uint64_t n;

	out->announces = false;
	out->notification_fd = -1;
	if (!dir_has(d, DIR_NOTIFICATION_FD) || (line = line_of(d, DIR_NOTIFICATION_FD, buf, sizeof buf)) == NULL)
		return;
	out->announces = true;
	if (env_number(line, 3, SPAWN_FDS - 1, &n) == 0) {
		out->notification_fd = (int)n;
	} else if (strcmp(line, "socket") != 0) {
		dir_wrong(d, DIR_NOTIFICATION_FD, line, "a number from 3 to 47, or socket");
		out->announces = false;
	}
}

void dir_settings(const struct dir *d, struct dir_settings *out)
{
	char buf[16];
	const char *line;

	out->up_ms = number(d, DIR_TIMEOUT_UP, 0, INT_MAX, 30000);
	out->kill_ms = number(d, DIR_TIMEOUT_KILL, 0, INT_MAX, 0);
	out->finish_ms = number(d, DIR_TIMEOUT_FINISH, 0, INT_MAX, 5000);
	out->max_death_tally = number(d, DIR_MAX_DEATH_TALLY, 0, 4096, 0);
	out->max_check_tally = number(d, DIR_MAX_CHECK_TALLY, 0, 255, 0);
	out->down_signal = 0;
	notification(d, out);
	if (!dir_has(d, DIR_DOWN_SIGNAL) || (line = line_of(d, DIR_DOWN_SIGNAL, buf, sizeof buf)) == NULL)
		return;
	out->down_signal = signame_number(line);
	if (out->down_signal == 0)
		dir_wrong(d, DIR_DOWN_SIGNAL, line, "a signal such as TERM, SIGQUIT or 15");
}

static int read_list(const struct dir *d, enum dir_file file, const char *path, struct dir_list *out)
{
	ssize_t n = io_read_file(d->fd, path, out->bytes, sizeof out->bytes);

	out->rest = out->bytes;
	if (n != -1 && memchr(out->bytes, '\0', (size_t)n) == NULL)
		return 0;
	out->bytes[0] = '\0';
	if (n == -1 && errno == ENOENT && !dir_has(d, file))
		return 0; /* but a link that leads nowhere is there: no service does without its limits for that */
	if (n != -1)
		errno = EILSEQ; /* a zero byte */
	if (errno == EFBIG)
		log_error("%s: %s is longer than %d bytes and was not read", d->name, name_of(file), DIR_LIST - 1);
	else
		say_unreadable(d, file);
	return -1;
}

int dir_list(const struct dir *d, enum dir_file file, struct dir_list *out)
{
	return read_list(d, file, name_of(file), out);
}

int dir_list_of(const char *svdir, const char *name, enum dir_file file, struct dir_list *out)
{
	const struct dir d = {.name = name, .fd = AT_FDCWD};
	char path[PATH_MAX];

	out->bytes[0] = '\0';
	out->rest = out->bytes;
	if (text_format(path, sizeof path, "%s/%s/%s", svdir, name, name_of(file)) == -1)
		return -1;
	return read_list(&d, file, path, out);
}

static const char blanks[] = " \t\r\n";

const char *dir_next(struct dir_list *list)
{
	char *word = list->rest + strspn(list->rest, blanks);
	size_t len = strcspn(word, blanks);

	if (len == 0)
		return NULL;
	list->rest = word + len + (word[len] != '\0');
	word[len] = '\0';
	return word;
}

unsigned dir_line(struct dir_list *list, char **words, unsigned most)
{
	char *at;
	unsigned n = 0;

	do {
		list->rest += strspn(list->rest, blanks);
		at = list->rest;
		list->rest += strcspn(at, "\n");
		if (*list->rest != '\0')
			*list->rest++ = '\0';
	} while (*at == '#');
	for (; *at != '\0' && *at != '#'; at += strspn(at, blanks)) {
		words[n++] = at;
		if (n == most)
			break;
		at += strcspn(at, blanks);
		if (*at != '\0')
			*at++ = '\0';
	}
	return n;
}

void dir_line_join(char *const *words, unsigned n)
{
	for (unsigned i = 1; i < n; i++)
		words[i - 1][strlen(words[i - 1])] = ' ';
}

int dir_user(const struct dir *d, struct ident *out)
{
	char buf[128];
	const char *line;

	if (!dir_has(d, DIR_USER))
		return 0;
	if ((line = line_of(d, DIR_USER, buf, sizeof buf)) == NULL)
		return -1;
	if (ident_find("/", line, out) == 0)
		return 1;
	if (errno == ENOENT || errno == EINVAL)
		dir_wrong(d, DIR_USER, line, "a user of /etc/passwd or a number, with or without :group");
	else
		log_error_errno("%s: cannot look up user '%s'", d->name, line);
	return -1;
}

int dir_env_begin(struct dir_env *env, char *const *base)
{
	env->n = env->used = 0;
	for (; *base != NULL; base++) {
		if (env->n == DIR_VARS) {
			log_error("more than %d variables in the environment", DIR_VARS);
			return -1;
		}
		env->vars[env->n++] = *base;
	}
	env->vars[env->n] = NULL;
	return 0;
}

/* Where name is or would be. */
static size_t env_slot(const struct dir_env *env, const char *name)
{
	size_t i = 0, len = strlen(name);

	while (i < env->n && (strncmp(env->vars[i], name, len) != 0 || env->vars[i][len] != '='))
		i++;
	return i;
}

int dir_env_set(struct dir_env *env, const char *name, const char *value)
{
	size_t slot = env_slot(env, name);
	int len = text_format(env->bytes + env->used, sizeof env->bytes - env->used, "%s=%s", name, value);

	if (len == -1 || slot == DIR_VARS) {
		errno = E2BIG;
		return -1;
	}
	env->vars[slot] = env->bytes + env->used;
	env->used += (size_t)len + 1;
	if (slot == env->n)
		env->vars[++env->n] = NULL;
	return 0;
}

static void env_remove(struct dir_env *env, const char *name)
{
	size_t slot = env_slot(env, name);

	if (slot < env->n)
		env->vars[slot] = env->vars[--env->n];
	env->vars[env->n] = NULL;
}

struct env_reader {
	const struct dir *d;
	struct dir_env *env;
	int fd;
	bool bad;
};

static void read_variable(void *ctx, const char *name, unsigned char type)
{
	struct env_reader *r = ctx;
	char value[DIR_BYTES];
	ssize_t n;

	if (r->bad || name[0] == '.' || type == DT_DIR)
		return; /* one error is enough said, however many files there are */
	if (strchr(name, '=') != NULL) {
		errno = EINVAL;
		goto bad;
	}
	n = io_read_file(r->fd, name, value, sizeof value);
	if (n == -1)
		goto bad;
	if (n == 0) {
		env_remove(r->env, name);
		return;
	}
	value[strcspn(value, "\n")] = '\0';
	for (size_t len = strlen(value); len > 0 && strchr(" \t\r", value[len - 1]) != NULL;)
		value[--len] = '\0';
	if (dir_env_set(r->env, name, value) == 0)
		return;
bad:
	log_error_errno("%s: cannot take the variable env/%s", r->d->name, name);
	r->bad = true;
}

int dir_env(const struct dir *d, struct dir_env *env)
{
	struct env_reader r = {.d = d, .env = env, .fd = -1};

	if (!dir_has(d, DIR_ENV))
		return 0;
	r.fd = openat(d->fd, "env", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r.fd == -1 || dir_entries(r.fd, read_variable, &r) == -1) {
		log_error_errno("%s: cannot read the directory env", d->name);
		r.bad = true;
	}
	io_close(&r.fd);
	return r.bad ? -1 : 0;
}
