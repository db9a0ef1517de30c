#include "svc/sv_target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "lib/io.h"
#include "svc/sv_init.h"
#include "svc/sv_path.h"

struct sv sv; /* nothing in it is initialised: it is large, and would be in the file */

void sv_print(int fd, const struct text *t)
{
	(void)!io_write(fd, t->at, t->len);
}

void sv_fatal(const char *what)
{
	char buf[256];
	struct text t;

	text_begin(&t, buf, sizeof buf);
	text_addf(&t, "fatal: %s: %s\n", what, strerror(errno));
	sv_print(STDERR_FILENO, &t);
	exit(sv.lsb ? 151 : 100);
}

void sv_lost(void)
{
	errno = ECONNRESET;
	sv_fatal("init does not answer");
}

/* In runit's words. */
static const char *error_word(int error)
{
	switch (error) {
	case ENOENT: return "file does not exist";
	case EACCES: return "access denied";
	case ENOTDIR: return "not a directory";
	case ENAMETOOLONG: return "file name too long";
	case ELOOP: return "symbolic link loop";
	default: return strerror(error);
	}
}

/* A name can be longer than any buffer. In the middle of JSON this has no place. */
static void close_target(struct target *target, const char *kind, const char *why, int error)
{
	const char *parts[] = {
		kind, target->given, ": ", why, error == 0 ? "" : ": ", error == 0 ? "" : error_word(error), "\n"};

	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
		(void)!io_write(sv.json ? STDERR_FILENO : STDOUT_FILENO, parts[i], strlen(parts[i]));
	target->open = false;
}

static void fail(struct target *target, const char *why, int error)
{
	close_target(target, "fail: ", why, error);
	sv.failed++;
}

#define NOT_RUNNING "runsv not running" /* runit's words for it */

void sv_gone(struct target *target)
{
	if (sv.exits)
		close_target(target, "ok: ", NOT_RUNNING, 0);
	else
		fail(target, NOT_RUNNING, 0);
}

void sv_say(const char *prefix, const struct target *target)
{
	char buf[4608];
	struct text t;

	text_begin(&t, buf, sizeof buf);
	text_add(&t, prefix);
	if (sv_state_is(&target->now, "gone"))
		text_addf(&t, "%.4096s: " NOT_RUNNING, target->given);
	else
		sv_state_line(&target->now, target->given, &t);
	text_add(&t, "\n");
	sv_print(STDOUT_FILENO, &t);
}

static void note_now(void *ctx, const struct sv_state *s)
{
	struct target *target = ctx;

	target->now = *s;
}

/* What runit's sv would have tripped over. */
static void say_unknown(struct target *target)
{
	int error = sv_path_check(sv.svdir, target->given);

	if (error == 0)
		sv_gone(target);
	else
		fail(target, "unable to change to service directory", error);
}

static int ask(struct target *target, const char *verb, char code[SV_REFUSAL], char why[SV_REFUSAL])
{
	int asked = sv_init_ask(sv.fd, verb, target->name, note_now, target, code, why);

	if (asked == -1)
		sv_lost();
	return asked;
}

void sv_request(struct target *target, const char *verb)
{
	char code[SV_REFUSAL], why[SV_REFUSAL];

	if (target->name[0] == '\0')
		say_unknown(target);
	else if (ask(target, verb, code, why) == 0)
		return;
	else if (strcmp(code, "unknown") == 0)
		say_unknown(target);
	else
		fail(target, why, 0);
}

void sv_look(struct target *target)
{
	char code[SV_REFUSAL], why[SV_REFUSAL];

	if (ask(target, "status", code, why) != 0)
		(void)!text_format(target->now.state, sizeof target->now.state, "gone");
}

static struct target *next_target(void)
{
	struct target *target = &sv.targets[sv.n];

	if (sv.n == SV_TARGETS) {
		errno = E2BIG;
		sv_fatal("too many services");
	}
	sv.n++;
	target->open = true;
	return target;
}

/* Loggers are shown with their services. */
static void add_target(void *ctx, const struct sv_state *s)
{
	struct target *target;

	(void)ctx;
	if (strchr(s->service, '/') != NULL)
		return;
	target = next_target();
	target->now = *s;
	target->given = target->now.service;
}

struct target *sv_find(const char *name)
{
	struct target *target = next_target();

	target->given = name;
	sv_path_name(sv.svdir, name, target->name, sizeof target->name);
	sv_request(target, "status");
	return target;
}

void sv_find_these(char **names)
{
	for (; *names != NULL; names++)
		sv_find(*names);
}

void sv_find_all(void)
{
	char code[SV_REFUSAL], why[SV_REFUSAL];

	if (sv_init_ask(sv.fd, "status", "", add_target, NULL, code, why) != 0)
		sv_lost();
}
