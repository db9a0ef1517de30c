#include "svc/sv_show.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "lib/clock.h"
#include "lib/io.h"
#include "svc/sv_init.h"
#include "svc/sv_target.h"

static void note_state(void *ctx, const struct sv_state *s)
{
	*(struct sv_state *)ctx = *s;
}

static void show_line(const struct target *target)
{
	char buf[5120], logger[sizeof target->name + 4], code[SV_REFUSAL], why[SV_REFUSAL];
	struct sv_state log;
	struct text t;

	text_begin(&t, buf, sizeof buf);
	sv_state_line(&target->now, target->given, &t);
	if (strcmp(target->now.log, "none") != 0 &&
	    text_format(logger, sizeof logger, "%s/log", target->now.service) != -1 &&
	    sv_init_ask(sv.fd, "status", logger, note_state, &log, code, why) == 0) {
		text_add(&t, "; ");
		sv_state_line(&log, "log", &t);
	}
	text_add(&t, "\n");
	sv_print(STDOUT_FILENO, &t);
}

static void show_json(const char *before, const struct target *target, const char *after)
{
	char buf[1024];
	struct text t;

	text_begin(&t, buf, sizeof buf);
	text_add(&t, before);
	sv_state_json(&target->now, &t);
	text_add(&t, after);
	sv_print(STDOUT_FILENO, &t);
}

static void show(const struct target *target, bool first)
{
	if (sv.json)
		show_json(first ? "[" : ",\n ", target, "");
	else
		show_line(target);
}

/* In an init script the exit code says it as LSB wants it: 0 runs, 3 does not, 4 is unknown. */
void sv_show_status(char **names)
{
	const struct target *target;
	bool none = true;

	if (names[0] == NULL)
		sv_find_all();
	for (size_t i = 0; i < sv.n; i++, none = false)
		show(&sv.targets[i], none);
	for (; *names != NULL; names++) {
		target = sv_find(*names);
		if (target->open)
			show(target, none), none = false;
	}
	if (sv.json)
		(void)!io_write(STDOUT_FILENO, none ? "[]\n" : "]\n", none ? 3 : 2);
	if (sv.lsb)
		exit(!sv.targets[0].open ? 4 : sv_state_down(&sv.targets[0].now) ? 3 : 0);
}

static bool is_named(const char *service)
{
	for (size_t i = 0; i < sv.n; i++) {
		if (strcmp(sv.targets[i].name, service) == 0)
			return true;
	}
	return sv.n == 0;
}

void sv_show_changes(char **names)
{
	struct target target = {.given = target.now.service};

	sv_find_these(names);
	if (sv.failed > 0)
		exit(sv.failed > 99 ? 99 : sv.failed);
	if (sv_init_watch(sv.fd, "") == -1)
		sv_lost();
	while (sv_init_next(sv.fd, CLOCK_NEVER, &target.now) == 1) {
		if (!is_named(target.now.service))
			continue;
		if (sv.json)
			show_json("", &target, "\n");
		else
			sv_say("", &target);
	}
	sv_lost();
}
