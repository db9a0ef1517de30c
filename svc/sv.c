/* sv: controls and shows services, with the command line, the output and the exit codes of runit's sv.
 *
 * Rights: the caller's; init decides what he may. It waits by being told of changes, and never looks again and again.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "lib/env.h"
#include "lib/io.h"
#include "lib/text.h"
#include "svc/sv_init.h"
#include "svc/sv_show.h"
#include "svc/sv_target.h"
#include "svc/sv_wait.h"

/* A letter stands for any word that begins with it and has no line of its own. */
static const struct action {
	char name[15];
	char letter;
	char requests[3][10];
	enum goal goal;
	bool waits; /* else with -v only */
	bool kills; /* what is not done in time */
} actions[] = {
	{"up", 'u', {"up"}, UP, false, false},
	{"down", 'd', {"down"}, DOWN, false, false},
	{"once", 'o', {"once"}, ONCE, false, false},
	{"pause", 'p', {"pause"}, PAUSED, false, false},
	{"cont", 'c', {"cont"}, GOING_ON, false, false},
	{"hup", 'h', {"hup"}, DONE, false, false},
	{"alarm", 'a', {"alarm"}, DONE, false, false},
	{"interrupt", 'i', {"interrupt"}, DONE, false, false},
	{"quit", 'q', {"quit"}, DONE, false, false},
	{"1", '1', {"1"}, DONE, false, false},
	{"2", '2', {"2"}, DONE, false, false},
	{"term", 't', {"term"}, ANOTHER, false, false},
	{"kill", 'k', {"kill"}, ANOTHER, false, false},
	{"exit", 'e', {"exit"}, GONE, false, false},
	{"x", 'x', {"exit"}, GONE, false, false},
	{"start", 0, {"up"}, UP, true, false},
	{"stop", 0, {"down"}, DOWN, true, false},
	{"reload", 0, {"hup"}, DONE, true, false},
	{"restart", 0, {"term", "cont", "up"}, ANOTHER, true, false},
	{"try-restart", 0, {"term", "cont"}, ANOTHER, true, false},
	{"shutdown", 0, {"exit"}, GONE, true, false},
	{"force-stop", 'D', {"down"}, DOWN, true, true},
	{"force-reload", 'T', {"term", "cont"}, ANOTHER, true, true},
	{"force-restart", 0, {"term", "cont", "up"}, ANOTHER, true, true},
	{"force-shutdown", 'X', {"exit"}, GONE, true, true},
	{"E", 'E', {"exit"}, GONE, true, true},
	{"check", 0, {""}, HEALTHY, true, false},
};

static const char more_usage[] = "       sv [--json] status|watch [service ...]\n"
				 "commands: up down once pause cont hup alarm interrupt quit 1 2 term kill exit\n"
				 "          start stop restart reload try-restart shutdown check\n"
				 "          force-stop force-reload force-restart force-shutdown\n";

static const char version[] = "sv (moult) " VERSION "\n";

static void __attribute__((noreturn)) usage(int fd, int code)
{
	char buf[1024];
	struct text t;

	text_begin(&t, buf, sizeof buf);
	text_addf(&t, "usage: %.200s%s", sv.self,
		  sv.lsb ? " [-w sec] command\n" : " [-v] [-w sec] command service ...\n");
	if (!sv.lsb)
		text_add(&t, more_usage);
	sv_print(fd, &t);
	exit(sv.lsb && code != 0 ? 2 : code);
}

static void __attribute__((noreturn)) wrong_option(const char *what, char letter)
{
	char buf[512];
	struct text t;

	text_begin(&t, buf, sizeof buf);
	text_addf(&t, "%.200s: %s -- %c\n", sv.self, what, letter);
	sv_print(STDERR_FILENO, &t);
	usage(STDERR_FILENO, 100);
}

/* From here on each change is told, so that what init does at once is not missed. */
static int begin_waiting(void)
{
	for (struct target *t = sv.targets; t < sv.targets + sv.n; t++) {
		if (t->open)
			return sv_wait_begin();
	}
	return -1;
}

static void act(const struct action *action, char **names)
{
	int watch = -1;

	sv.exits = action->goal == GONE;
	sv_find_these(names);
	if (action->waits || sv.verbose)
		watch = begin_waiting();
	for (struct target *t = sv.targets; t < sv.targets + sv.n; t++) {
		for (int i = 0; i < 3 && t->open && action->requests[i][0] != '\0'; i++)
			sv_request(t, action->requests[i]);
		if (watch != -1)
			sv_wait_note(watch);
	}
	if (watch != -1)
		sv_wait(watch, action->goal, action->kills);
}

static const struct action *find_action(const char *word)
{
	const struct action *by_letter = NULL;

	for (const struct action *a = actions; a < actions + sizeof actions / sizeof actions[0]; a++) {
		if (strcmp(a->name, word) == 0)
			return a;
		if (a->letter != '\0' && a->letter == word[0])
			by_letter = a;
	}
	return by_letter;
}

static void read_wait(const char *what, const char *text)
{
	char buf[128];

	if (env_number(text, 0, INT32_MAX, &sv.wait) == 0)
		return;
	(void)!text_format(buf, sizeof buf, "%s '%.40s'; it must be seconds from 0 to %d", what, text, INT32_MAX);
	errno = EINVAL;
	sv_fatal(buf);
}

/* One argument of options; returns the last argument that belongs to it. */
static char **read_letters(char **argv)
{
	for (const char *c = *argv + 1; *c != '\0'; c++) {
		switch (*c) {
		case 'w':
			if (c[1] == '\0' && argv[1] == NULL)
				wrong_option("option requires an argument", 'w');
			read_wait("-w", c[1] != '\0' ? c + 1 : *++argv);
			sv.verbose = true; /* whoever says how long to wait wants to wait */
			return argv;
		case 'v': sv.verbose = true; break;
		case 'V': exit(io_write(STDOUT_FILENO, version, sizeof version - 1) == -1 ? 111 : 0);
		case 'h': usage(STDOUT_FILENO, 0);
		default: wrong_option("illegal option", *c);
		}
	}
	return argv;
}

static char **read_options(char **argv)
{
	for (; *argv != NULL && (*argv)[0] == '-' && (*argv)[1] != '\0'; argv++) {
		if (strcmp(*argv, "--") == 0)
			return argv + 1;
		if (strcmp(*argv, "--json") == 0)
			sv.json = true;
		else
			argv = read_letters(argv);
	}
	return argv;
}

/* `status` and `watch`, and what runit's sv takes for status. An init script has to say it in full. */
static bool shows(const char *word)
{
	return strcmp(word, "watch") == 0 || (sv.lsb ? strcmp(word, "status") == 0 : word[0] == 's');
}

static void read_environment(char *argv0)
{
	const char *slash = strrchr(argv0, '/');
	const char *svdir = getenv("SVDIR"), *wait = getenv("SVWAIT");

	sv.self = slash == NULL ? argv0 : argv0 + (slash + 1 - argv0);
	sv.lsb = strcmp(sv.self, "sv") != 0;
	sv.svdir = svdir != NULL && svdir[0] != '\0' ? svdir : "/service";
	sv.wait = 7;
	if (wait != NULL && wait[0] != '\0')
		read_wait("SVWAIT", wait);
}

int main(int argc, char **argv)
{
	char *self[] = {NULL, NULL}, **names;
	const struct action *action;

	if (argc == 0)
		return 100;
	read_environment(argv[0]);
	argv = read_options(argv + 1);
	if (argv[0] == NULL)
		usage(STDERR_FILENO, 100);
	action = find_action(argv[0]);
	if (action == NULL && !shows(argv[0]))
		usage(STDERR_FILENO, 100);
	self[0] = sv.self;
	names = sv.lsb ? self : argv + 1;
	if (action == NULL && argv[1] != NULL && strcmp(argv[1], "--json") == 0) {
		sv.json = true;
		names += !sv.lsb;
	}
	if (action != NULL && names[0] == NULL)
		usage(STDERR_FILENO, 100);
	if ((sv.fd = sv_init_connect()) == -1)
		sv_fatal("cannot reach init on its socket");
	if (action != NULL)
		act(action, names);
	else if (argv[0][0] == 'w')
		sv_show_changes(names);
	else
		sv_show_status(names);
	return sv.failed > 99 ? 99 : sv.failed;
}
