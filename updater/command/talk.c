#include "updater/command/talk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "lib/clock.h"
#include "lib/io.h"
#include "lib/log.h"
#include "lib/rundir.h"
#include "updater/command/out.h"
#include "updater/command/progress.h"

struct talk {
	const struct verb *verb;
	const char *request;
	bool json;
	unsigned shown;	       /* packets */
	char chosen[OUT_LINE]; /* the release that a plan chose, "" none */
};

/* How far the download is. False when the packet says something else. */
static bool show_progress(const struct talk *t, const struct wire *w)
{
	uint64_t bytes, total;
	if (!t->verb->follows || wire_get_number(w, "bytes", 0, INT64_MAX, &bytes) == -1 ||
	    wire_get_number(w, "total", 0, INT64_MAX, &total) == -1)
		return false;
	if (t->json)
		out_json(w);
	else
		progress_draw(bytes, total, clock_ms());
	return true;
}

static void show(struct talk *t, const struct wire *w)
{
	char line[OUT_LINE];
	if (show_progress(t, w))
		return;
	t->shown++;
	if (strcmp(out_value(w, "verdict", line), "chosen") == 0)
		out_value(w, "tag", t->chosen);
	progress_clear();
	if (!t->json)
		t->verb->show(w);
	else if (out_value(w, "event", line)[0] == '{') /* a line of the history is JSON already */
		out_print("%s\n", line);
	else
		out_json(w);
}

static int refused(const struct talk *t, const char *code, const char *text)
{
	if (t->json) {
		struct wire w;
		wire_begin(&w);
		wire_put(&w, "error", code);
		wire_put(&w, "text", text);
		out_json(&w);
	}
	log_error("%s: %s (%s)", t->request, text, code);
	return strcmp(code, "usage") == 0 || strcmp(code, "unknown") == 0 ? 100 : 1;
}

static int done(const struct talk *t)
{
	if (t->shown == 0 && t->verb->none != NULL && !t->json)
		out_print("%s\n", t->verb->none);
	return 0;
}

static int converse(int fd, struct talk *t)
{
	struct wire w;
	const char *code, *text;
	for (;;) {
		int n = wire_recv(fd, &w);
		if (n == -1 && errno == EINTR)
			continue;
		enum wire_kind kind = n == 1 ? wire_classify(&w, &code, &text) : WIRE_ERR;
		if (n == 1 && kind == WIRE_DATA) {
			show(t, &w);
			continue;
		}
		progress_clear();
		if (n == 1)
			return kind == WIRE_OK ? done(t) : refused(t, code, text);
		log_error("the updater ended the conversation%s%s", n == -1 ? ": " : "",
			  n == -1 ? strerror(errno) : "");
		return 111;
	}
}

static int ask(struct talk *t)
{
	const char *dir = getenv("RUN_DIR");
	if (dir == NULL || dir[0] == '\0')
		dir = RUNDIR_DEFAULT;
	int fd = rundir_connect(dir, "updater.sock");
	if (fd == -1)
		log_die("the updater cannot be reached in RUN_DIR=%s", dir);
	/* One that is full says so and hangs up before it was asked: then there is something to read all the same. */
	if (wire_say(fd, "%s", t->request) == -1 && errno != EPIPE)
		log_die("the updater cannot be asked");
	int code = converse(fd, t);
	io_close(&fd);
	return code;
}

int talk(const struct verb *verb, const char *request, bool json)
{
	struct talk t = {.verb = verb, .request = request, .json = json};
	return ask(&t);
}

int talk_of_notes(const struct verb *plan, bool json)
{
	static struct talk t;
	char request[OUT_LINE + 8];
	t = (struct talk){.verb = plan, .request = plan->name, .json = json};
	int code = ask(&t);
	if (code != 0 || t.chosen[0] == '\0' || text_format(request, sizeof(request), "notes %s", t.chosen) == -1)
		return code;
	if (!json)
		out_print("\n%s:\n", t.chosen);
	return talk(verb_find("notes"), request, json);
}
