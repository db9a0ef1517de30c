#include "init/control.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "init/poll.h"
#include "init/stop.h"
#include "lib/io.h"
#include "lib/kernel.h"
#include "lib/log.h"
#include "lib/rundir.h"
#include "lib/wire.h"
#include "svc/dir.h"
#include "svc/scan.h"
#include "svc/table.h"

#define IDLE SERVICE_NONE

static struct client {
	int fd; /* -1: free, once the first one was there */
	bool used;
	bool master;  /* root, or init's own user */
	bool watches; /* stays, and is told of changes */
	uid_t uid;
	uint16_t next;		 /* the slot to be sent next; IDLE: no list is under way */
	unsigned since;		 /* order of arrival */
	char only[SERVICE_NAME]; /* the service it asked for; "": all */
} clients[CONTROL_CLIENTS];

static const struct config *config;
static int listener = -1;
static int spare = -1; /* given up to turn a client away when there are no more descriptors */
static unsigned arrivals;

const char *control_begin(const struct config *c)
{
	const char *place;

	config = c;
	listener = rundir_listen(c->run_dir, "init.sock", 0666, &place);
	if (listener == -1 || poll_add(listener, POLL_LISTEN) == -1) {
		log_error_errno("no control socket: cannot make %s/init.sock", c->run_dir);
		io_close(&listener);
		return NULL;
	}
	spare = kernel_copy(listener, 0);
	if (place != c->run_dir)
		log_warn("RUN_DIR %s cannot be used: the control socket is %s/init.sock", c->run_dir, place);
	return place;
}

static void close_client(struct client *c)
{
	io_close(&c->fd);
	c->used = false;
}

/* What does not fit at once is not worth waiting for: whoever asks has to read. */
#define SAY(c, ...)                                                                                                    \
	do {                                                                                                           \
		if (wire_say((c)->fd, __VA_ARGS__) == -1)                                                              \
			close_client(c);                                                                               \
	} while (0)

/* A free place, or that of the oldest client that is not master; NULL when there are only such. */
static struct client *find_place(void)
{
	struct client *oldest = NULL;

	for (struct client *c = clients; c < clients + CONTROL_CLIENTS; c++) {
		if (!c->used)
			return c;
		if (!c->master && (oldest == NULL || c->since < oldest->since))
			oldest = c;
	}
	if (oldest != NULL)
		close_client(oldest);
	return oldest;
}

/* A client that cannot be had would wake us for ever. */
static void turn_away(void)
{
	int fd;

	io_close(&spare);
	fd = kernel_accept(listener, SOCK_CLOEXEC);
	io_close(&fd);
	spare = kernel_copy(listener, 0);
}

void control_accept(void)
{
	struct ucred peer = {.uid = (uid_t)-1};
	socklen_t size = sizeof peer;
	int fd = kernel_accept(listener, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct client *c = fd == -1 ? NULL : find_place();

	if (fd == -1 && (errno == EMFILE || errno == ENFILE))
		turn_away();
	if (c == NULL || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == -1 ||
	    poll_add(fd, POLL_CLIENT + (unsigned)(c - clients)) == -1) {
		if (fd != -1)
			wire_refuse(fd, "err full there are %d clients already", CONTROL_CLIENTS);
		return;
	}
	*c = (struct client){.fd = fd, .used = true, .uid = peer.uid, .next = IDLE, .since = arrivals++};
	c->master = peer.uid == 0 || peer.uid == geteuid();
}

static bool file_exists(const struct service *s, const char *file)
{
	char path[DIR_NAME + 4096];

	return text_format(path, sizeof path, "%s/%s/%s", config->svdir, s->name, file) != -1 &&
	       kernel_access(AT_FDCWD, path, F_OK) == 0;
}

static const char *log_word(const struct service *s)
{
	const struct service *logger = s->logger ? NULL : table_at(s->peer);

	return logger == NULL ? "none" : life_runs(&logger->life) ? "run" : "down";
}

static void describe(struct wire *w, const struct service *s, int64_t now)
{
	const struct life *l = &s->life;

	wire_begin(w);
	wire_put(w, "service", s->name);
	wire_put(w, "state", life_state_word(l->state));
	wire_put_number(w, "pid", s->pid);
	wire_put(w, "want", life_want_word(l->want));
	wire_put_number(w, "ready", l->ready);
	wire_put_number(w, "paused", l->paused);
	wire_put_number(w, "term", l->term);
	wire_put_number(w, "for", (now - l->since) / 1000);
	if (l->died) {
		wire_put_number(w, "code", WIFEXITED(l->status) ? WEXITSTATUS(l->status) : 0);
		wire_put_number(w, "sig", WIFSIGNALED(l->status) ? WTERMSIG(l->status) : 0);
	}
	wire_put_number(w, "deaths", l->deaths);
	if (file_exists(s, "down"))
		wire_put_number(w, "down", 1);
	wire_put(w, "log", log_word(s));
}

static bool concerns(const struct client *c, const struct service *s)
{
	return c->only[0] == '\0' || strcmp(c->only, s->name) == 0;
}

static void wait_for(struct client *c)
{
	poll_for_writing(c->fd, POLL_CLIENT + (unsigned)(c - clients), c->next != IDLE);
}

/* Goes on with a list as far as the socket takes it; behind the last service comes the ok. */
static void send_list(struct client *c, int64_t now)
{
	struct wire w;
	int sent = 0;

	for (; c->next < TABLE_PLACES; c->next++) {
		const struct service *s = table_at(c->next);

		if (s == NULL || !concerns(c, s))
			continue;
		describe(&w, s, now);
		if ((sent = wire_send(c->fd, &w)) == -1)
			break;
	}
	if (sent == 0 && !c->watches)
		sent = wire_say(c->fd, "ok");
	if (sent == 0)
		c->next = IDLE;
	else if (errno != EAGAIN) {
		close_client(c);
		return;
	}
	wait_for(c);
}

void control_tell(const struct service *s, int64_t now)
{
	struct wire w;

	for (struct client *c = clients; c < clients + CONTROL_CLIENTS; c++) {
		if (!c->used || !c->watches || !concerns(c, s) || c->next <= s->slot)
			continue; /* the list under way comes to it yet */
		describe(&w, s, now);
		if (c->next == IDLE && wire_send(c->fd, &w) == 0)
			continue;
		if (c->next == IDLE && errno != EAGAIN) {
			close_client(c);
			continue;
		}
		c->next = c->next == IDLE ? 0 : s->slot;
		wait_for(c);
	}
}

enum kind { EVENT, SIGNAL, LIST, WATCH, RESCAN };

static const struct verb {
	char name[10];
	uint8_t kind;
	uint8_t value;	     /* an enum life_event, or a signal */
	uint8_t least, most; /* services it is about */
} verbs[] = {
	{"up", EVENT, LIFE_UP, 1, 1},	  {"down", EVENT, LIFE_HALT, 1, 1},    {"once", EVENT, LIFE_ONCE, 1, 1},
	{"exit", EVENT, LIFE_EXIT, 1, 1}, {"pause", EVENT, LIFE_PAUSE, 1, 1},  {"cont", EVENT, LIFE_CONT, 1, 1},
	{"term", EVENT, LIFE_TERM, 1, 1}, {"kill", EVENT, LIFE_KILL, 1, 1},    {"hup", SIGNAL, SIGHUP, 1, 1},
	{"alarm", SIGNAL, SIGALRM, 1, 1}, {"interrupt", SIGNAL, SIGINT, 1, 1}, {"quit", SIGNAL, SIGQUIT, 1, 1},
	{"1", SIGNAL, SIGUSR1, 1, 1},	  {"2", SIGNAL, SIGUSR2, 1, 1},	       {"status", LIST, 0, 0, 1},
	{"check", LIST, 0, 1, 1},	  {"watch", WATCH, 0, 0, 1},	       {"rescan", RESCAN, 0, 0, 0},
};

static const struct verb *find_verb(const char *name)
{
	for (const struct verb *v = verbs; v < verbs + sizeof verbs / sizeof verbs[0]; v++) {
		if (strcmp(v->name, name) == 0)
			return v;
	}
	return NULL;
}

/* Masters may do everything, and those whom the service names may control it. */
static bool may_control(const struct client *c, const struct service *s)
{
	struct dir_list list;
	struct ident who;
	struct dir d;
	const char *name;
	bool may = c->master;

	if (may || s == NULL)
		return may;
	if (dir_open(&d, config->svdir, s->name) == 0) {
		dir_list(&d, DIR_CONTROLLERS, &list);
		while (!may && (name = dir_next(&list)) != NULL)
			may = ident_find("/", name, &who) == 0 && who.uid == c->uid;
	}
	dir_close(&d);
	return may;
}

static void control_service(struct client *c, const struct verb *v, struct service *s, int64_t now)
{
	if (stop_is_under_way() && v->kind == EVENT && (v->value == LIFE_UP || v->value == LIFE_ONCE)) {
		SAY(c, "err denied everything is being stopped");
		return;
	}
	if (s->logger && v->kind == EVENT && v->value == LIFE_EXIT) {
		SAY(c, "err usage a logger exits when its service does");
		return;
	}
	if (v->kind == EVENT)
		service_ask(s, (enum life_event)v->value, now);
	else
		service_relay(s, v->value);
	SAY(c, "ok");
}

static void answer(struct client *c, const struct verb *v, struct service *s, int64_t now)
{
	if (v->kind != LIST && v->kind != WATCH && !may_control(c, s)) {
		SAY(c, "err denied uid %u may not %s %s", (unsigned)c->uid, v->name, s == NULL ? "" : s->name);
		return;
	}
	switch ((enum kind)v->kind) {
	case EVENT:
	case SIGNAL:
		if (s != NULL) /* always: these verbs take a service */
			control_service(c, v, s, now);
		return;
	case LIST:
	case WATCH:
		(void)!text_format(c->only, sizeof c->only, "%s", s == NULL ? "" : s->name);
		c->watches = v->kind == WATCH;
		c->next = 0;
		send_list(c, now);
		return;
	case RESCAN:
		if (stop_is_under_way() || scan(now) == -1)
			SAY(c, "err system cannot scan %s", config->svdir);
		else
			SAY(c, "ok");
		return;
	}
}

/* VERB, or VERB SERVICE, with one space between them. */
static void take_request(struct client *c, char *request, int64_t now)
{
	char *name = strchr(request, ' ');
	const struct verb *v;
	struct service *s = NULL;
	unsigned names = name != NULL;

	if (name != NULL)
		*name++ = '\0';
	v = find_verb(request);
	if (v == NULL) {
		SAY(c, "err unknown no such verb: %.64s", request);
	} else if (names < v->least || names > v->most || (names && strchr(name, ' ') != NULL)) {
		SAY(c, "err usage %s takes %s", v->name,
		    v->most == 0 ? "nothing"
		    : v->least	 ? "a service"
				 : "a service or nothing");
	} else if (names && ((s = table_find(name)) == NULL || s->life.state == LIFE_GONE)) { /* forgotten soon */
		SAY(c, "err unknown no such service: %.80s", name);
	} else {
		answer(c, v, s, now);
	}
}

void control_client(unsigned n, int64_t now)
{
	struct client *c = &clients[n];
	struct wire w;
	int got;

	if (!c->used)
		return;
	if (c->next != IDLE) {
		send_list(c, now);
		return;
	}
	got = wire_recv(c->fd, &w);
	if (got == -1 && (errno == EMSGSIZE || errno == EBADMSG))
		SAY(c, "err usage a request is one line of text of at most %d bytes", WIRE_MAX);
	else if (got == 1 && !c->watches)
		take_request(c, w.bytes, now);
	else if (got != -1 || errno != EAGAIN)
		close_client(c); /* it is gone, or broke the protocol */
}
