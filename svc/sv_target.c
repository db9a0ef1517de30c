#include "svc/sv_target.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "lib/io.h"
#include "svc/sv_init.h"

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

static void fail(struct target *target, const char *why)
{
	char buf[512];
	struct text t;

	text_begin(&t, buf, sizeof buf);
	text_addf(&t, "fail: %s: %s\n", target->given, why);
	sv_print(STDOUT_FILENO, &t);
	target->open = false;
	sv.failed++;
}

/* PREFIX: `ok: `, or nothing. */
void sv_say(const char *prefix, const struct target *target)
{
	char buf[512];
	struct text t;

	text_begin(&t, buf, sizeof buf);
	text_add(&t, prefix);
	if (sv_state_is(&target->now, "gone"))
		text_addf(&t, "%s: runsv not running", target->given); /* runit's words for it */
	else
		sv_state_line(&target->now, target->given, &t);
	text_add(&t, "\n");
	sv_print(STDOUT_FILENO, &t);
}

/* What init calls a service: NAME or NAME/log, also when it was given as a path. */
int sv_name(const char *given, char *out, size_t size)
{
	size_t end = strlen(given), start, dir = strlen(sv.svdir);

	if (strncmp(given, sv.svdir, dir) == 0 && given[dir] == '/')
		return sv_name(given + dir + 1, out, size);
	while (end > 1 && given[end - 1] == '/')
		end--;
	for (start = end; start > 0 && given[start - 1] != '/'; start--)
		;
	if (start > 1 && end - start == 3 && strncmp(given + start, "log", 3) == 0) {
		for (start--; start > 0 && given[start - 1] != '/'; start--)
			;
	}
	return text_format(out, size, "%.*s", (int)(end - start), given + start) == -1 ? -1 : 0;
}

static bool directory_exists(const struct target *target)
{
	char path[4096];

	return text_format(path, sizeof path, "%s/%s", sv.svdir, target->name) != -1 && access(path, F_OK) == 0;
}

static void note_now(void *ctx, const struct sv_state *s)
{
	struct target *target = ctx;

	target->now = *s;
}

/* Asks for one target; a refusal is a failure of that target. */
void sv_request(struct target *target, const char *verb)
{
	char code[SV_REFUSAL], why[SV_REFUSAL];
	int asked = sv_init_ask(sv.fd, verb, target->name, note_now, target, code, why);

	if (asked == -1)
		sv_lost();
	if (asked == 1 && strcmp(code, "unknown") != 0)
		fail(target, why);
	else if (asked == 1)
		fail(target, directory_exists(target) ? "runsv not running"
						      : "unable to change to service directory: file does not exist");
}

/* A logger is shown with its service. */
static void add_target(void *ctx, const struct sv_state *s)
{
	struct target *target = &sv.targets[sv.n];

	(void)ctx;
	if (sv.n == SV_TARGETS || strchr(s->service, '/') != NULL)
		return;
	target->now = *s;
	target->given = target->now.service;
	target->open = true;
	sv.n++;
}

void sv_find(char **names)
{
	for (; names[sv.n] != NULL; sv.n++) {
		struct target *target = &sv.targets[sv.n];

		if (sv.n == SV_TARGETS) {
			errno = E2BIG;
			sv_fatal("too many services");
		}
		target->given = names[sv.n];
		target->open = true;
		if (sv_name(target->given, target->name, sizeof target->name) == -1)
			fail(target, "unable to change to service directory: file name too long");
		else
			sv_request(target, "status");
	}
}

void sv_find_all(void)
{
	char code[SV_REFUSAL], why[SV_REFUSAL];

	if (sv_init_ask(sv.fd, "status", "", add_target, NULL, code, why) != 0)
		sv_lost();
}
