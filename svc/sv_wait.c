#include "svc/sv_wait.h"

#include <string.h>
#include "lib/clock.h"
#include "svc/sv_init.h"
#include "svc/sv_target.h"

static bool reached(enum goal goal, const struct sv_state *then, const struct sv_state *now)
{
	bool up = sv_state_is(now, "run") && now->ready;

	switch (goal) {
	case DONE: return true;
	case UP: return up;
	case DOWN: return now->pid == 0 && (strcmp(now->want, "down") == 0 || sv_state_is(now, "gone"));
	case ANOTHER:
		return now->pid == 0 ? strcmp(now->want, "up") != 0
				     : up && !now->term && (now->pid != then->pid || now->deaths > then->deaths);
	case ONCE: return sv_state_is(now, "run") || now->deaths > then->deaths;
	case PAUSED: return now->pid == 0 || now->paused;
	case GOING_ON: return now->pid == 0 || !now->paused;
	case GONE: return sv_state_is(now, "gone");
	/* As it was asked to be: stopped on purpose is healthy, waiting for its next start after a death is not. */
	case HEALTHY: return up || (now->pid == 0 && strcmp(now->want, "up") != 0);
	}
	return true;
}

static struct target *target_of(const char *service)
{
	for (struct target *t = sv.targets; t < sv.targets + sv.n; t++) {
		if (t->open && strcmp(t->name, service) == 0)
			return t;
	}
	return NULL;
}

/* The watch begins with the state of everybody, once. */
int sv_wait_begin(void)
{
	int fd = sv_init_connect();
	size_t missing = 0;
	struct sv_state state;
	struct target *target;

	if (fd == -1 || sv_init_watch(fd, sv.n == 1 ? sv.targets[0].name : "") == -1)
		sv_lost();
	for (struct target *t = sv.targets; t < sv.targets + sv.n; t++)
		missing += t->open;
	while (missing > 0) {
		if (sv_init_next(fd, CLOCK_NEVER, &state) != 1)
			sv_lost();
		target = target_of(state.service);
		if (target == NULL)
			continue;
		missing -= !target->seen;
		target->seen = true;
		target->then = target->now = state;
	}
	return fd;
}

static size_t close_reached(enum goal goal)
{
	size_t open = 0;

	for (struct target *t = sv.targets; t < sv.targets + sv.n; t++) {
		if (t->open && reached(goal, &t->then, &t->now)) {
			sv_say("ok: ", t);
			t->open = false;
		}
		open += t->open;
	}
	return open;
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

void sv_wait(int watch, enum goal goal, bool kills)
{
	int64_t deadline = clock_ms() + (int64_t)sv.wait * 1000;
	struct sv_state state;
	struct target *target;

	while (close_reached(goal) > 0) {
		switch (sv_init_next(watch, deadline, &state)) {
		case 1: break;
		case 0: close_late(kills); return;
		default: sv_lost();
		}
		target = target_of(state.service);
		if (target != NULL)
			target->now = state;
	}
}
