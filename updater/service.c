#include "updater/service.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include "lib/clock.h"
#include "lib/io.h"
#include "lib/log.h"
#include "lib/rundir.h"
#include "lib/text.h"
#include "lib/wire.h"

#define SOCKET "init.sock"
#define RETRY_MS 1000
#define ABSENT_RETRY_MS 30000

void service_init(struct service *s, const char *name, const char *run_dir)
{
	*s = (struct service){.name = name, .run_dir = run_dir, .watch = -1, .ask = -1, .retry = 0};
}

/* init is gone or does not speak our language. */
static void lose(struct service *s, int64_t now, const char *why)
{
	if (s->contact != SERVICE_LOST)
		log_warn("init cannot be reached in RUN_DIR=%s: %s", s->run_dir, why);
	s->contact = SERVICE_LOST;
	io_close(&s->watch);
	s->retry = now + RETRY_MS;
}

void service_connect(struct service *s, int64_t now)
{
	s->retry = CLOCK_NEVER;
	s->watch = rundir_connect(s->run_dir, SOCKET);
	if (s->watch == -1 || fcntl(s->watch, F_SETFL, O_NONBLOCK) == -1 ||
	    wire_say(s->watch, "watch %s", s->name) == -1)
		lose(s, now, strerror(errno));
}

static uint64_t number(const struct wire *w, const char *key)
{
	uint64_t value = 0;
	return wire_get_number(w, key, 0, UINT32_MAX, &value) == -1 ? 0 : value;
}

/* init says TERM of a running process only when somebody sent it; a check that failed too often says it of a stopping
 * one. Whoever wants it down, once or gone, wants it to end. `sv kill` is not told of: that is a death like any other.
 */
static void learn_of_asking(struct service *s, const struct wire *w, uint64_t pid, uint64_t deaths)
{
	if (s->contact == SERVICE_SEEN && s->asked && deaths > s->deaths)
		s->asked_for++;
	if (pid == 0 || pid != s->pid || deaths != s->deaths)
		s->asked = false;
	if (pid != 0 && (!s->want_up || (number(w, "term") == 1 && strcmp(s->state, "run") == 0)))
		s->asked = true;
}

static void learn(struct service *s, const struct wire *w)
{
	char want[16];
	if (wire_get(w, "state", s->state, sizeof(s->state)) == -1)
		s->state[0] = '\0';
	if (wire_get(w, "want", want, sizeof(want)) == -1)
		want[0] = '\0';
	s->want_up = strcmp(want, "up") == 0;
	learn_of_asking(s, w, number(w, "pid"), number(w, "deaths"));
	s->pid = number(w, "pid");
	s->ready = number(w, "ready") == 1;
	s->seconds = number(w, "for");
	s->deaths = number(w, "deaths");
	s->code = number(w, "code");
	s->sig = number(w, "sig");
	s->contact = SERVICE_SEEN;
	log_debug("%s is %s, pid %llu, want %s, ready %d, %llu deaths", s->name, s->state, (unsigned long long)s->pid,
		  want, s->ready, (unsigned long long)s->deaths);
}

/* An answer's last packet on the watching connection: it is not watched any more, or never was. */
static void end_watch(struct service *s, int64_t now, const char *code, const char *text)
{
	if (strcmp(code, "unknown") != 0) {
		lose(s, now, text);
		return;
	}
	if (s->contact != SERVICE_ABSENT)
		log_warn("init runs no service %s: releases are installed, but nothing is started", s->name);
	io_close(&s->watch);
	s->contact = SERVICE_ABSENT;
	s->retry = now + ABSENT_RETRY_MS; /* its directory may come */
}

bool service_read_watch(struct service *s, int64_t now)
{
	struct wire w;
	const char *code = "", *text = "it ended the conversation";
	char name[64];
	int n = wire_recv(s->watch, &w);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n <= 0) {
		lose(s, now, n == 0 ? text : strerror(errno));
		return true;
	}
	if (wire_classify(&w, &code, &text) != WIRE_DATA) {
		end_watch(s, now, code, text);
		return true;
	}
	if (wire_get(&w, "service", name, sizeof(name)) == -1 || strcmp(name, s->name) != 0)
		return false;
	learn(s, &w);
	return true;
}

static void refuse(struct service *s, const char *why)
{
	struct text t;
	text_begin(&t, s->refused, sizeof(s->refused));
	text_add(&t, why);
	s->asking = false;
	io_close(&s->ask);
}

bool service_read_answer(struct service *s)
{
	struct wire w;
	const char *code, *text;
	int n = wire_recv(s->ask, &w);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n <= 0) {
		refuse(s, n == 0 ? "init ended the conversation" : strerror(errno));
		return true;
	}
	switch (wire_classify(&w, &code, &text)) {
	case WIRE_DATA: return false;
	case WIRE_OK:
		s->asking = false;
		io_close(&s->ask);
		break;
	case WIRE_ERR: refuse(s, text[0] != '\0' ? text : code); break;
	}
	return true;
}

void service_say(struct service *s, const char *verb)
{
	io_close(&s->ask); /* what was asked before does not matter any more */
	s->asking = true;
	s->refused[0] = '\0';
	s->ask = rundir_connect(s->run_dir, SOCKET);
	if (s->ask == -1 || fcntl(s->ask, F_SETFL, O_NONBLOCK) == -1 || wire_say(s->ask, "%s %s", verb, s->name) == -1)
		refuse(s, strerror(errno));
}

bool service_is_down(const struct service *s)
{
	static const char *const words[] = {"down", "fatal", "failed", "gone"};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(s->state, words[i]) == 0)
			return s->pid == 0 && s->contact == SERVICE_SEEN;
	return false;
}

bool service_is_unwell(const struct service *s, uint64_t seconds)
{
	if (s->contact != SERVICE_SEEN || !s->want_up)
		return false;
	if (strcmp(s->state, "backoff") == 0 || strcmp(s->state, "failed") == 0)
		return true;
	return service_is_up(s) && !s->ready && s->seconds >= seconds;
}

bool service_is_up(const struct service *s)
{
	return s->contact == SERVICE_SEEN && s->pid != 0 && strcmp(s->state, "run") == 0;
}
