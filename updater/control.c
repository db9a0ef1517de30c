#include "updater/control.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "lib/env.h"
#include "lib/io.h"
#include "lib/log.h"
#include "lib/rundir.h"
#include "lib/wire.h"
#include "updater/cycle.h"
#include "updater/obey.h"
#include "updater/report.h"

#define HISTORY_LINES 1000   /* more than are ever read */
#define CLIENT_BUFFER 262144 /* bytes of answers that may be on their way */

void control_open(struct control *c, const char *run_dir)
{
	const char *place;
	*c = (struct control){.fd = -1};
	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		c->clients[i].fd = -1;
	c->fd = rundir_listen(run_dir, "updater.sock", 0666, &place);
	if (c->fd == -1)
		log_warn_errno("moult(1) cannot be served in RUN_DIR=%s", run_dir);
	else if (strcmp(place, run_dir) != 0)
		log_info("RUN_DIR=%s cannot be written: moult(1) is served in %s", run_dir, place);
}

static void drop(struct control_client *client)
{
	io_close(&client->fd);
	client->follows = client->plan = false;
}

/* Sends; a client that is gone or does not read is none any more. */
static void answer(struct control_client *client, int sent)
{
	if (sent == -1)
		drop(client);
}

static void send_event(void *context, const char *text)
{
	struct control *c = context;
	struct wire w;
	wire_begin(&w);
	wire_put(&w, "event", text);
	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		if (c->clients[i].fd != -1 && c->clients[i].follows)
			answer(&c->clients[i], wire_send(c->clients[i].fd, &w));
}

static void send_packet(void *context, const struct wire *packet)
{
	struct control *c = context;
	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		if (c->clients[i].fd != -1 && c->clients[i].follows)
			answer(&c->clients[i], wire_send(c->clients[i].fd, packet));
}

static void send_progress(void *context, uint64_t done, uint64_t total)
{
	struct control *c = context;
	struct wire w;
	wire_begin(&w);
	wire_put_number(&w, "bytes", (int64_t)done);
	wire_put_number(&w, "total", (int64_t)total);
	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		if (c->clients[i].fd != -1 && c->clients[i].follows && wire_send(c->clients[i].fd, &w) == -1 &&
		    errno != EAGAIN) /* one picture less does not matter */
			drop(&c->clients[i]);
}

static void send_end(void *context, bool ok, const char *code, const char *text)
{
	struct control *c = context;
	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		struct control_client *client = &c->clients[i];
		if (client->fd == -1 || !client->follows)
			continue;
		if (ok && client->plan)
			answer(client, report_plan(client->fd, c->course));
		else if (ok && text[0] != '\0')
			answer(client, wire_say(client->fd, "event=%s", text));
		if (client->fd != -1)
			answer(client, ok ? wire_say(client->fd, "ok") : wire_say(client->fd, "err %s %s", code, text));
		client->follows = client->plan = false;
	}
}

void control_attach(struct control *c, struct course *course)
{
	c->course = course;
	course->listener = (struct course_listener){c, send_event, send_progress, send_packet, send_end};
}

void control_accept(struct control *c)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);
	int size = CLIENT_BUFFER;
	int fd = accept4(c->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd == -1)
		return;
	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		struct control_client *client = &c->clients[i];
		if (client->fd != -1)
			continue;
		bool known = getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0;
		if (setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)) == -1)
			log_debug("a client keeps the usual buffer");
		*client = (struct control_client){.fd = fd, .may = known && (peer.uid == 0 || peer.uid == geteuid())};
		return;
	}
	wire_refuse(fd, "err full %d clients are connected already", CONTROL_CLIENTS);
}

/* Begins what a person ordered; the client follows it from before its first step, which may already be its last. */
static void take_order(struct control *c, struct control_client *client, enum course_order order, const char *argument,
		       int64_t now)
{
	client->follows = true;
	client->plan = order == COURSE_PLAN;
	if (cycle_take_order(c->course, order, argument, now))
		return;
	client->follows = client->plan = false;
	answer(client, wire_say(client->fd, "err %s %s", c->course->answer.code, c->course->answer.text));
}

static void do_at_once(struct control *c, struct control_client *client, enum obey_what what, const char *argument,
		       int64_t now)
{
	const struct course *course = c->course;
	obey_at_once(c->course, what, argument, now);
	if (course->answer.code[0] != '\0') {
		answer(client, wire_say(client->fd, "err %s %s", course->answer.code, course->answer.text));
		return;
	}
	answer(client, wire_say(client->fd, "event=%s", course->answer.text));
	if (client->fd != -1)
		answer(client, wire_say(client->fd, "ok"));
}

enum question { STATUS, LIST, HISTORY, STABLE };

static int ask(const struct control *c, const struct control_client *client, enum question question, uint64_t lines,
	       int64_t now)
{
	switch (question) {
	case STATUS: return report_status(client->fd, c->course, now);
	case LIST: return report_list(client->fd, c->course);
	case HISTORY: return report_history(client->fd, c->course, lines);
	case STABLE: return report_stable(client->fd, c->course);
	}
	return 0;
}

static void answer_question(const struct control *c, struct control_client *client, enum question question,
			    const char *argument, int64_t now)
{
	uint64_t lines = HISTORY_LINES;
	if (argument[0] != '\0' && env_number(argument, 1, INT32_MAX, &lines) == -1) {
		answer(client, wire_say(client->fd, "err usage %.40s is no number of lines", argument));
		return;
	}
	answer(client, ask(c, client, question, lines, now));
	if (client->fd != -1)
		answer(client, wire_say(client->fd, "ok"));
}

/* Who may not look anew sees what the last look brought. */
static void answer_plan(const struct control *c, struct control_client *client)
{
	answer(client, report_plan(client->fd, c->course));
	if (client->fd != -1)
		answer(client, wire_say(client->fd, "ok"));
}

static const struct verb {
	const char *name;
	bool takes; /* an argument, which may be left out */
	enum { QUESTION, ORDER, AT_ONCE } kind;
	enum question question;
	enum course_order order;
	enum obey_what at_once;
} verbs[] = {
	{.name = "status", .kind = QUESTION, .question = STATUS},
	{.name = "list", .kind = QUESTION, .question = LIST},
	{.name = "history", .kind = QUESTION, .question = HISTORY, .takes = true},
	{.name = "stable show", .kind = QUESTION, .question = STABLE},
	{.name = "stable mark", .kind = AT_ONCE, .at_once = OBEY_MARK, .takes = true},
	{.name = "pause", .kind = AT_ONCE, .at_once = OBEY_PAUSE, .takes = true},
	{.name = "resume", .kind = AT_ONCE, .at_once = OBEY_RESUME},
	{.name = "gc", .kind = AT_ONCE, .at_once = OBEY_GC},
	{.name = "plan", .kind = ORDER, .order = COURSE_PLAN},
	{.name = "check", .kind = ORDER, .order = COURSE_CHECK},
	{.name = "update", .kind = ORDER, .order = COURSE_UPDATE, .takes = true},
	{.name = "rollback", .kind = ORDER, .order = COURSE_ROLLBACK, .takes = true},
	{.name = "start", .kind = ORDER, .order = COURSE_START, .takes = true},
	{.name = "notes", .kind = ORDER, .order = COURSE_NOTES, .takes = true},
	{.name = "stop", .kind = ORDER, .order = COURSE_STOP},
	{.name = "verify", .kind = ORDER, .order = COURSE_VERIFY, .takes = true},
};

/* The verb that a request begins with, and what follows it. */
static const struct verb *find_verb(const char *request, const char **argument)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		size_t len = strlen(verbs[i].name);
		if (strncmp(request, verbs[i].name, len) != 0 || (request[len] != '\0' && request[len] != ' '))
			continue;
		*argument = request + len + (request[len] == ' ');
		return &verbs[i];
	}
	return NULL;
}

static void serve(struct control *c, struct control_client *client, const char *request, int64_t now)
{
	const char *argument = "";
	const struct verb *verb = find_verb(request, &argument);
	if (verb == NULL)
		answer(client, wire_say(client->fd, "err unknown no such request"));
	else if (argument[0] != '\0' && !verb->takes)
		answer(client, wire_say(client->fd, "err usage %s takes no argument", verb->name));
	else if (verb->kind == QUESTION)
		answer_question(c, client, verb->question, argument, now);
	else if (verb->kind == ORDER && verb->order == COURSE_PLAN && !client->may)
		answer_plan(c, client);
	else if (!client->may)
		answer(client, wire_say(client->fd, "err denied only root and the updater's user may %s", verb->name));
	else if (verb->kind == ORDER)
		take_order(c, client, verb->order, argument, now);
	else
		do_at_once(c, client, verb->at_once, argument, now);
}

void control_read(struct control *c, size_t i, int64_t now)
{
	struct control_client *client = &c->clients[i];
	struct wire w;
	int n = wire_recv(client->fd, &w);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n == -1 && (errno == EMSGSIZE || errno == EBADMSG))
		answer(client, wire_say(client->fd, "err usage the request is no line of text"));
	else if (n <= 0)
		drop(client);
	else if (client->follows)
		answer(client, wire_say(client->fd, "err busy one request at a time"));
	else
		serve(c, client, w.bytes, now);
}
