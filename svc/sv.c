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

static const struct action {
	char name[15];
	char letter; /* runit knows the action by it as well */
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
	{"exit", 'x', {"exit"}, GONE, false, false},
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
	{"check", 0, {""}, HEALTHY, true, false},
};

static const char usage_text[] = "usage: sv [-v] [-w sec] command service ...\n"
				 "       sv [--json] status|watch [service ...]\n"
				 "commands: up down once pause cont hup alarm interrupt quit 1 2 term kill exit\n"
				 "          start stop restart reload try-restart shutdown check\n"
				 "          force-stop force-reload force-restart force-shutdown\n";

static const char version[] = "sv (moult) " VERSION "\n";

static void __attribute__((noreturn)) usage(int fd, int code)
{
	(void)!io_write(fd, usage_text, sizeof usage_text - 1);
	exit(sv.lsb ? 2 : code);
}

static void act(const struct action *action, char **names)
{
	bool waits = action->waits || sv.verbose, any = false;
	int watch = -1;

	sv_find(names);
	for (struct target *t = sv.targets; t < sv.targets + sv.n; t++)
		any |= t->open;
	if (any && waits)
		watch = sv_wait_begin();
	for (struct target *t = sv.targets; t < sv.targets + sv.n; t++) {
		for (int i = 0; i < 3 && t->open && action->requests[i][0] != '\0'; i++)
			sv_request(t, action->requests[i]);
	}
	if (any && waits)
		sv_wait(watch, action->goal, action->kills);
}

static const struct action *find_action(const char *name)
{
	for (const struct action *a = actions; a < actions + sizeof actions / sizeof actions[0]; a++) {
		if (strcmp(a->name, name) == 0 || (a->letter != 0 && a->letter == name[0] && name[1] == '\0'))
			return a;
	}
	return NULL;
}

static void read_wait(const char *what, const char *text)
{
	char buf[128];

	if (text != NULL && env_number(text, 0, 86400, &sv.wait) == 0)
		return;
	if (text_format(buf, sizeof buf, "%s '%.40s'; it must be seconds from 0 to 86400", what,
			text == NULL ? "" : text) == -1)
		buf[0] = '\0';
	errno = EINVAL;
	sv_fatal(buf);
}

static char **read_options(char **argv)
{
	for (; *argv != NULL && (*argv)[0] == '-'; argv++) {
		if (strcmp(*argv, "-v") == 0)
			sv.verbose = true;
		else if (strcmp(*argv, "--json") == 0)
			sv.json = true;
		else if (strncmp(*argv, "-w", 2) == 0)
			read_wait("-w", (*argv)[2] != '\0' ? *argv + 2 : *++argv);
		else if (strcmp(*argv, "-V") == 0)
			exit(io_write(STDOUT_FILENO, version, sizeof version - 1) == -1 ? 111 : 0);
		else
			usage(strcmp(*argv, "-h") == 0 ? STDOUT_FILENO : STDERR_FILENO,
			      strcmp(*argv, "-h") == 0 ? 0 : 100);
	}
	return argv;
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
	char *self[] = {NULL, NULL};
	const struct action *action;
	bool shows;

	if (argc == 0)
		usage(STDERR_FILENO, 100);
	read_environment(argv[0]);
	argv = read_options(argv + 1);
	if (argv[0] == NULL)
		usage(STDERR_FILENO, 100);
	action = find_action(argv[0]);
	shows = action == NULL &&
		(strcmp(argv[0], "status") == 0 || strcmp(argv[0], "s") == 0 || strcmp(argv[0], "watch") == 0);
	if (shows && argv[1] != NULL && strcmp(argv[1], "--json") == 0) {
		sv.json = true;
		argv[1] = argv[0];
		argv++;
	}
	self[0] = sv.self;
	if (!shows && (action == NULL || (!sv.lsb && argv[1] == NULL)))
		usage(STDERR_FILENO, 100);
	if ((sv.fd = sv_init_connect()) == -1)
		sv_fatal("cannot reach init on its socket");
	if (action != NULL)
		act(action, sv.lsb ? self : argv + 1);
	else if (argv[0][0] == 'w')
		sv_show_changes(sv.lsb ? self : argv + 1);
	else
		sv_show_status(sv.lsb ? self : argv + 1);
	return sv.failed > 99 ? 99 : sv.failed;
}
