#include "svc/life.h"

#include <stddef.h>

/* Seconds to wait after the 1st, 2nd, ... short life since the last long one. The last one stays. */
static const uint8_t backoff_seconds[] = {0, 1, 2, 4, 8, 16, 32, 60};
#define BACKOFF_LAST (sizeof backoff_seconds - 1)

void life_begin(struct life *life, int64_t now)
{
	*life = (struct life){.state = LIFE_DOWN, .want = LIFE_WANT_DOWN, .since = now, .due = LIFE_NEVER};
}

bool life_runs(const struct life *life)
{
	return life->state == LIFE_RUN || life->state == LIFE_STOPPING || life->state == LIFE_LINGER;
}

/* A pair that cannot happen is a defect of the caller. It stops a test; PID 1 lives on with what it has. */
static unsigned impossible(void)
{
#ifndef NDEBUG
	__builtin_trap();
#endif
	return 0;
}

static unsigned enter(struct life *life, enum life_state state, int64_t now)
{
	life->state = state;
	life->since = now;
	life->due = LIFE_NEVER;
	return LIFE_DO_TELL;
}

static unsigned enter_wait(struct life *life, enum life_want want, int64_t now)
{
	life->want = want;
	life->step = 0;
	life->tally = 0;
	return enter(life, LIFE_WAIT, now);
}

static unsigned enter_start(struct life *life, int64_t now)
{
	life->ready = life->proven = life->paused = life->term = life->asked = life->killed = false;
	life->misses = 0;
	return enter(life, LIFE_START, now) | LIFE_DO_START;
}

static unsigned enter_backoff(struct life *life, int64_t now)
{
	size_t step = life->step < BACKOFF_LAST ? life->step++ : BACKOFF_LAST;

	if (backoff_seconds[step] == 0)
		return enter_start(life, now);
	unsigned actions = enter(life, LIFE_BACKOFF, now);
	life->due = now + 1000 * (int64_t)backoff_seconds[step];
	return actions;
}

/* Nothing is left of the process: what now? */
static unsigned enter_next(struct life *life, int64_t now)
{
	switch (life->want) {
	case LIFE_WANT_EXIT: return enter(life, LIFE_GONE, now);
	case LIFE_WANT_ONCE:
	case LIFE_WANT_DOWN: return enter(life, LIFE_DOWN, now);
	case LIFE_WANT_UP: break;
	}
	if (life->asked || !life->brief)
		return enter_start(life, now);
	return enter_backoff(life, now);
}

/* Someone has to say up before it is tried again. */
static bool given_up(const struct life *life)
{
	return life->want == LIFE_WANT_UP && !life->asked && life->max_tally && life->tally >= life->max_tally;
}

static void count_death(struct life *life, int64_t lived)
{
	life->died = true;
	life->deaths++;
	life->brief = lived < LIFE_SHORT_MS;
	if (lived >= LIFE_LONG_MS)
		life->step = 0, life->tally = 0;
	if (!life->asked && life->tally < UINT16_MAX)
		life->tally++;
}

/* A group that was told to go with its run keeps the time it was given. */
static unsigned run_died(struct life *life, int64_t now)
{
	count_death(life, now - life->since);
	life->ready = life->paused = life->term = false;
	if (life->killed)
		life->due = now + LIFE_KILLED_MS;
	else if (life->state == LIFE_RUN || life->kill_ms == 0)
		life->due = now + (life->kill_ms ? life->kill_ms : LIFE_GROUP_MS);
	life->state = LIFE_LINGER;
	return LIFE_DO_GROUP | LIFE_DO_TELL;
}

static unsigned finish(struct life *life, int64_t now)
{
	enter(life, LIFE_FINISH, now);
	life->due = life->finish_ms ? now + life->finish_ms : LIFE_NEVER;
	return LIFE_DO_FINISH | LIFE_DO_TELL;
}

/* Run is alive and must go. Its age is not touched: `since` stays. */
static unsigned stop_run(struct life *life, enum life_want want, int64_t now)
{
	life->want = want;
	life->state = LIFE_STOPPING;
	life->asked = life->term = true;
	life->paused = false;
	life->due = life->kill_ms ? now + life->kill_ms : LIFE_NEVER;
	return LIFE_DO_STOP | LIFE_DO_TELL;
}

static unsigned drain_run(struct life *life, int64_t now)
{
	life->want = LIFE_WANT_EXIT;
	life->state = LIFE_STOPPING;
	life->asked = true;
	life->due = now + LIFE_DRAIN_MS;
	return LIFE_DO_TELL;
}

static unsigned change_want(struct life *life, enum life_want want)
{
	if (life->want == want)
		return 0;
	life->want = want;
	return LIFE_DO_TELL;
}

static unsigned settle(struct life *life, enum life_want want, enum life_state state, int64_t now)
{
	life->want = want;
	return enter(life, state, now);
}

static unsigned started(struct life *life, int64_t now)
{
	life->ready = life->proven = !life->announces && !life->checked;
	enter(life, LIFE_RUN, now);
	if (life->checked && !life->announces)
		life->due = now;
	return LIFE_DO_TELL;
}

static unsigned set_ready(struct life *life, bool ready)
{
	bool was = life->ready;

	life->ready = ready;
	return was == ready ? 0 : LIFE_DO_TELL;
}

static unsigned is_ready(struct life *life, int64_t now)
{
	life->proven = true;
	life->misses = 0;
	life->due = life->checked ? now + LIFE_ALIVE_MS : LIFE_NEVER;
	return set_ready(life, true);
}

/* While it comes up a check may fail as often as it likes. A death that this leads to counts as one nobody asked for.
 */
static unsigned is_unready(struct life *life, int64_t now)
{
	life->due = now + LIFE_CHECK_MS;
	if (life->proven && life->max_misses && ++life->misses >= life->max_misses) {
		life->state = LIFE_STOPPING;
		life->term = true;
		life->ready = life->paused = false;
		life->due = life->kill_ms ? now + life->kill_ms : LIFE_NEVER;
		return LIFE_DO_STOP | LIFE_DO_TELL;
	}
	return set_ready(life, false);
}

static unsigned check(struct life *life, int64_t now)
{
	life->due = now + LIFE_CHECKING_MS;
	return LIFE_DO_CHECK;
}

static unsigned send_term(struct life *life)
{
	life->term = true;
	life->asked |= life->state == LIFE_RUN;
	return LIFE_DO_TERM | LIFE_DO_TELL;
}

static unsigned send_kill(struct life *life)
{
	life->asked |= life->state == LIFE_RUN;
	life->killed = true;
	return LIFE_DO_KILL;
}

static unsigned pause_run(struct life *life, bool paused)
{
	life->paused = paused;
	return (paused ? LIFE_DO_PAUSE : LIFE_DO_CONT) | LIFE_DO_TELL;
}

/* Nothing is left of this life, or nothing came of it. */
static unsigned over(struct life *life, int64_t now)
{
	return given_up(life) ? enter(life, LIFE_FATAL, now) : enter_next(life, now);
}

static unsigned failed(struct life *life, int64_t now)
{
	count_death(life, 0);
	return over(life, now);
}

static unsigned too_late(struct life *life)
{
	life->due = LIFE_NEVER;
	life->killed = true;
	return LIFE_DO_KILL;
}

/* What a KILL does not end in time is stuck in the kernel: nothing is waiting for it that could not go on. */
static unsigned group_too_late(struct life *life, int64_t now)
{
	if (life->killed)
		return finish(life, now);
	life->due = now + LIFE_KILLED_MS;
	life->killed = true;
	return LIFE_DO_KILL;
}

/* How a state takes an event. */
enum reaction {
	NO,	 /* cannot happen: see impossible() */
	NIL,	 /* nothing to do: there is nobody to have it, or it makes no difference */
	WANT,	 /* another end is wanted; what goes on goes on */
	BEGIN,	 /* look at those it comes after */
	START,	 /* make the process */
	LIVE,	 /* it is alive */
	FAIL,	 /* it could not be made */
	READY,	 /* it is ready */
	UNREADY, /* it is not, or no longer */
	CHECK,	 /* is it ready? */
	TERM,	 /* hand the signal on */
	KILL,	 /* the same */
	PAUSE,	 /* the same */
	CONT,	 /* the same */
	STOP,	 /* tell it to go */
	DRAIN,	 /* let it go */
	LATE,	 /* it has had its time: kill it */
	LINGER,	 /* who is left of its group? */
	LATER,	 /* they have had their time */
	FINISH,	 /* clean up behind it */
	OVER,	 /* come back, or stay away */
	REST,	 /* be down */
	END,	 /* be gone */
};

/* Every event in every state.
 * - BACKOFF, UP: somebody is impatient; the next short life waits longer still.
 * - START hears only its result: making a process does not wait for events. GONE is forgotten before it hears anything.
 * - WAIT has no TIMEOUT: its owner watches those it waits for, and sends CLEAR.
 * - STOPPING goes whatever is wanted by now; what is wanted decides what follows. It is not paused: it could not go.
 * - Signals are for run and its group: finish is left in peace, except that it may be killed. */
/* clang-format off */
static const uint8_t reactions[LIFE_EVENTS][LIFE_STATES] = {
	/*                  DOWN   WAIT   BACKOFF START RUN      STOPPING LINGER  FINISH  FATAL  GONE */
	[LIFE_UP]       = { BEGIN, WANT,  START,  NO,   WANT,    WANT,    WANT,   WANT,   BEGIN, NO },
	[LIFE_HALT]     = { WANT,  REST,  REST,   NO,   STOP,    WANT,    WANT,   WANT,   REST,  NO },
	[LIFE_ONCE]     = { BEGIN, WANT,  WANT,   NO,   WANT,    WANT,    WANT,   WANT,   BEGIN, NO },
	[LIFE_EXIT]     = { END,   END,   END,    NO,   STOP,    WANT,    WANT,   WANT,   END,   NO },
	[LIFE_DRAIN]    = { END,   END,   END,    NO,   DRAIN,   WANT,    WANT,   WANT,   END,   NO },
	[LIFE_TERM]     = { NIL,   NIL,   NIL,    NO,   TERM,    TERM,    TERM,   NIL,    NIL,   NO },
	[LIFE_KILL]     = { NIL,   NIL,   NIL,    NO,   KILL,    KILL,    KILL,   KILL,   NIL,   NO },
	[LIFE_PAUSE]    = { NIL,   NIL,   NIL,    NO,   PAUSE,   NIL,     NIL,    NIL,    NIL,   NO },
	[LIFE_CONT]     = { NIL,   NIL,   NIL,    NO,   CONT,    CONT,    CONT,   NIL,    NIL,   NO },
	[LIFE_CLEAR]    = { NO,    START, NO,     NO,   NO,      NO,      NO,     NO,     NO,    NO },
	[LIFE_STARTED]  = { NO,    NO,    NO,     LIVE, NO,      NO,      NO,     NO,     NO,    NO },
	[LIFE_FAILED]   = { NO,    NO,    NO,     FAIL, NO,      NO,      NO,     NO,     NO,    NO },
	[LIFE_READY]    = { NO,    NO,    NO,     NO,   READY,   NIL,     NO,     NO,     NO,    NO },
	[LIFE_UNREADY]  = { NO,    NO,    NO,     NO,   UNREADY, NIL,     NO,     NO,     NO,    NO },
	[LIFE_DIED]     = { NO,    NO,    NO,     NO,   LINGER,  LINGER,  NO,     NO,     NO,    NO },
	[LIFE_EMPTY]    = { NO,    NO,    NO,     NO,   NO,      NO,      FINISH, NO,     NO,    NO },
	[LIFE_FINISHED] = { NO,    NO,    NO,     NO,   NO,      NO,      NO,     OVER,   NO,    NO },
	[LIFE_TIMEOUT]  = { NO,    NO,    START,  NO,   CHECK,   LATE,    LATER,  LATE,   NO,    NO },
};
/* clang-format on */

static enum life_want wanted_by(enum life_event event)
{
	return event == LIFE_UP	    ? LIFE_WANT_UP
	       : event == LIFE_ONCE ? LIFE_WANT_ONCE
	       : event == LIFE_HALT ? LIFE_WANT_DOWN
				    : LIFE_WANT_EXIT;
}

unsigned life_step(struct life *life, enum life_event event, int64_t now)
{
	switch ((enum reaction)reactions[event][life->state]) {
	case NO: break;
	case NIL: return 0;
	case WANT: return change_want(life, wanted_by(event));
	case BEGIN: return enter_wait(life, wanted_by(event), now);
	case START: return enter_start(life, now);
	case LIVE: return started(life, now);
	case FAIL: return failed(life, now);
	case READY: return is_ready(life, now);
	case UNREADY: return is_unready(life, now);
	case CHECK: return check(life, now);
	case TERM: return send_term(life);
	case KILL: return send_kill(life);
	case PAUSE: return pause_run(life, true);
	case CONT: return pause_run(life, false);
	case STOP: return stop_run(life, wanted_by(event), now);
	case DRAIN: return drain_run(life, now);
	case LATE: return too_late(life);
	case LINGER: return run_died(life, now);
	case LATER: return group_too_late(life, now);
	case FINISH: return finish(life, now);
	case OVER: return over(life, now);
	case REST: return settle(life, LIFE_WANT_DOWN, LIFE_DOWN, now);
	case END: return settle(life, LIFE_WANT_EXIT, LIFE_GONE, now);
	}
	return impossible();
}

const char *life_state_word(enum life_state state)
{
	static const char words[][9] = {
		[LIFE_DOWN] = "down",	  [LIFE_WAIT] = "wait",	    [LIFE_BACKOFF] = "backoff",
		[LIFE_START] = "start",	  [LIFE_RUN] = "run",	    [LIFE_STOPPING] = "stopping",
		[LIFE_LINGER] = "linger", [LIFE_FINISH] = "finish", [LIFE_FATAL] = "failed",
		[LIFE_GONE] = "gone",
	};
	_Static_assert(sizeof words / sizeof words[0] == LIFE_STATES, "a word for each state");
	return words[state];
}

const char *life_want_word(enum life_want want)
{
	static const char words[][5] = {
		[LIFE_WANT_DOWN] = "down",
		[LIFE_WANT_UP] = "up",
		[LIFE_WANT_ONCE] = "once",
		[LIFE_WANT_EXIT] = "exit",
	};
	return words[want];
}
