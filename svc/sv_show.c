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

static void show_line(struct target *target)
{
	char buf[1024], logger[sizeof target->name + 4], code[SV_REFUSAL], why[SV_REFUSAL];
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

/* In an init script the exit code says it as LSB wants it: 0 runs, 3 does not, 4 is unknown. */
void sv_show_status(char **names)
{
	bool first = true;

	if (names[0] == NULL)
		sv_find_all();
	else
		sv_find(names);
	for (struct target *t = sv.targets; t < sv.targets + sv.n; t++) {
		if (!t->open)
			continue;
		if (sv.json)
			show_json(first ? "[" : ",\n ", t, "");
		else
			show_line(t);
		first = false;
	}
	if (sv.json)
		(void)!io_write(STDOUT_FILENO, first ? "[]\n" : "]\n", first ? 3 : 2);
	if (sv.lsb)
		exit(!sv.targets[0].open ? 4 : sv.targets[0].now.pid == 0 ? 3 : 0);
}

static bool is_named(char **names, const char *service)
{
	char name[sizeof sv.targets->name];

	for (; *names != NULL; names++) {
		if (sv_name(*names, name, sizeof name) == 0 && strcmp(name, service) == 0)
			return true;
	}
	return false;
}

void sv_show_changes(char **names)
{
	struct target target = {.given = target.now.service};
	bool all = names[0] == NULL;

	sv_find(names);
	if (sv.failed > 0)
		exit(sv.failed);
	if (sv_init_watch(sv.fd, "") == -1)
		sv_lost();
	while (sv_init_next(sv.fd, CLOCK_NEVER, &target.now) == 1) {
		if (!all && !is_named(names, target.now.service))
			continue;
		if (sv.json)
			show_json("", &target, "\n");
		else
			sv_say("", &target);
	}
	sv_lost();
}
