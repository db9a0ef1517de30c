#include "init/stop.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "lib/clock.h"
#include "lib/env.h"
#include "lib/io.h"
#include "lib/log.h"
#include "lib/text.h"
#include "svc/after.h"
#include "svc/dir.h"
#include "svc/output.h"
#include "svc/table.h"

#define GRACE_MS 1000 /* for what comes after the services, and for the dead to be seen */

enum phase {
	NOT_STOPPING,
	SERVICES,  /* are told to go, in their order */
	LOGGERS,   /* read what is left */
	LEFTOVERS, /* processes that are nobody's have had TERM */
	KILLED,	   /* they have had KILL */
	WORDS,	   /* the last ones of all come out */
	OVER,
};

static struct {
	const struct config *config;
	enum phase phase;
	unsigned asked; /* how often */
	int signal;	/* that asked first; 0: an essential service ended */
	int code;	/* of the essential service */
	int64_t due;
} stop = {.due = CLOCK_NEVER};

void stop_begin(const struct config *config)
{
	stop.config = config;
}

bool stop_is_under_way(void)
{
	return stop.phase != NOT_STOPPING;
}

int64_t stop_due(void)
{
	return stop.due;
}

bool stop_is_over(int *code)
{
	*code = stop.signal != 0 && stop.config->exit_by_signal ? 128 + stop.signal : stop.code;
	return stop.phase == OVER;
}

static void start(int signal, int64_t now)
{
	if (signal != 0)
		log_info("stopping all services");
	stop.signal = signal;
	stop.phase = SERVICES;
	stop.due = now + stop.config->svwait_ms;
	after_note_all(stop.config->svdir);
}

void stop_asked(int signal, int64_t now)
{
	if (stop.phase == NOT_STOPPING)
		start(signal, now);
	if (++stop.asked == 3)
		stop.due = now;
}

static int exit_code(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

void stop_saw(const struct service *s, int64_t now)
{
	bool ended = (s->life.state == LIFE_DOWN && s->life.want == LIFE_WANT_ONCE && s->life.died) ||
		     s->life.state == LIFE_FATAL;

	if (stop.phase == NOT_STOPPING && s->essential && ended) {
		stop.code = exit_code(s->life.status);
		log_info("%s has ended: so does the container, with code %d", s->name, stop.code);
		start(0, now);
	} else if (stop.phase == SERVICES && stop.signal != 0 && (s->essential || s->command) &&
		   s->life.state == LIFE_GONE && s->life.died) {
		stop.code = exit_code(s->life.status);
	}
}

static void tell_services(bool everyone, bool *going, bool *waiting, int64_t now)
{
	for (struct service *s = table_next(NULL); s != NULL; s = table_next(s)) {
		if (s->logger || s->life.want == LIFE_WANT_EXIT) {
			*going |= !s->logger;
		} else if (everyone || !after_needed(s)) {
			*going = true;
			service_event(s, LIFE_EXIT, now);
		} else {
			*waiting = true;
		}
	}
}

/* Returns false when none is there. */
static bool kill_late(bool loggers, int64_t now)
{
	bool any = false;

	for (struct service *s = table_next(NULL); s != NULL; s = table_next(s)) {
		if (s->logger != loggers)
			continue;
		any = true;
		if (now < stop.due)
			continue;
		if (s->pid != 0)
			log_warn("%s (pid %d) did not stop in time: killed", s->name, (int)s->pid);
		if (s->life.want != LIFE_WANT_EXIT)
			service_event(s, LIFE_EXIT, now);
		if (s->pid != 0)
			service_event(s, LIFE_KILL, now);
	}
	return any;
}

static void name_process(void *ctx, const char *name, unsigned char type)
{
	const int *proc = ctx;
	char path[32], comm[32];
	uint64_t pid;

	(void)type;
	if (env_number(name, 2, INT32_MAX, &pid) == 0 && text_format(path, sizeof path, "%s/comm", name) != -1 &&
	    io_read_line(*proc, path, comm, sizeof comm) > 0)
		log_warn("%s (pid %s) is left and is stopped", comm, name);
}

static bool anybody_left(void)
{
	siginfo_t info;

	return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD;
}

/* Not as PID 1: everybody is not ours then. */
static bool stop_leftovers(int signal)
{
	int proc;

	if (getpid() != 1 || !anybody_left())
		return false;
	proc = openat(AT_FDCWD, "/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (signal == SIGTERM && proc != -1)
		(void)!dir_entries(proc, name_process, &proc);
	io_close(&proc);
	return kill(-1, signal) == 0;
}

static void enter(enum phase phase, int64_t due)
{
	stop.phase = phase;
	stop.due = due;
}

static void step(int64_t now)
{
	bool going = false, waiting = false;

	switch (stop.phase) {
	case NOT_STOPPING:
	case OVER: return;
	case SERVICES:
		tell_services(false, &going, &waiting, now);
		if (waiting && !going) /* a circle: nobody can go first */
			tell_services(true, &going, &waiting, now);
		if (!kill_late(false, now))
			enter(LOGGERS, stop.due < now + GRACE_MS ? now + GRACE_MS : stop.due);
		else if (now >= stop.due)
			stop.due = now + GRACE_MS; /* for its finish, if it has one */
		return;
	case LOGGERS:
		if (!kill_late(true, now)) {
			if (stop_leftovers(SIGTERM))
				enter(LEFTOVERS, now + GRACE_MS);
			else
				enter(WORDS, now + GRACE_MS);
		} else if (now >= stop.due) {
			stop.due = now + GRACE_MS;
		}
		return;
	case LEFTOVERS:
		if (!anybody_left())
			enter(WORDS, now + GRACE_MS);
		else if (now >= stop.due)
			enter(stop_leftovers(SIGKILL) ? KILLED : WORDS, now + GRACE_MS);
		return;
	case KILLED:
		if (!anybody_left() || now >= stop.due)
			enter(WORDS, now + GRACE_MS);
		return;
	case WORDS:
		if (output_rest(now)) {
			enter(OVER, CLOCK_NEVER);
		} else if (now >= stop.due) {
			log_warn("stdout is not read: the last lines of services are lost");
			enter(OVER, CLOCK_NEVER);
		}
		return;
	}
}

void stop_turn(int64_t now)
{
	enum phase before;

	do {
		before = stop.phase;
		step(now);
	} while (stop.phase != before);
}
