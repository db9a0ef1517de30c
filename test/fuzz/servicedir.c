/* A service directory. A line of a kind and a name begins an entry, and what follows is its content:
 *
 *     =NAME a file    /NAME a directory    |NAME a fifo    @NAME a link to itself
 *
 * Whatever is in there, all that its readers give away is within their limits, and no descriptor stays open. */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "lib/log.h"
#include "lib/spawn.h"
#include "svc/dir.h"
#include "svc/limits.h"
#include "svc/listen.h"
#include "test/fuzz/fuzz.h"

#define ENTRIES 64
#define NAME 48

static char svdir[64];
static int app = -1; /* svdir/app */
static char made[ENTRIES][NAME];
static int nmade;

/* Instead of libc's: every address is had, and nothing is bound or asked. */
int socket(int domain, int type, int protocol);
int bind(int fd, const void *address, unsigned size);
int listen(int fd, int backlog);
int connect(int fd, const void *address, unsigned size);
int setsockopt(int fd, int level, int option, const void *value, unsigned size);

int socket(int domain, int type, int protocol)
{
	(void)domain, (void)type, (void)protocol;
	return dup(app);
}

int bind(int fd, const void *address, unsigned size)
{
	(void)fd, (void)address, (void)size;
	return 0;
}

int listen(int fd, int backlog)
{
	(void)fd, (void)backlog;
	return 0;
}

int connect(int fd, const void *address, unsigned size)
{
	return bind(fd, address, size);
}

int setsockopt(int fd, int level, int option, const void *value, unsigned size)
{
	(void)level, (void)option;
	return bind(fd, value, size);
}

static void remove_all(void)
{
	char path[80];

	(void)snprintf(path, sizeof path, "%s/app/env", svdir);
	(void)rmdir(path);
	path[strlen(path) - 4] = '\0';
	(void)rmdir(path);
	(void)rmdir(svdir);
}

/* lib/log keeps the descriptor it finds now, so what it says is built but not shown; the sanitizers' reports are. */
static void silence_log(void)
{
	int saved = dup(STDERR_FILENO), null = open("/dev/null", O_WRONLY);

	expect(saved != -1 && null != -1 && dup2(null, STDERR_FILENO) == STDERR_FILENO);
	log_start("fuzz", LOG_TEXT, LOG_LEVEL_DEBUG);
	log_never_block();
	expect(dup2(saved, STDERR_FILENO) == STDERR_FILENO);
	close(saved);
	close(null);
}

static void begin(void)
{
	char path[80];

	strcpy(svdir, "/dev/shm/moult-fuzz-XXXXXX");
	if (mkdtemp(svdir) == NULL) {
		strcpy(svdir, "/tmp/moult-fuzz-XXXXXX");
		expect(mkdtemp(svdir) != NULL);
	}
	(void)snprintf(path, sizeof path, "%s/app", svdir);
	expect(mkdir(path, 0755) == 0);
	app = open(path, O_RDONLY | O_DIRECTORY);
	expect(app != -1 && mkdirat(app, "env", 0755) == 0);
	silence_log();
	atexit(remove_all);
}

static void put_file(const char *name, const uint8_t *content, size_t size)
{
	int fd = openat(app, name, O_WRONLY | O_CREAT | O_EXCL, 0755);

	expect(fd != -1 && write(fd, content, size) == (ssize_t)size);
	close(fd);
}

/* Passes over what no file system would hold, and what is there already. */
static void put(char kind, const uint8_t *name, size_t len, const uint8_t *content, size_t size)
{
	char *path = made[nmade];
	bool env = len > 4 && memcmp(name, "env/", 4) == 0;
	struct stat st;

	if (nmade == ENTRIES || len == 0 || len >= NAME || memchr(name, '\0', len) != NULL ||
	    memchr(name + 4 * env, '/', len - 4 * env) != NULL)
		return;
	memcpy(path, name, len);
	path[len] = '\0';
	if (fstatat(app, path, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return;
	if (kind == '/')
		expect(mkdirat(app, path, 0755) == 0);
	else if (kind == '|')
		expect(mkfifoat(app, path, 0755) == 0);
	else if (kind == '@')
		expect(symlinkat(strrchr(path, '/') == NULL ? path : strrchr(path, '/') + 1, app, path) == 0);
	else
		put_file(path, content, size);
	nmade++;
}

/* The next line that begins an entry, or the end. */
static const uint8_t *next_entry(const uint8_t *at, const uint8_t *end)
{
	for (bool begins = true; at < end; begins = *at++ == '\n') {
		if (begins && strchr("=/|@", *at) != NULL && *at != '\0')
			return at;
	}
	return end;
}

static void make_entries(const uint8_t *data, size_t size)
{
	const uint8_t *end = data + size, *at = next_entry(data, end);

	while (at < end) {
		const uint8_t *line = memchr(at, '\n', (size_t)(end - at));
		const uint8_t *content = line == NULL ? end : line + 1, *next = next_entry(content, end);

		put((char)*at, at + 1, (size_t)((line == NULL ? end : line) - at - 1), content,
		    (size_t)(next - content));
		at = next;
	}
}

static void unmake_entries(void)
{
	while (nmade > 0) {
		const char *path = made[--nmade];

		expect(unlinkat(app, path, 0) == 0 || unlinkat(app, path, AT_REMOVEDIR) == 0);
	}
}

static void read_settings(const struct dir *d)
{
	struct dir_settings set;

	dir_settings(d, &set);
	expect(set.up_ms <= INT_MAX && set.kill_ms <= INT_MAX && set.finish_ms <= INT_MAX);
	expect(set.max_death_tally <= 4096 && set.max_check_tally <= 255);
	expect(set.down_signal >= 0 && set.down_signal <= 64);
	expect(set.notification_fd == -1 || (set.notification_fd > 2 && set.notification_fd < SPAWN_FDS));
}

static void read_list(const struct dir *d, enum dir_file file)
{
	struct dir_list list;
	const char *name;
	size_t bytes = 0;

	expect(dir_list(d, file, &list) == 0 || list.bytes[0] == '\0');
	while ((name = dir_next(&list)) != NULL) {
		expect(name[0] != '\0' && name[strcspn(name, " \t\r\n")] == '\0');
		bytes += strlen(name) + 1;
	}
	expect(bytes <= DIR_LIST && dir_next(&list) == NULL);
}

static void read_user(const struct dir *d)
{
	struct ident who;
	int got = dir_user(d, &who);

	expect(got == -1 || got == dir_has(d, DIR_USER));
	expect(got != 1 || who.uid != (uid_t)-1);
}

/* Each variable is there once, with a name, and what the directory has not touched is as it was. */
static void read_env(const struct dir *d)
{
	static char *const base[] = {"A=1", "PATH=/bin", "B=", NULL};
	static struct dir_env env;

	expect(dir_env_begin(&env, base) == 0);
	(void)!dir_env(d, &env);
	expect(env.n <= DIR_VARS && env.used <= DIR_BYTES && env.vars[env.n] == NULL);
	for (size_t i = 0; i < env.n; i++) {
		size_t len = strcspn(env.vars[i], "=");

		expect(len > 0 && env.vars[i][len] == '=' && strchr(env.vars[i], '\n') == NULL);
		for (size_t k = 0; k < i; k++)
			expect(strncmp(env.vars[k], env.vars[i], len + 1) != 0);
	}
}

static void read_limits(const struct dir *d)
{
	struct spawn_limit limits[LIMITS_MAX];
	int n = limits_read(d, limits);

	expect(n >= -1 && n <= LIMITS_MAX);
	for (int i = 0; i < n; i++) {
		expect(limits[i].value.rlim_cur <= limits[i].value.rlim_max);
		for (int k = 0; k < i; k++)
			expect(limits[k].resource != limits[i].resource);
	}
}

/* The first service that asks has them; another one only when it has left. */
static void read_listen(const struct dir *d)
{
	int fds[LISTEN_EACH], n = listen_hold(d, 0);
	char names[LISTEN_NAMES];
	size_t colons = 0, given = listen_given(0, fds, names);

	expect(n >= -1 && n <= LISTEN_EACH);
	for (const char *c = names; (c = strchr(c, ':')) != NULL; c++)
		colons++;
	if (n > 0)
		expect(given == (size_t)n && colons == given - 1 && strlen(names) < LISTEN_NAMES - 1);
	expect(listen_hold(d, 0) == n && listen_hold(d, 1) == (n == 0 ? 0 : -1));
	listen_leave(0);
	expect(!listen_has(0) && listen_hold(d, 1) == n);
	listen_release(1);
	listen_release(LISTEN_NOBODY);
	expect(!listen_has(1));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dir d;
	int before, after;

	if (app == -1)
		begin();
	make_entries(data, size);
	before = dup(app);
	expect(before != -1 && close(before) == 0);
	expect(dir_open(&d, svdir, "app") == 0);
	/* Here stands every reader of a file of the directory. */
	read_settings(&d);
	read_list(&d, DIR_AFTER);
	read_list(&d, DIR_CONTROLLERS);
	read_user(&d);
	read_env(&d);
	read_limits(&d);
	read_listen(&d);
	dir_close(&d);
	after = dup(app);
	expect(after == before && close(after) == 0);
	unmake_entries();
	return 0;
}
