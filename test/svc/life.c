#include "svc/life.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "test/unit.h"

#define NOW 1000000

/* What each event does to each state. want: what is wanted before; then the state, the want and the actions after. */
struct expected {
	bool possible;
	enum life_state state;
	enum life_want want;
	unsigned actions;
};

#define TELL LIFE_DO_TELL
#define NOTHING(s, w)                                                                                                  \
	{                                                                                                              \
		true, s, w, 0                                                                                          \
	}

/* From a life that is wanted up (down for DOWN), five seconds old, with all time-outs set. */
static const struct expected table[LIFE_STATES][LIFE_EVENTS] =
	{
		[LIFE_DOWN] =
			{
				[LIFE_UP] = {true, LIFE_WAIT, LIFE_WANT_UP, TELL},
				[LIFE_ONCE] = {true, LIFE_WAIT, LIFE_WANT_ONCE, TELL},
				[LIFE_HALT] = NOTHING(LIFE_DOWN, LIFE_WANT_DOWN),
				[LIFE_EXIT] = {true, LIFE_GONE, LIFE_WANT_EXIT, TELL},
				[LIFE_DRAIN] = {true, LIFE_GONE, LIFE_WANT_EXIT, TELL},
				[LIFE_TERM] = NOTHING(LIFE_DOWN, LIFE_WANT_DOWN),
				[LIFE_KILL] = NOTHING(LIFE_DOWN, LIFE_WANT_DOWN),
				[LIFE_PAUSE] = NOTHING(LIFE_DOWN, LIFE_WANT_DOWN),
				[LIFE_CONT] = NOTHING(LIFE_DOWN, LIFE_WANT_DOWN),
			},
		[LIFE_WAIT] =
			{
				[LIFE_UP] = NOTHING(LIFE_WAIT, LIFE_WANT_UP),
				[LIFE_ONCE] = {true, LIFE_WAIT, LIFE_WANT_ONCE, TELL},
				[LIFE_HALT] = {true, LIFE_DOWN, LIFE_WANT_DOWN, TELL},
				[LIFE_EXIT] = {true, LIFE_GONE, LIFE_WANT_EXIT, TELL},
				[LIFE_DRAIN] = {true, LIFE_GONE, LIFE_WANT_EXIT, TELL},
				[LIFE_TERM] = NOTHING(LIFE_WAIT, LIFE_WANT_UP),
				[LIFE_KILL] = NOTHING(LIFE_WAIT, LIFE_WANT_UP),
				[LIFE_PAUSE] = NOTHING(LIFE_WAIT, LIFE_WANT_UP),
				[LIFE_CONT] = NOTHING(LIFE_WAIT, LIFE_WANT_UP),
				[LIFE_CLEAR] = {true, LIFE_START, LIFE_WANT_UP, TELL | LIFE_DO_START},
			},
		[LIFE_BACKOFF] =
			{
				[LIFE_UP] = {true, LIFE_START, LIFE_WANT_UP, TELL | LIFE_DO_START},
				[LIFE_ONCE] = {true, LIFE_BACKOFF, LIFE_WANT_ONCE, TELL},
				[LIFE_HALT] = {true, LIFE_DOWN, LIFE_WANT_DOWN, TELL},
				[LIFE_EXIT] = {true, LIFE_GONE, LIFE_WANT_EXIT, TELL},
				[LIFE_DRAIN] = {true, LIFE_GONE, LIFE_WANT_EXIT, TELL},
				[LIFE_TERM] = NOTHING(LIFE_BACKOFF, LIFE_WANT_UP),
				[LIFE_KILL] = NOTHING(LIFE_BACKOFF, LIFE_WANT_UP),
				[LIFE_PAUSE] = NOTHING(LIFE_BACKOFF, LIFE_WANT_UP),
				[LIFE_CONT] = NOTHING(LIFE_BACKOFF, LIFE_WANT_UP),
				[LIFE_TIMEOUT] = {true, LIFE_START, LIFE_WANT_UP, TELL | LIFE_DO_START},
			},
		[LIFE_START] =
			{
				[LIFE_STARTED] = {true, LIFE_RUN, LIFE_WANT_UP, TELL},
				[LIFE_FAILED] = {true, LIFE_START, LIFE_WANT_UP,
						 TELL | LIFE_DO_START}, /* the first short life is free */
			},
		[LIFE_RUN] =
			{
				[LIFE_UP] = NOTHING(LIFE_RUN, LIFE_WANT_UP),
				[LIFE_ONCE] = {true, LIFE_RUN, LIFE_WANT_ONCE, TELL},
				[LIFE_HALT] = {true, LIFE_STOPPING, LIFE_WANT_DOWN, TELL | LIFE_DO_STOP},
				[LIFE_EXIT] = {true, LIFE_STOPPING, LIFE_WANT_EXIT, TELL | LIFE_DO_STOP},
				[LIFE_DRAIN] = {true, LIFE_STOPPING, LIFE_WANT_EXIT, TELL},
				[LIFE_TERM] = {true, LIFE_RUN, LIFE_WANT_UP, TELL | LIFE_DO_TERM},
				[LIFE_KILL] = {true, LIFE_RUN, LIFE_WANT_UP, LIFE_DO_KILL},
				[LIFE_PAUSE] = {true, LIFE_RUN, LIFE_WANT_UP, TELL | LIFE_DO_PAUSE},
				[LIFE_CONT] = {true, LIFE_RUN, LIFE_WANT_UP, TELL | LIFE_DO_CONT},
				[LIFE_READY] = {true, LIFE_RUN, LIFE_WANT_UP, TELL},
				[LIFE_UNREADY] = NOTHING(LIFE_RUN, LIFE_WANT_UP),
				[LIFE_TIMEOUT] = {true, LIFE_RUN, LIFE_WANT_UP, LIFE_DO_CHECK},
				[LIFE_DIED] = {true, LIFE_LINGER, LIFE_WANT_UP, TELL | LIFE_DO_GROUP},
			},
		[LIFE_STOPPING] =
			{
				[LIFE_UP] = NOTHING(LIFE_STOPPING, LIFE_WANT_UP),
				[LIFE_ONCE] = {true, LIFE_STOPPING, LIFE_WANT_ONCE, TELL},
				[LIFE_HALT] = {true, LIFE_STOPPING, LIFE_WANT_DOWN, TELL},
				[LIFE_EXIT] = {true, LIFE_STOPPING, LIFE_WANT_EXIT, TELL},
				[LIFE_DRAIN] = {true, LIFE_STOPPING, LIFE_WANT_EXIT, TELL},
				[LIFE_TERM] = {true, LIFE_STOPPING, LIFE_WANT_UP, TELL | LIFE_DO_TERM},
				[LIFE_KILL] = {true, LIFE_STOPPING, LIFE_WANT_UP, LIFE_DO_KILL},
				[LIFE_PAUSE] = NOTHING(LIFE_STOPPING, LIFE_WANT_UP),
				[LIFE_CONT] = {true, LIFE_STOPPING, LIFE_WANT_UP, TELL | LIFE_DO_CONT},
				[LIFE_READY] = NOTHING(LIFE_STOPPING, LIFE_WANT_UP),
				[LIFE_UNREADY] = NOTHING(LIFE_STOPPING, LIFE_WANT_UP),
				[LIFE_DIED] = {true, LIFE_LINGER, LIFE_WANT_UP, TELL | LIFE_DO_GROUP},
				[LIFE_TIMEOUT] = {true, LIFE_STOPPING, LIFE_WANT_UP, LIFE_DO_KILL},
			},
		[LIFE_LINGER] =
			{
				[LIFE_UP] = NOTHING(LIFE_LINGER, LIFE_WANT_UP),
				[LIFE_ONCE] = {true, LIFE_LINGER, LIFE_WANT_ONCE, TELL},
				[LIFE_HALT] = {true, LIFE_LINGER, LIFE_WANT_DOWN, TELL},
				[LIFE_EXIT] = {true, LIFE_LINGER, LIFE_WANT_EXIT, TELL},
				[LIFE_DRAIN] = {true, LIFE_LINGER, LIFE_WANT_EXIT, TELL},
				[LIFE_TERM] = {true, LIFE_LINGER, LIFE_WANT_UP, TELL | LIFE_DO_TERM},
				[LIFE_KILL] = {true, LIFE_LINGER, LIFE_WANT_UP, LIFE_DO_KILL},
				[LIFE_PAUSE] = NOTHING(LIFE_LINGER, LIFE_WANT_UP),
				[LIFE_CONT] = {true, LIFE_LINGER, LIFE_WANT_UP, TELL | LIFE_DO_CONT},
				[LIFE_EMPTY] = {true, LIFE_FINISH, LIFE_WANT_UP, TELL | LIFE_DO_FINISH},
				[LIFE_TIMEOUT] = {true, LIFE_LINGER, LIFE_WANT_UP, LIFE_DO_KILL},
			},
		[LIFE_FINISH] =
			{
				[LIFE_UP] = NOTHING(LIFE_FINISH, LIFE_WANT_UP),
				[LIFE_ONCE] = {true, LIFE_FINISH, LIFE_WANT_ONCE, TELL},
				[LIFE_HALT] = {true, LIFE_FINISH, LIFE_WANT_DOWN, TELL},
				[LIFE_EXIT] = {true, LIFE_FINISH, LIFE_WANT_EXIT, TELL},
				[LIFE_DRAIN] = {true, LIFE_FINISH, LIFE_WANT_EXIT, TELL},
				[LIFE_TERM] = NOTHING(LIFE_FINISH, LIFE_WANT_UP),
				[LIFE_KILL] = {true, LIFE_FINISH, LIFE_WANT_UP, LIFE_DO_KILL},
				[LIFE_PAUSE] = NOTHING(LIFE_FINISH, LIFE_WANT_UP),
				[LIFE_CONT] = NOTHING(LIFE_FINISH, LIFE_WANT_UP),
				[LIFE_FINISHED] = {true, LIFE_START, LIFE_WANT_UP, TELL | LIFE_DO_START},
				[LIFE_TIMEOUT] = {true, LIFE_FINISH, LIFE_WANT_UP, LIFE_DO_KILL},
			},
		[LIFE_FATAL] =
			{
				[LIFE_UP] = {true, LIFE_WAIT, LIFE_WANT_UP, TELL},
				[LIFE_ONCE] = {true, LIFE_WAIT, LIFE_WANT_ONCE, TELL},
				[LIFE_HALT] = {true, LIFE_DOWN, LIFE_WANT_DOWN, TELL},
				[LIFE_EXIT] = {true, LIFE_GONE, LIFE_WANT_EXIT, TELL},
				[LIFE_DRAIN] = {true, LIFE_GONE, LIFE_WANT_EXIT, TELL},
				[LIFE_TERM] = NOTHING(LIFE_FATAL, LIFE_WANT_UP),
				[LIFE_KILL] = NOTHING(LIFE_FATAL, LIFE_WANT_UP),
				[LIFE_PAUSE] = NOTHING(LIFE_FATAL, LIFE_WANT_UP),
				[LIFE_CONT] = NOTHING(LIFE_FATAL, LIFE_WANT_UP),
			},
		/* GONE: nothing is possible */
};

static struct life in_state(enum life_state state)
{
	struct life life;

	life_begin(&life, NOW - 5000);
	life.state = state;
	life.want = state == LIFE_DOWN ? LIFE_WANT_DOWN : LIFE_WANT_UP;
	life.kill_ms = 3000;
	life.finish_ms = 5000;
	return life;
}

/* Does the step stop the program? It is asked in a child. */
static bool traps(struct life life, enum life_event event)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		signal(SIGTRAP, SIG_DFL);
		signal(SIGILL, SIG_DFL);
		_exit(life_step(&life, event, NOW) != 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status);
}

static void every_pair(void **unused)
{
	(void)unused;
	for (enum life_state s = 0; s < LIFE_STATES; s++) {
		for (enum life_event e = 0; e < LIFE_EVENTS; e++) {
			const struct expected *x = &table[s][e];
			struct life life = in_state(s);

			if (!x->possible) {
				assert_true(traps(life, e));
				continue;
			}
			unsigned actions = life_step(&life, e, NOW);
			if (life.state != x->state || life.want != x->want || actions != x->actions)
				fail_msg("%s, event %d: %s want %s actions %#x", life_state_word(s), e,
					 life_state_word(life.state), life_want_word(life.want), actions);
		}
	}
}

/* After FINISHED or FAILED it is the want that decides. */
static void wants_after_death(void **unused)
{
	static const struct {
		enum life_want want;
		enum life_state state;
		enum life_want after;
	} rows[] = {
		{LIFE_WANT_DOWN, LIFE_DOWN, LIFE_WANT_DOWN},
		{LIFE_WANT_ONCE, LIFE_DOWN, LIFE_WANT_ONCE},
		{LIFE_WANT_EXIT, LIFE_GONE, LIFE_WANT_EXIT},
		{LIFE_WANT_UP, LIFE_START, LIFE_WANT_UP},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct life life = in_state(LIFE_FINISH);

		life.want = rows[i].want;
		assert_int_not_equal(life_step(&life, LIFE_FINISHED, NOW), 0);
		assert_int_equal(life.state, rows[i].state);
		assert_int_equal(life.want, rows[i].after);
	}
}

/* It dies, and nobody is left of its group. */
static void die(struct life *life, int64_t now)
{
	assert_int_not_equal(life_step(life, LIFE_DIED, now), 0);
	assert_int_not_equal(life_step(life, LIFE_EMPTY, now), 0);
}

/* Starts it, lets it live so long, and lets it die. Returns the delay before the next start. */
static int64_t delay_after(struct life *life, int64_t *now, int64_t lived)
{
	if (life->state == LIFE_BACKOFF)
		assert_int_not_equal(life_step(life, LIFE_TIMEOUT, *now), 0);
	assert_int_not_equal(life_step(life, LIFE_STARTED, *now), 0);
	*now += lived;
	die(life, *now);
	*now += 7; /* finish has its time, which counts for nothing */
	assert_int_not_equal(life_step(life, LIFE_FINISHED, *now), 0);
	if (life->state == LIFE_START)
		return 0;
	assert_int_equal(life->state, LIFE_BACKOFF);
	int64_t delay = life->due - *now;
	*now = life->due;
	return delay;
}

static struct life about_to_start(void)
{
	struct life life;

	life_begin(&life, 0);
	assert_int_not_equal(life_step(&life, LIFE_UP, 0), 0);
	assert_int_not_equal(life_step(&life, LIFE_CLEAR, 0), 0);
	return life;
}

static void once_is_forgotten_by_down(void **unused)
{
	struct life life = in_state(LIFE_DOWN);

	(void)unused;
	life.want = LIFE_WANT_ONCE;
	assert_int_equal(life_step(&life, LIFE_HALT, NOW), LIFE_DO_TELL);
	assert_int_equal(life.want, LIFE_WANT_DOWN);
}

static void back_off(void **unused)
{
	static const int64_t seconds[] = {0, 1, 2, 4, 8, 16, 32, 60, 60, 60};
	struct life life = about_to_start();
	int64_t now = 0;

	(void)unused;
	for (size_t i = 0; i < sizeof seconds / sizeof seconds[0]; i++)
		assert_int_equal(delay_after(&life, &now, i % 2 ? 0 : LIFE_SHORT_MS - 1), 1000 * seconds[i]);
	/* A second of life is no reason to wait, but nothing is forgotten before a minute. */
	assert_int_equal(delay_after(&life, &now, LIFE_SHORT_MS), 0);
	assert_int_equal(delay_after(&life, &now, LIFE_LONG_MS - 1), 0);
	assert_int_equal(delay_after(&life, &now, 0), 60000);
	assert_int_equal(delay_after(&life, &now, LIFE_LONG_MS), 0);
	assert_int_equal(delay_after(&life, &now, 0), 0);
	assert_int_equal(delay_after(&life, &now, 0), 1000);
}

static void ten_starts_at_most_in_thirty_seconds(void **unused)
{
	struct life life = about_to_start();
	int64_t now = 0;
	int starts = 0;

	(void)unused;
	for (; now < 30000; starts++)
		delay_after(&life, &now, 1);
	assert_in_range(starts, 2, 10);
}

static void a_death_that_was_asked_for_costs_nothing(void **unused)
{
	struct life life = about_to_start();
	int64_t now = 0;

	(void)unused;
	life.max_tally = 2;
	for (int i = 0; i < 5; i++) {
		assert_int_not_equal(life_step(&life, LIFE_STARTED, now), 0);
		assert_int_not_equal(life_step(&life, i % 2 ? LIFE_TERM : LIFE_KILL, now), 0);
		die(&life, now);
		assert_int_not_equal(life_step(&life, LIFE_FINISHED, now), 0);
		assert_int_equal(life.state, LIFE_START);
	}
	assert_int_equal(life.deaths, 5);
	assert_int_equal(life.tally, 0);
}

static void given_up_after_max_tally(void **unused)
{
	struct life life = about_to_start();
	int64_t now = 0;

	(void)unused;
	life.max_tally = 3;
	assert_int_equal(delay_after(&life, &now, 0), 0);
	assert_int_equal(delay_after(&life, &now, 0), 1000);
	assert_int_not_equal(life_step(&life, LIFE_TIMEOUT, now), 0);
	assert_int_not_equal(life_step(&life, LIFE_FAILED, now), 0);
	assert_int_equal(life.state, LIFE_FATAL);
	assert_int_equal(life.due, LIFE_NEVER);
	/* Whoever says up means it: all is forgotten. */
	assert_int_not_equal(life_step(&life, LIFE_UP, now), 0);
	assert_int_equal(life.tally, 0);
	assert_int_not_equal(life_step(&life, LIFE_CLEAR, now), 0);
	assert_int_equal(delay_after(&life, &now, 0), 0);
}

static void deadlines(void **unused)
{
	struct life life = in_state(LIFE_RUN);

	(void)unused;
	assert_int_not_equal(life_step(&life, LIFE_HALT, NOW), 0);
	assert_int_equal(life.due, NOW + 3000);
	assert_int_not_equal(life_step(&life, LIFE_TIMEOUT, life.due), 0);
	assert_int_equal(life.due, LIFE_NEVER);
	die(&life, NOW + 3001);
	assert_int_equal(life.due, NOW + 3001 + 5000);

	life = in_state(LIFE_RUN);
	life.kill_ms = life.finish_ms = 0;
	assert_int_not_equal(life_step(&life, LIFE_EXIT, NOW), 0);
	assert_int_equal(life.due, LIFE_NEVER);
	die(&life, NOW);
	assert_int_equal(life.due, LIFE_NEVER);

	life = in_state(LIFE_RUN);
	assert_int_not_equal(life_step(&life, LIFE_DRAIN, NOW), 0);
	assert_int_equal(life.due, NOW + LIFE_DRAIN_MS);
}

static void ready_and_age(void **unused)
{
	struct life life = about_to_start();

	(void)unused;
	assert_int_not_equal(life_step(&life, LIFE_STARTED, 10), 0);
	assert_true(life.ready);
	life = about_to_start();
	life.announces = true;
	assert_int_not_equal(life_step(&life, LIFE_STARTED, 10), 0);
	assert_false(life.ready);
	assert_int_equal(life_step(&life, LIFE_READY, 20), LIFE_DO_TELL);
	assert_true(life.ready);
	assert_int_equal(life_step(&life, LIFE_READY, 30), 0);
	/* Being told to go does not make it younger. */
	assert_int_not_equal(life_step(&life, LIFE_HALT, 40), 0);
	assert_int_equal(life.since, 10);
	assert_true(life.term);
	die(&life, 50);
	assert_false(life.ready || life.term);
	assert_int_equal(life.since, 50);
}

static void check_until_ready(void **unused)
{
	struct life life = about_to_start();

	(void)unused;
	life.checked = true;
	assert_int_not_equal(life_step(&life, LIFE_STARTED, 10), 0);
	assert_int_equal(life.due, 10);
	assert_int_equal(life_step(&life, LIFE_TIMEOUT, 10), LIFE_DO_CHECK);
	assert_int_equal(life.due, 10 + LIFE_CHECKING_MS);
	assert_int_equal(life_step(&life, LIFE_UNREADY, 20), 0);
	assert_int_equal(life.due, 20 + LIFE_CHECK_MS);
	assert_false(life.ready);
	assert_int_equal(life_step(&life, LIFE_TIMEOUT, life.due), LIFE_DO_CHECK);
	assert_int_equal(life_step(&life, LIFE_READY, 2000), LIFE_DO_TELL);
	assert_true(life.ready);
	assert_int_equal(life.due, 2000 + LIFE_ALIVE_MS);
}

/* A minute later it is still looked at, and what it says is believed. */
static void checks_go_on(void **unused)
{
	struct life life = about_to_start();

	(void)unused;
	life.checked = life.announces = true;
	assert_int_not_equal(life_step(&life, LIFE_STARTED, 0), 0);
	assert_int_equal(life.due, LIFE_NEVER); /* first it has to say so itself */
	assert_int_equal(life_step(&life, LIFE_READY, 10), LIFE_DO_TELL);
	assert_int_equal(life_step(&life, LIFE_TIMEOUT, life.due), LIFE_DO_CHECK);
	assert_int_equal(life_step(&life, LIFE_UNREADY, 20000), LIFE_DO_TELL);
	assert_false(life.ready);
	assert_int_equal(life.due, 20000 + LIFE_CHECK_MS);
	assert_int_equal(life_step(&life, LIFE_UNREADY, 21000), 0);
	assert_int_equal(life_step(&life, LIFE_READY, 22000), LIFE_DO_TELL);
	assert_true(life.ready);
	assert_int_equal(life.state, LIFE_RUN);
}

static void too_many_misses_are_a_restart(void **unused)
{
	struct life life = about_to_start();

	(void)unused;
	life.checked = true;
	life.max_misses = 2;
	assert_int_not_equal(life_step(&life, LIFE_STARTED, 0), 0);
	for (int i = 0; i < 5; i++) /* while it comes up that is no reason */
		assert_int_equal(life_step(&life, LIFE_UNREADY, 10), 0);
	assert_int_equal(life_step(&life, LIFE_READY, 20), LIFE_DO_TELL);
	assert_int_equal(life_step(&life, LIFE_UNREADY, 30), LIFE_DO_TELL);
	assert_int_equal(life_step(&life, LIFE_READY, 40), LIFE_DO_TELL);
	assert_int_equal(life_step(&life, LIFE_UNREADY, 50), LIFE_DO_TELL);
	assert_int_equal(life_step(&life, LIFE_UNREADY, 60), LIFE_DO_STOP | LIFE_DO_TELL);
	assert_int_equal(life.state, LIFE_STOPPING);
	die(&life, 5000);
	assert_int_equal(life.tally, 1); /* nobody asked for it */
	assert_int_not_equal(life_step(&life, LIFE_FINISHED, 5000), 0);
	assert_int_equal(life.state, LIFE_START);
}

/* How long what is left of a group may take, after each kind of end. */
static void groups(void **unused)
{
	struct life life = in_state(LIFE_RUN);

	(void)unused;
	assert_int_equal(life_step(&life, LIFE_DIED, NOW), LIFE_DO_GROUP | LIFE_DO_TELL);
	assert_int_equal(life.due, NOW + 3000); /* timeout-kill */
	assert_int_equal(life_step(&life, LIFE_TIMEOUT, life.due), LIFE_DO_KILL);
	assert_int_equal(life.due, NOW + 3000 + LIFE_KILLED_MS);
	/* Not even KILL helps: it goes on. */
	assert_int_equal(life_step(&life, LIFE_TIMEOUT, life.due), LIFE_DO_FINISH | LIFE_DO_TELL);

	life = in_state(LIFE_RUN);
	life.kill_ms = 0;
	assert_int_not_equal(life_step(&life, LIFE_DIED, NOW), 0);
	assert_int_equal(life.due, NOW + LIFE_GROUP_MS);

	life = in_state(LIFE_RUN);
	assert_int_not_equal(life_step(&life, LIFE_HALT, NOW), 0);
	assert_int_not_equal(life_step(&life, LIFE_DIED, NOW + 1), 0);
	assert_int_equal(life.due, NOW + 3000); /* the time that was given to all of it */

	life = in_state(LIFE_RUN);
	life.kill_ms = 0;
	assert_int_not_equal(life_step(&life, LIFE_HALT, NOW), 0);
	assert_int_not_equal(life_step(&life, LIFE_DIED, NOW + 1), 0);
	assert_int_equal(life.due, NOW + 1 + LIFE_GROUP_MS); /* run could take for ever, the rest of it not */

	life = in_state(LIFE_RUN);
	assert_int_equal(life_step(&life, LIFE_KILL, NOW), LIFE_DO_KILL);
	assert_int_not_equal(life_step(&life, LIFE_DIED, NOW + 1), 0);
	assert_int_equal(life.due, NOW + 1 + LIFE_KILLED_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_pair),
		cmocka_unit_test(wants_after_death),
		cmocka_unit_test(once_is_forgotten_by_down),
		cmocka_unit_test(back_off),
		cmocka_unit_test(ten_starts_at_most_in_thirty_seconds),
		cmocka_unit_test(a_death_that_was_asked_for_costs_nothing),
		cmocka_unit_test(given_up_after_max_tally),
		cmocka_unit_test(deadlines),
		cmocka_unit_test(ready_and_age),
		cmocka_unit_test(check_until_ready),
		cmocka_unit_test(checks_go_on),
		cmocka_unit_test(too_many_misses_are_a_restart),
		cmocka_unit_test(groups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
