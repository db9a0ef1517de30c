/* moult: the command. Asks the updater, over its socket in RUN_DIR, and prints what it says.
 *
 * Exit codes: 0 done; 1 it said no; 100 asked wrongly; 111 the system failed (the updater cannot be reached). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "lib/io.h"
#include "lib/log.h"
#include "lib/rundir.h"
#include "lib/text.h"
#include "lib/wire.h"
#include "updater/json.h"

#define LINE 6144

static bool json;     /* print what came, as JSON */
static bool terminal; /* progress may be drawn */
static bool drawn;    /* a progress line stands there, unfinished */
static unsigned count;

static void print(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void print(const char *format, ...)
{
	char line[LINE];
	struct text t;
	va_list args;
	text_begin(&t, line, sizeof(line));
	va_start(args, format);
	text_addv(&t, format, args);
	va_end(args);
	if (io_write(STDOUT_FILENO, line, t.len) == -1)
		log_die("cannot write");
}

/* A value of the packet, "" when it has none. */
static const char *value(const struct wire *w, const char *key, char out[LINE])
{
	if (wire_get(w, key, out, LINE) == -1)
		out[0] = '\0';
	return out;
}

static bool is_on(const struct wire *w, const char *key)
{
	uint64_t n;
	return wire_get_number(w, key, 0, 1, &n) == 0 && n == 1;
}

/* A packet as it is: an object of its keys. */
static void print_json(const struct wire *w)
{
	char line[2 * LINE], copy[WIRE_MAX + 1];
	struct text t;
	text_begin(&t, line, sizeof(line));
	memcpy(copy, w->bytes, w->text.len + 1);
	json_begin(&t);
	char *rest = copy, *pair;
	while ((pair = strsep(&rest, "\n")) != NULL) {
		char *equals = strchr(pair, '=');
		if (equals == NULL)
			continue;
		*equals = '\0';
		json_text(&t, pair, equals + 1);
	}
	json_end(&t);
	print("%s\n", line);
}

static void print_field(const struct wire *w, const char *key, const char *label)
{
	char text[LINE];
	if (value(w, key, text)[0] != '\0')
		print("%s: %s\n", label, text);
}

static void print_time(const struct wire *w, const char *key, const char *label)
{
	uint64_t when;
	struct tm tm;
	if (wire_get_number(w, key, 1, INT64_MAX, &when) == -1)
		return;
	time_t seconds = (time_t)when;
	if (gmtime_r(&seconds, &tm) != NULL)
		print("%s: %04d-%02d-%02d %02d:%02d:%02d UTC\n", label, tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
		      tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static void print_status(const struct wire *w)
{
	char text[LINE], phase[LINE];
	if (value(w, "fault", text)[0] != '\0') {
		print("  wrong: %s\n", text);
		return;
	}
	print_field(w, "current", "running version");
	print_field(w, "previous", "version before");
	print("app: %s%s\n", value(w, "app", text), is_on(w, "ready") ? ", ready" : "");
	print("updater: %s", value(w, "updater", text));
	if (strcmp(value(w, "phase", phase), "idle") != 0)
		print(", phase %s", phase);
	if (value(w, "candidate", text)[0] != '\0')
		print(", to %s", text);
	print("\n");
	print_field(w, "problem", "problem");
	print_field(w, "source", "source");
	print_field(w, "mode", "mode");
	if (value(w, "next-poll", text)[0] != '\0')
		print("next look: in %s seconds\n", text);
	print_time(w, "not-before", "the forge says not before");
	print_field(w, "floor", "went back from");
	print_field(w, "last", "last result");
	print_time(w, "last-when", "last result at");
}

static void print_list(const struct wire *w)
{
	char tag[LINE], bad[LINE];
	print("%s %s%s%s%s%s\n", is_on(w, "current") ? "*" : " ", value(w, "tag", tag),
	      is_on(w, "image") ? " (image)" : "", is_on(w, "previous") ? " (previous)" : "",
	      value(w, "bad", bad)[0] != '\0' ? " bad: " : "", bad);
}

static void print_plan(const struct wire *w)
{
	char tag[LINE], verdict[LINE], asset[LINE], sums[LINE], reason[LINE];
	value(w, "reason", reason);
	value(w, "sums", sums);
	print("%s %s%s%s%s%s%s%s\n", value(w, "tag", tag), value(w, "verdict", verdict), reason[0] != '\0' ? ": " : "",
	      reason, reason[0] == '\0' ? ": " : "", reason[0] == '\0' ? value(w, "asset", asset) : "",
	      sums[0] != '\0' && reason[0] == '\0' ? ", checked by " : "", reason[0] == '\0' ? sums : "");
}

static void print_event(const struct wire *w)
{
	char text[LINE];
	print("%s\n", value(w, "event", text));
}

/* On a terminal one line that is drawn over and over; elsewhere nothing. */
static void draw_progress(uint64_t bytes, uint64_t total)
{
	if (!terminal || total == 0)
		return;
	print("\r\033[K%llu of %llu KiB, %llu %%", (unsigned long long)bytes / 1024, (unsigned long long)total / 1024,
	      (unsigned long long)(bytes * 100 / total));
	drawn = true;
}

static void end_progress(void)
{
	if (drawn)
		print("\r\033[K");
	drawn = false;
}

struct command {
	const char *name;
	bool takes_tag;
	void (*show)(const struct wire *w);
	const char *none; /* what is said when nothing comes */
};

static const struct command commands[] = {
	{"status", false, print_status, NULL},
	{"check", false, print_event, NULL},
	{"plan", false, print_plan, "the forge has no releases, or none were looked at yet"},
	{"update", true, print_event, NULL},
	{"rollback", true, print_event, NULL},
	{"list", false, print_list, "no release is on disk"},
	{"history", false, print_event, "nothing was tried yet"},
};

static void show(const struct command *command, const struct wire *w)
{
	uint64_t bytes, total;
	count++;
	if (wire_get_number(w, "bytes", 0, INT64_MAX, &bytes) == 0 && command->show == print_event) {
		if (wire_get_number(w, "total", 0, INT64_MAX, &total) == 0)
			draw_progress(bytes, total);
		return;
	}
	end_progress();
	if (json)
		print_json(w);
	else
		command->show(w);
}

/* Speaks with the updater until its last packet. Returns the exit code. */
static int converse(int fd, const struct command *command, const char *tag)
{
	struct wire w;
	const char *code, *text;
	for (;;) {
		int n = wire_recv(fd, &w);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0) {
			end_progress();
			log_error("the updater ended the conversation%s%s", n == -1 ? ": " : "",
				  n == -1 ? strerror(errno) : "");
			return 111;
		}
		switch (wire_classify(&w, &code, &text)) {
		case WIRE_DATA: show(command, &w); break;
		case WIRE_OK:
			end_progress();
			if (count == 0 && command->none != NULL && !json)
				print("%s\n", command->none);
			return 0;
		case WIRE_ERR:
			end_progress();
			log_error("%s%s%s (%s)", tag != NULL ? tag : "", tag != NULL ? ": " : "", text, code);
			return strcmp(code, "usage") == 0 || strcmp(code, "unknown") == 0 ? 100 : 1;
		}
	}
}

static int run(const struct command *command, const char *tag)
{
	const char *dir = getenv("RUN_DIR");
	if (dir == NULL || dir[0] == '\0')
		dir = RUNDIR_DEFAULT;
	int fd = rundir_connect(dir, "updater.sock");
	if (fd == -1)
		log_die("the updater cannot be reached in RUN_DIR=%s", dir);
	/* One that is full says so and hangs up before it was asked: then there is something to read all the same. */
	if (wire_say(fd, "%s%s%s", command->name, tag != NULL ? " " : "", tag != NULL ? tag : "") == -1 &&
	    errno != EPIPE)
		log_die("the updater cannot be asked");
	return converse(fd, command, tag);
}

static const char usage[] = "usage: moult status [--json]      what runs, and what the updater does\n"
			    "       moult check                look for a newer release now\n"
			    "       moult plan [--json]        every release, and what is said against it\n"
			    "       moult update [TAG]         install the newest, or this one\n"
			    "       moult rollback [TAG]       go back to the release before, or to this one\n"
			    "       moult list [--json]        the releases on disk\n"
			    "       moult history              what was tried\n";

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	log_usage("%s: no such command; moult -h lists them", name);
}

int main(int argc, char **argv)
{
	const char *tag = NULL;
	log_start("moult", LOG_TEXT, LOG_LEVEL_INFO);
	terminal = isatty(STDOUT_FILENO) == 1;
	if (argc < 2)
		log_usage("say what to do; moult -h lists the commands");
	if (strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0) {
		print("%s", usage);
		return 0;
	}
	if (strcmp(argv[1], "-V") == 0) {
		print("moult %s\n", VERSION);
		return 0;
	}
	const struct command *command = find_command(argv[1]);
	for (int i = 2; i < argc; i++) {
		if (strcmp(argv[i], "--json") == 0)
			json = true;
		else if (argv[i][0] == '-' || !command->takes_tag || tag != NULL)
			log_usage("%s: %s does not take this; moult -h", argv[i], command->name);
		else
			tag = argv[i];
	}
	return run(command, tag);
}
