#include "updater/hook.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>
#include "lib/clock.h"
#include "lib/io.h"
#include "lib/log.h"
#include "lib/spawn.h"

#define PATH 64 /* below the service directory */
#define PLACE (2 * CONFIG_TEXT)
#define PIECE 4096
#define LAST_PIECES 64 /* a pipe holds 16; who has left the group must not keep us reading */

void hook_init(struct hook *h)
{
	*h = (struct hook){.fd = -1, .deadline = CLOCK_NEVER, .name = ""};
}

bool hook_busy(const struct hook *h)
{
	return h->pid != 0;
}

/* ---- what it is told ---- */

void hook_begin_words(struct hook_words *words)
{
	words->count = 0;
	words->list[0] = NULL;
}

void hook_add_word(struct hook_words *words, const char *name, const char *value)
{
	struct text t;
	text_begin(&t, words->text[words->count], HOOK_WORD);
	text_addf(&t, "MOULT_%s=%s", name, value);
	words->list[words->count] = words->text[words->count];
	words->list[++words->count] = NULL;
}

/* ---- may it be run? ---- */

/* NULL: no path can be that long. */
static const char *place_of(const struct config *config, char out[PLACE])
{
	return text_format(out, PLACE, "%s/%s", config->svdir, config->app_service) == -1 ? NULL : out;
}

bool hook_is_there(const struct config *config, const char *name)
{
	char service[PLACE], path[PLACE + PATH];
	struct stat st;
	if (place_of(config, service) == NULL || text_format(path, sizeof(path), "%s/update/%s", service, name) == -1)
		return false;
	return lstat(path, &st) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

/* Whoever may write here may write what runs as us. Nobody can where the file system is mounted for reading. */
static const char *trust_fault(int fd, const struct stat *st)
{
	struct statvfs v;
	bool by_group = (st->st_mode & S_IWGRP) != 0 && st->st_gid != 0 && st->st_gid != getegid();
	if (fstatvfs(fd, &v) == 0 && (v.f_flag & ST_RDONLY) != 0)
		return NULL;
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return "belongs to a user that is neither root nor the updater's; chown it";
	return by_group || (st->st_mode & S_IWOTH) != 0 ? "can be written by others; chmod go-w it" : NULL;
}

static enum hook_start refuse(char *why, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));

static enum hook_start refuse(char *why, size_t size, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	text_cutv(why, size, format, args);
	va_end(args);
	return HOOK_REFUSED;
}

/* One step of the way to the file. */
static enum hook_start check(int dir, const char *path, char *why, size_t size)
{
	struct stat st;
	int fd = openat(dir, path, O_PATH | O_CLOEXEC);
	if (fd == -1 && (errno == ENOENT || errno == ENOTDIR))
		return HOOK_NONE;
	if (fd == -1 || fstat(fd, &st) == -1) {
		int error = errno;
		io_close(&fd);
		return refuse(why, size, "%s: %s", path, strerror(error));
	}
	const char *fault = trust_fault(fd, &st);
	io_close(&fd);
	return fault == NULL ? HOOK_STARTED : refuse(why, size, "%s %s", path, fault);
}

static enum hook_start check_all(int service, const char *path, char *why, size_t size)
{
	const char *const steps[] = {path, "update", "."}; /* who has no hook need not hear of his directories */
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		enum hook_start r = check(service, steps[i], why, size);
		if (r != HOOK_STARTED)
			return r;
	}
	return HOOK_STARTED;
}

/* ---- the start ---- */

static bool is_passed_on(const char *entry)
{
	/* MOULT_ names are ours to give; the descriptor is not the hook's. */
	return strncmp(entry, "MOULT_", 6) != 0 && strncmp(entry, "NOTIFICATION_FD=", 16) != 0 &&
	       !config_is_secret(entry);
}

/* The caller frees the list, whose entries are others'. NULL: no memory. */
static char **make_environment(const struct hook_words *words)
{
	size_t n = 0, count = 1 + words->count;
	for (char **e = environ; *e != NULL; e++)
		count++;
	char **list = calloc(count, sizeof(*list));
	if (list == NULL)
		return NULL;
	for (; n < words->count; n++)
		list[n] = words->list[n];
	for (char **e = environ; *e != NULL; e++)
		if (is_passed_on(*e))
			list[n++] = *e;
	return list;
}

/* Its pid with our end of the pipe in *out, or -1 with errno. */
static pid_t run(int service, const char *path, const char *argument, const struct hook_words *words, int *out)
{
	int pair[2] = {-1, -1}, null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	char **env = make_environment(words);
	char *argv[] = {(char *)path, (char *)argument, NULL};
	pid_t pid = -1;
	if (env != NULL && null != -1 && pipe2(pair, O_CLOEXEC) == 0 && fcntl(pair[0], F_SETFL, O_NONBLOCK) == 0) {
		int fds[] = {null, pair[1], pair[1]};
		struct spawn s = {.path = path,
				  .argv = argv,
				  .envp = env,
				  .cwd = service,
				  .fds = fds,
				  .nfds = 3,
				  .session = true,
				  .death_signal = SIGKILL};
		pid = spawn(&s);
	}
	int error = errno;
	free(env);
	io_close(&null);
	io_close(&pair[1]);
	if (pid == -1)
		io_close(&pair[0]);
	*out = pair[0];
	errno = error;
	return pid;
}

static enum hook_start start_failed(const char *path, int error, char *why, size_t size)
{
	switch (error) {
	case EACCES: return refuse(why, size, "%s is not executable for the updater's user; chmod +x it", path);
	case ENOENT: return refuse(why, size, "%s: the interpreter that its first line names is not there", path);
	case ENOEXEC:
		return refuse(why, size, "%s is no program: its first line has to be #!/bin/sh or the like", path);
	default: return refuse(why, size, "%s: %s", path, strerror(error));
	}
}

enum hook_start hook_start(struct hook *h, const struct config *config, const char *name, const char *argument,
			   const struct hook_words *words, int64_t now, char *why, size_t size)
{
	char path[PATH], place[PLACE];
	if (place_of(config, place) == NULL || text_format(path, sizeof(path), "update/%s", name) == -1)
		return HOOK_NONE;
	int service = open(place, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (service == -1 && (errno == ENOENT || errno == ENOTDIR))
		return HOOK_NONE;
	if (service == -1)
		return refuse(why, size, "%s: %s", place, strerror(errno));
	enum hook_start r = check_all(service, path, why, size);
	hook_init(h);
	if (r == HOOK_STARTED) {
		pid_t pid = run(service, path, argument, words, &h->fd);
		if (pid == -1)
			r = start_failed(path, errno, why, size);
		else
			h->pid = pid;
	}
	io_close(&service);
	if (r != HOOK_STARTED)
		return r;
	h->name = name;
	h->limit_ms = (int64_t)config->hook_timeout * 1000;
	h->deadline = now + h->limit_ms;
	return HOOK_STARTED;
}

/* ---- what it writes ---- */

static void end_line(struct hook *h)
{
	h->line[h->len] = '\0';
	h->len = 0;
	if (h->lines == HOOK_LINES) {
		h->unseen++;
		return;
	}
	h->lines++;
	log_info("%s: %s", h->name, h->line);
}

static void take(struct hook *h, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)bytes[i];
		if (c == '\n') {
			end_line(h);
			continue;
		}
		if (h->len == HOOK_LINE)
			end_line(h);
		h->line[h->len++] = (char)(c < ' ' || c == 0x7f ? ' ' : c);
	}
}

/* False when there is nothing more for now. */
static bool read_piece(struct hook *h)
{
	char bytes[PIECE];
	ssize_t n = read(h->fd, bytes, sizeof(bytes));
	if (n > 0)
		take(h, bytes, (size_t)n);
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		io_close(&h->fd);
	return n > 0;
}

void hook_read(struct hook *h)
{
	if (h->fd != -1)
		read_piece(h);
}

/* ---- the end ---- */

bool hook_reaped(struct hook *h, pid_t pid, int status)
{
	if (h->pid == 0 || pid != h->pid)
		return false;
	h->pid = 0;
	h->deadline = CLOCK_NEVER;
	h->status = status;
	for (int i = 0; i < LAST_PIECES && h->fd != -1 && read_piece(h); i++)
		;
	io_close(&h->fd);
	if (h->len > 0)
		end_line(h);
	if (h->unseen > 0)
		log_info("%s: %lu lines more are not shown", h->name, h->unseen);
	return true;
}

/* The whole group; the pid stays its own until it is reaped. */
static void signal_all(const struct hook *h, int signal)
{
	if (h->pid != 0)
		kill(-h->pid, signal);
}

void hook_stop(struct hook *h, int64_t now)
{
	signal_all(h, SIGTERM);
	signal_all(h, SIGCONT);
	h->expired = true;
	h->deadline = now + HOOK_GRACE_MS;
}

void hook_expire(struct hook *h, int64_t now)
{
	if (!h->expired) {
		hook_stop(h, now);
		return;
	}
	signal_all(h, SIGKILL);
	h->killed = true;
	h->deadline = CLOCK_NEVER;
}

enum hook_outcome hook_outcome(const struct hook *h, char *why, size_t size)
{
	struct text t;
	text_begin(&t, why, size);
	if (h->expired)
		text_addf(&t, "took longer than %lld seconds (UPDATE_HOOK_TIMEOUT)%s", (long long)h->limit_ms / 1000,
			  h->killed ? " and had to be killed" : "");
	else if (WIFSIGNALED(h->status))
		text_addf(&t, "was killed by signal %d", WTERMSIG(h->status));
	else
		text_addf(&t, "exit code %d", WEXITSTATUS(h->status));
	if (h->expired || !WIFEXITED(h->status))
		return HOOK_SAYS_NO;
	switch (WEXITSTATUS(h->status)) {
	case 0: return HOOK_SAYS_YES;
	case HOOK_LATER: return HOOK_SAYS_LATER;
	default: return HOOK_SAYS_NO;
	}
}
