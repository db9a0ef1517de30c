#include "svc/sv_wait.h"

#include <string.h>
#include "lib/clock.h"
#include "svc/sv_init.h"
#include "svc/sv_target.h"

#define BEGIN_MS 2000 /* for init to tell how everybody is; a service that was forgotten just now is not among them */
#define SILENT_MS 500 /* see wait_more() */

static bool reached(enum goal goal, const struct sv_state *then, const struct sv_state *now)
{
	bool up = sv_state_is(now, "run") && now->ready, down = sv_state_down(now);

	switch (goal) {
	case DONE: return true;
	case UP: return up;
	case DOWN: return down && (strcmp(now->want, "down") == 0 || sv_state_is(now, "gone"));
	case ANOTHER:
		return down ? strcmp(now->want, "up") != 0
			    : up && !now->term && (now->pid != then->pid || now->deaths > then->deaths);
	case ONCE: return !down || now->deaths > then->deaths;
	case PAUSED: return !sv_state_is(now, "run") || now->paused;
	case GOING_ON: return !now->paused;
	case GONE: return sv_state_is(now, "gone");
	/* As it was asked to be: stopped on purpose is healthy, waiting for its next start after a death is not. */
	case HEALTHY: return up || (down && strcmp(now->want, "up") != 0);
	}
	return true;
}

/* The same service may have been named more than once. Returns for how many targets this was the first that was heard.
 */
static size_t note(const struct sv_state *state)
{
	size_t first = 0;

	for (struct target *t = sv.targets; t < sv.targets + sv.n; t++) {
		if (!t->open || strcmp(t->name, state->service) != 0)
			continue;
		t->now = *state;
		if (!t->seen)
			t->then = *state, first++;
		t->seen = true;
	}
	return first;
}

static size_t count_open(void)
{
	size_t n = 0;

	for (struct target *t = sv.targets; t < sv.targets + sv.n; t++)
		n += t->open;
	return n;
}

/* The watch begins with the state of everybody, once. */
int sv_wait_begin(void)
{
	int fd = sv_init_connect();
	int64_t deadline = clock_ms() + BEGIN_MS;
	size_t missing = count_open();
	struct sv_state state;

	if (fd == -1 || sv_init_watch(fd, sv.n == 1 ? sv.targets[0].name : "") == -1)
		sv_lost();
	while (missing > 0 && sv_init_next(fd, deadline, &state) == 1)
		missing -= note(&state);
	for (struct target *t = sv.targets; t < sv.targets + sv.n; t++) {
		if (t->open && !t->seen)
			sv_gone(t);
	}
	return fd;
}

void sv_wait_note(int watch)
{
	struct sv_state state;

	while (sv_init_next(watch, 0, &state) == 1)
		note(&state);
}

static size_t close_reached(enum goal goal)
{
	for (struct target *t = sv.targets; t < sv.targets + sv.n; t++) {
		if (!t->open)
			continue;
		if (reached(goal, &t->then, &t->now)) {
			sv_say("ok: ", t);
			t->open = false;
		} else if (sv_state_is(&t->now, "gone")) {
			sv_gone(t);
		}
	}
	return count_open();
}

static void close_late(bool kills)
{
	for (struct target *t = sv.targets; t < sv.targets + sv.n; t++) {
		if (!t->open)
			continue;
		sv_say(kills ? "kill: " : "timeout: ", t);
		sv.failed++;
		if (kills)
			sv_request(t, "kill");
	}
}

/* Told too much at once, init tells the present state of all instead of each change, and the forgotten are not in it.
 * So they are looked for when nothing is heard any more. False: it is late. */
static bool wait_more(int watch, enum goal goal, int64_t deadline)
{
	struct sv_state state;
	int64_t now = clock_ms(), until = deadline;

	if (goal == GONE && now + SILENT_MS < deadline)
		until = now + SILENT_MS;
	switch (sv_init_next(watch, until, &state)) {
	case 1: note(&state); return true;
	case 0: break;
	default: sv_lost();
	}
	for (struct target *t = sv.targets; goal == GONE && t < sv.targets + sv.n; t++) {
		if (t->open)
			sv_look(t);
	}
	return until < deadline;
}

void sv_wait(int watch, enum goal goal, bool kills)
{
	int64_t deadline = clock_ms() + (int64_t)sv.wait * 1000;

	while (close_reached(goal) > 0) {
		if (!wait_more(watch, goal, deadline)) {
			if (close_reached(goal) > 0)
				close_late(kills);
			return;
		}
	}
}
