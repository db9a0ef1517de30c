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
#include "updater/report.h"

#define HISTORY_LINES 1000  /* more than are ever read */
#define CLIENT_BUFFER 65536 /* bytes of answers that may be on their way */

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
	course->listener = (struct course_listener){c, send_event, send_progress, send_end};
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
static void take_order(struct control *c, struct control_client *client, enum course_order order, const char *tag,
		       int64_t now)
{
	const char *text = "";
	client->follows = true;
	client->plan = order == COURSE_PLAN;
	const char *refusal = cycle_take_order(c->course, order, tag, now, &text);
	if (refusal == NULL)
		return;
	client->follows = client->plan = false;
	answer(client, wire_say(client->fd, "err %s %s", refusal, text));
}

static int question(const struct control *c, const struct control_client *client, const char *verb, uint64_t number,
		    int64_t now)
{
	if (strcmp(verb, "status") == 0)
		return report_status(client->fd, c->course, now);
	if (strcmp(verb, "list") == 0)
		return report_list(client->fd, c->course);
	if (strcmp(verb, "history") == 0)
		return report_history(client->fd, c->course, number);
	return report_plan(client->fd, c->course);
}

enum argument { NOTHING, TAG, COUNT };

struct verb {
	const char *name;
	bool is_order;
	enum argument takes; /* it may be left out */
	enum course_order order;
};

static const struct verb verbs[] = {
	{"status", false, NOTHING, 0},
	{"list", false, NOTHING, 0},
	{"history", false, COUNT, 0},
	{"plan", true, NOTHING, COURSE_PLAN}, /* from others than root or us: a question, the last plan is shown */
	{"check", true, NOTHING, COURSE_CHECK},
	{"update", true, TAG, COURSE_UPDATE},
	{"rollback", true, TAG, COURSE_ROLLBACK},
};

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

static void answer_question(const struct control *c, struct control_client *client, const char *word,
			    const char *argument, int64_t now)
{
	uint64_t number = HISTORY_LINES;
	if (argument != NULL && env_number(argument, 1, INT32_MAX, &number) == -1) {
		answer(client, wire_say(client->fd, "err usage %.40s is no number of lines", argument));
		return;
	}
	answer(client, question(c, client, word, number, now));
	if (client->fd != -1)
		answer(client, wire_say(client->fd, "ok"));
}

static void serve(struct control *c, struct control_client *client, char *request, int64_t now)
{
	char *argument = request;
	const char *word = strsep(&argument, " ");
	const struct verb *verb = find_verb(word);
	if (verb == NULL)
		answer(client, wire_say(client->fd, "err unknown no such request"));
	else if (argument != NULL && verb->takes == NOTHING)
		answer(client, wire_say(client->fd, "err usage %s takes no argument", word));
	else if (!verb->is_order || (verb->order == COURSE_PLAN && !client->may))
		answer_question(c, client, word, argument, now);
	else if (client->may)
		take_order(c, client, verb->order, argument == NULL ? "" : argument, now);
	else
		answer(client, wire_say(client->fd, "err denied only root and the updater's user may %s", word));
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
