#include "updater/policy/probation.h"

#include "lib/clock.h"
#include "lib/text.h"

void probation_begin(struct probation *p, uint64_t ready_s, uint64_t stay_s, const struct probation_sight *sight,
		     int64_t now)
{
	*p = (struct probation){.ready_ms = (int64_t)ready_s * 1000,
				.stay_ms = (int64_t)stay_s * 1000,
				.deaths = sight->deaths,
				.asked_for = sight->asked_for};
	p->deadline = now + p->ready_ms;
}

static enum probation_verdict fail(struct probation *p, const char *format, ...) __attribute__((format(printf, 2, 3)));

static enum probation_verdict fail(struct probation *p, const char *format, ...)
{
	struct text t;
	va_list args;
	text_begin(&t, p->reason, sizeof(p->reason));
	va_start(args, format);
	text_addv(&t, format, args);
	va_end(args);
	return PROBATION_FAILED;
}

static enum probation_verdict died(struct probation *p, const struct probation_sight *sight)
{
	const char *how = sight->sig > 0 ? "killed by signal" : "exit code";
	unsigned long long number = sight->sig > 0 ? sight->sig : sight->code;
	if (p->was_ready)
		return fail(p, "it did not stay up: %s %llu", how, number);
	return fail(p, "it died before it was ready: %s %llu", how, number);
}

/* Somebody ended it: what comes next has to show itself from the beginning. */
static void begin_anew(struct probation *p, const struct probation_sight *sight)
{
	p->deaths = sight->deaths;
	p->asked_for = sight->asked_for;
	p->was_ready = false;
	p->deadline = CLOCK_NEVER;
}

enum probation_verdict probation_look(struct probation *p, const struct probation_sight *sight, int64_t now)
{
	if (!sight->want_up) {
		begin_anew(p, sight);
		return PROBATION_WAIT;
	}
	if (sight->deaths - p->deaths > sight->asked_for - p->asked_for)
		return died(p, sight);
	if (sight->deaths > p->deaths || (sight->asked && p->was_ready && !sight->ready))
		begin_anew(p, sight);
	if (p->deadline == CLOCK_NEVER)
		p->deadline = now + p->ready_ms;
	if (!p->was_ready && sight->up && sight->ready) {
		p->was_ready = true;
		p->deadline = now + p->stay_ms;
		return PROBATION_READY;
	}
	if (p->was_ready && !sight->ready)
		return fail(p, "it is not ready any more");
	if (now < p->deadline)
		return PROBATION_WAIT;
	if (p->was_ready)
		return PROBATION_PASSED;
	return fail(p, "it was not ready within %lld seconds", (long long)p->ready_ms / 1000);
}
