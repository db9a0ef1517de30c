#include "svc/sv_state.h"

#include <string.h>

static void number(const struct wire *packet, const char *key, uint64_t *out)
{
	*out = 0;
	(void)!wire_get_number(packet, key, 0, UINT64_MAX, out); /* a key that is not there counts as 0 */
}

static bool flag(const struct wire *packet, const char *key)
{
	uint64_t n;

	number(packet, key, &n);
	return n != 0;
}

int sv_state_read(const struct wire *packet, struct sv_state *out)
{
	if (wire_get(packet, "service", out->service, sizeof out->service) == -1 ||
	    wire_get(packet, "state", out->state, sizeof out->state) == -1 ||
	    wire_get(packet, "want", out->want, sizeof out->want) == -1 ||
	    wire_get(packet, "log", out->log, sizeof out->log) == -1)
		return -1;
	number(packet, "pid", &out->pid);
	number(packet, "for", &out->seconds);
	number(packet, "deaths", &out->deaths);
	number(packet, "code", &out->code);
	number(packet, "sig", &out->signal);
	out->ready = flag(packet, "ready");
	out->paused = flag(packet, "paused");
	out->term = flag(packet, "term");
	out->down_file = flag(packet, "down");
	out->died = out->deaths > 0;
	return 0;
}

bool sv_state_is(const struct sv_state *s, const char *state)
{
	return strcmp(s->state, state) == 0;
}

bool sv_state_ends(const struct sv_state *s)
{
	return sv_state_is(s, "finish") || sv_state_is(s, "linger");
}

bool sv_state_down(const struct sv_state *s)
{
	return s->pid == 0 && !sv_state_ends(s);
}

void sv_state_line(const struct sv_state *s, const char *name, struct text *out)
{
	bool alive = !sv_state_down(s);

	text_add(out, !alive ? "down: " : sv_state_ends(s) ? "finish: " : "run: ");
	text_addf(out, "%.4096s: ", name);
	if (alive)
		text_addf(out, "(pid %llu) ", (unsigned long long)s->pid);
	text_addf(out, "%llus", (unsigned long long)s->seconds);
	if (alive == s->down_file)
		text_addf(out, ", normally %s", alive ? "down" : "up");
	if (alive && s->paused)
		text_add(out, ", paused");
	if (!alive && strcmp(s->want, "up") == 0)
		text_add(out, ", want up");
	if (alive && strcmp(s->want, "up") != 0)
		text_add(out, ", want down");
	if (alive && s->term)
		text_add(out, ", got TERM");
	if (sv_state_is(s, "run") && !s->ready)
		text_add(out, ", not ready");
}

void sv_state_json(const struct sv_state *s, struct text *out)
{
	/* Names have no character that JSON would want escaped: svc/dir sees to that. */
	text_addf(out, "{\"service\":\"%s\",\"state\":\"%s\",\"want\":\"%s\",\"pid\":%llu,\"seconds\":%llu,",
		  s->service, s->state, s->want, (unsigned long long)s->pid, (unsigned long long)s->seconds);
	text_addf(out, "\"ready\":%s,\"paused\":%s,\"deaths\":%llu,", s->ready ? "true" : "false",
		  s->paused ? "true" : "false", (unsigned long long)s->deaths);
	if (s->died)
		text_addf(out, "\"code\":%llu,\"signal\":%llu,", (unsigned long long)s->code,
			  (unsigned long long)s->signal);
	text_addf(out, "\"normally\":\"%s\",\"log\":\"%s\"}", s->down_file ? "down" : "up", s->log);
}
