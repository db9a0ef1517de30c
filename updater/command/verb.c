#include "updater/command/verb.h"

#include <string.h>
#include "updater/command/out.h"
#include "updater/command/show.h"

static const struct verb verbs[] = {
	{.name = "status",
	 .arguments = "",
	 .show = show_status,
	 .brief = "what runs, and what the updater does",
	 .help = "Answered at once, also in the middle of an update, and to everybody.\n",
	 .example = "moult status --json | jq -r .current"},
	{.name = "check",
	 .arguments = "",
	 .show = show_event,
	 .follows = true,
	 .brief = "look for a newer release now",
	 .help = "Does about it what UPDATE_MODE says, and ends when that is over.\n",
	 .example = "moult check && echo it is the newest"},
	{.name = "plan",
	 .arguments = "[--notes]",
	 .show = show_plan,
	 .follows = true,
	 .none = "the forge has no releases, or none were looked at yet",
	 .brief = "every release, and what is said against it",
	 .help = "Looks anew and installs nothing. Who may not command sees what the last look brought.\n"
		 "--notes shows behind it what the chosen release's people say of it, as `moult notes TAG` does.\n",
	 .example = "moult plan --json | jq -r 'select(.verdict == \"chosen\").tag'"},
	{.name = "update",
	 .arguments = "[TAG]",
	 .most = 1,
	 .show = show_event,
	 .follows = true,
	 .brief = "install the newest, or this one",
	 .help = "Whatever UPDATE_MODE says; a TAG also when it is lower, a prerelease, or was bad.\n",
	 .example = "moult update v1.4.2"},
	{.name = "rollback",
	 .arguments = "[TAG]",
	 .most = 1,
	 .show = show_event,
	 .follows = true,
	 .brief = "go back to the release before, or to this one",
	 .help = "It has to be on disk. Nothing up to the version that was left comes by itself afterwards.\n",
	 .example = "moult rollback"},
	{.name = "notes",
	 .arguments = "TAG",
	 .least = 1,
	 .most = 1,
	 .show = show_notes,
	 .follows = true,
	 .none = "nothing is said of it",
	 .brief = "what a release's people say of it",
	 .help = "As the forge has it, without what a terminal would obey; no more than 16 KiB of it.\n",
	 .example = "moult notes v1.4.2"},
	{.name = "start",
	 .arguments = "[SELECTOR [PROFILE]]",
	 .most = 2,
	 .show = show_event,
	 .follows = true,
	 .brief = "start the app, with the release that is chosen",
	 .help = "Without a SELECTOR what runs or last ran. Otherwise\n"
		 "  :current  the same\n"
		 "  :new      the newest that the forge has, as `moult update`\n"
		 "  :latest   the highest good one on disk\n"
		 "  :stable   the one that was marked so\n"
		 "  TAG       this one, from the disk or from the forge\n"
		 "The app is up afterwards, also when it was stopped. A PROFILE (NAME for NAME.json in\n"
		 "STATE_DIR/profiles or PROFILE_DIR) says with which variables, arguments and limits; it is read\n"
		 "now and kept, through updates, until another one is named; none takes it away.\n",
	 .example = "moult start :stable debug"},
	{.name = "stop",
	 .arguments = "",
	 .show = show_event,
	 .follows = true,
	 .brief = "stop the app",
	 .help = "It stays so, through updates as well, until `moult start` or `sv up`.\n",
	 .example = "moult stop && moult start"},
	{.name = "stable",
	 .arguments = "show | mark [TAG]",
	 .least = 1,
	 .most = 2,
	 .first = "show\0mark\0",
	 .show = show_stable,
	 .none = "no release is marked stable",
	 .brief = "which release is marked stable; mark one",
	 .help = "mark takes the one that runs, or TAG, which has to be on disk. It is kept there, whatever\n"
		 "UPDATE_KEEP says, until another one is marked.\n",
	 .example = "moult stable mark v1.4.2"},
	{.name = "pause",
	 .arguments = "[DURATION]",
	 .most = 1,
	 .show = show_event,
	 .brief = "install nothing by itself for a while",
	 .help = "For seconds, or 90m, 12h, 7d; without a DURATION until `moult resume`. It goes on looking, and\n"
		 "says what is there; `moult update` and `moult start` install all the same. A release that turns\n"
		 "out bad is left all the same, too.\n",
	 .example = "moult pause 12h"},
	{.name = "resume",
	 .arguments = "",
	 .show = show_event,
	 .brief = "end the pause, and look",
	 .help = "",
	 .example = "moult resume"},
	{.name = "verify",
	 .arguments = "[TAG]",
	 .most = 1,
	 .show = show_verify,
	 .follows = true,
	 .brief = "compare a release on disk with what was shipped",
	 .help = "The one that runs, or TAG; by hash. What is missing, damaged or changed is told, one line each;\n"
		 "exit code 1 when something is missing or damaged. A file that is no program and was written to\n"
		 "may be the app's own work: it is changed, not damaged.\n",
	 .example = "moult verify || moult rollback"},
	{.name = "gc",
	 .arguments = "",
	 .show = show_event,
	 .brief = "remove old releases now",
	 .help = "As after each update: the running, the previous and the stable one stay, UPDATE_KEEP others, and\n"
		 "those that hold files of the app's which were not taken along.\n",
	 .example = "moult gc"},
	{.name = "exec",
	 .arguments = "PROGRAM [ARGUMENT ...]",
	 .least = 1,
	 .brief = "become this program, as the profile says",
	 .help = "For the app's run script or an image's CMD: asks nobody, sets what the profile in STATE_DIR says, "
		 "adds\n"
		 "its arguments behind these, and executes. \n",
	 .example = "moult exec /app/yourapp --port 80"},
	{.name = "list",
	 .arguments = "",
	 .show = show_list,
	 .none = "no release is on disk",
	 .brief = "the releases on disk, the highest first",
	 .help = "A star is before the one that runs.\n",
	 .example = "moult list --json"},
	{.name = "history",
	 .arguments = "[-n NUMBER]",
	 .show = show_history,
	 .none = "nothing was tried yet",
	 .brief = "what was tried, the newest last",
	 .help = "The last 20 events, or NUMBER; with --json as they stand in the file.\n"
		 "No more than the last 16 KiB of it are read, which is about a hundred.\n",
	 .example = "moult history -n 5"},
};

const struct verb *verb_find(const char *name)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

void verb_print_all(void)
{
	static const char gap[] = "                            ";
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		const struct verb *v = &verbs[i];
		char usage[80];
		if (text_format(usage, sizeof(usage), "%s%s%s", v->name, v->arguments[0] == '\0' ? "" : " ",
				v->arguments) == -1)
			continue;
		int space = strlen(usage) < strlen(gap) ? (int)(strlen(gap) - strlen(usage)) : 1;
		out_print("%s moult %s%.*s%s\n", i == 0 ? "usage:" : "      ", usage, space, gap, v->brief);
	}
	out_print("Each that asks takes --json and prints objects then, one a line; `moult VERB -h` tells more of it.\n"
		  "exit codes: 0 done; 1 the updater said no; 100 asked wrongly; 111 the updater cannot be reached\n");
}

void verb_print(const struct verb *v)
{
	out_print("usage: moult %s%s%s%s\n%s.\n%s", v->name, v->arguments[0] == '\0' ? "" : " ", v->arguments,
		  v->show == NULL ? "" : " [--json]", v->brief, v->help);
	out_print("example: %s\n", v->example);
}
