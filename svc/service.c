#include "svc/service.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "lib/io.h"
#include "lib/log.h"
#include "lib/text.h"
#include "svc/command.h"
#include "svc/custom.h"
#include "svc/launch.h"
#include "svc/listen.h"
#include "svc/notify.h"
#include "svc/output.h"
#include "svc/signame.h"

static unsigned events, lingering;

unsigned service_events(void)
{
	return events;
}

unsigned service_lingering(void)
{
	return lingering;
}

void service_relay(struct service *s, int signal)
{
	char letter = s->customs ? custom_letter(signal) : 0;

	if (!life_runs(&s->life))
		return;
	if (letter != 0)
		custom_send(s, letter);
	else
		service_signal(s, signal);
}

/* What waits for a restart to change, does so here. */
static void take_settings(struct service *s, const struct dir *d, struct dir_settings *set)
{
	dir_settings(d, set);
	s->life.kill_ms = set->kill_ms;
	s->life.finish_ms = set->finish_ms;
	s->life.max_tally = (uint16_t)set->max_death_tally;
	s->life.max_misses = (uint8_t)set->max_check_tally;
	s->life.checked = dir_has(d, DIR_CHECK);
	s->life.announces = set->announces;
	s->finishes = dir_has(d, DIR_FINISH);
	s->customs = dir_has(d, DIR_CONTROL) && !s->logger;
	s->up_ms = set->up_ms;
	s->down_signal = (uint8_t)set->down_signal;
	s->essential = dir_has(d, DIR_ESSENTIAL) || (s->command && service_world.command_is_all);
}

/* As a shell would have it. */
static int exit_code(int error)
{
	return error == ENOENT ? 127 : error == EACCES || error == ENOEXEC ? 126 : 111;
}

static void end_readiness(struct service *s)
{
	io_close(&s->notify);
	notify_close(&s->messages, service_world.place, s->slot);
}

static enum life_event start_run(struct service *s)
{
	static char *const plain[] = {"./run", NULL};
	char *const *argv = s->command ? service_world.argv : plain;
	const char *path = argv[0];
	static char found[PATH_MAX]; /* not on the stack: as a rule nobody touches it */
	struct dir_settings set;
	struct dir d;
	pid_t pid = -1;

	if (service_open(s, &d) == 0 || (errno == ENOENT && s->command)) {
		take_settings(s, &d, &set);
		if (!s->command || command_find(path, found, sizeof found) == 0)
			pid = launch(s, &d, s->command ? found : path, argv, &set);
	}
	if (pid != -1) {
		s->pid = pid;
		log_debug("%s: started, pid %d", s->name, (int)pid);
	} else {
		int error = errno;

		end_readiness(s);
		s->life.status = exit_code(error) << 8;
		log_error_errno("%s: cannot start %s%s", s->name, path, launch_remedy(error));
	}
	dir_close(&d);
	return pid == -1 ? LIFE_FAILED : LIFE_STARTED;
}

/* False when there is nothing to wait for. */
static bool start_finish(struct service *s)
{
	int status = s->life.status;
	char code[12], signal[12];
	char *argv[] = {"./finish", code, signal, NULL};
	pid_t pid;

	s->pid = 0;
	if (!s->finishes)
		return false;
	if (text_format(code, sizeof code, "%d", WIFEXITED(status) ? WEXITSTATUS(status) : -1) == -1 ||
	    text_format(signal, sizeof signal, "%d", WIFSIGNALED(status) ? WTERMSIG(status) : 0) == -1)
		return false;
	pid = launch_aside(s, argv);
	s->pid = pid == -1 ? 0 : pid;
	return pid != -1;
}

static void end_check(struct service *s)
{
	if (s->checker != 0)
		(void)kill(-s->checker, SIGKILL);
	s->checker = 0; /* when it is reaped it is an orphan */
}

/* False when it has failed already: it cannot be started, or the one before takes too long. */
static bool start_check(struct service *s)
{
	static char *const argv[] = {"./check", NULL};

	if (s->checker != 0) {
		log_warn("%s: its check takes more than %d s", s->name, LIFE_CHECKING_MS / 1000);
		end_check(s);
		return false;
	}
	s->checker = launch_aside(s, argv);
	if (s->checker == -1)
		s->checker = 0;
	return s->checker != 0;
}

/* False when nobody is left. One call as a rule: a group that has died with its run is not to be found. Who is left may
 * have been born after the signal that ended run, so it is told by itself. */
static bool tell_group(const struct service *s)
{
	if (s->pid == 0 || kill(-s->pid, s->life.killed ? SIGKILL : service_down_signal(s)) == -1)
		return false;
	service_signal(s, SIGCONT);
	log_debug("%s: others of its process group are left", s->name);
	return true;
}

static void send_signals(struct service *s, unsigned actions)
{
	if (actions & LIFE_DO_STOP) {
		custom_send(s, 't');
		custom_send(s, s->life.want == LIFE_WANT_EXIT ? 'x' : 'd');
	}
	if (actions & LIFE_DO_TERM)
		custom_send(s, 't');
	if (actions & LIFE_DO_PAUSE)
		custom_send(s, 'p');
	if (actions & LIFE_DO_CONT)
		custom_send(s, 'c');
	if (actions & LIFE_DO_KILL)
		service_signal(s, SIGKILL);
}

/* What a check that failed comes to; said when it makes a difference. */
static enum life_event unready(const struct service *s)
{
	const struct life *l = &s->life;

	if (l->proven && l->max_misses && l->misses + 1 >= l->max_misses)
		log_error("%s: %u checks in a row failed: it is started anew", s->name, l->max_misses);
	else if (l->ready)
		log_warn("%s: its check fails", s->name);
	return LIFE_UNREADY;
}

static void say_outcome(const struct service *s, int64_t now)
{
	if (s->life.state == LIFE_BACKOFF)
		log_info("%s: starts again in %lld s", s->name, (long long)(s->life.due - now) / 1000);
	if (s->life.state == LIFE_FATAL)
		log_error("%s: died %u times in a row and is left down; `sv up %s` starts it again", s->name,
			  s->life.tally, s->name);
}

void service_event(struct service *s, enum life_event event, int64_t now)
{
	unsigned actions, all = 0;

	if (event == LIFE_UP && s->command && service_world.command_is_all)
		event = LIFE_ONCE;
	for (;;) {
		events++;
		lingering -= s->life.state == LIFE_LINGER;
		actions = life_step(&s->life, event, now);
		lingering += s->life.state == LIFE_LINGER;
		all |= actions;
		send_signals(s, actions);
		if (actions & LIFE_DO_GROUP && !tell_group(s))
			event = LIFE_EMPTY;
		else if (actions & LIFE_DO_START)
			event = start_run(s);
		else if (actions & LIFE_DO_FINISH && !start_finish(s))
			event = LIFE_FINISHED;
		else if (actions & LIFE_DO_CHECK && !start_check(s))
			event = unready(s);
		else
			break;
	}
	if (all & LIFE_DO_TELL) {
		say_outcome(s, now);
		service_world.changed(s, now);
	}
}

void service_ask(struct service *s, enum life_event event, int64_t now)
{
	if (event == LIFE_KILL && life_runs(&s->life) && s->customs) {
		custom_send(s, 'k');
		return;
	}
	service_event(s, event, now);
	if ((event == LIFE_UP || event == LIFE_ONCE) && !s->logger)
		custom_send(s, 'u');
}

static void say_death(const struct service *s, int status, int64_t now)
{
	long long age = (now - s->life.since) / 1000;
	char how[32];
	struct text t;

	text_begin(&t, how, sizeof how);
	if (WIFSIGNALED(status))
		text_addf(&t, "killed by %s", signame_text(WTERMSIG(status)));
	else
		text_addf(&t, "exited with code %d", WEXITSTATUS(status));
	if (s->life.asked)
		log_debug("%s: %s after %lld s", s->name, how, age);
	else
		log_info("%s: %s after %lld s", s->name, how, age);
}

void service_died(struct service *s, int status, int64_t now)
{
	if (s->life.state == LIFE_FINISH) {
		s->pid = 0;
		service_event(s, LIFE_FINISHED, now);
		return;
	}
	output_died(s->slot, now);
	say_death(s, status, now);
	end_readiness(s);
	end_check(s);
	custom_forget(s);
	s->life.status = status;
	service_event(s, LIFE_DIED, now);
}

void service_checked(struct service *s, int status, int64_t now)
{
	s->checker = 0;
	if (s->life.state == LIFE_RUN)
		service_event(s, status == 0 ? LIFE_READY : unready(s), now);
}

void service_look(struct service *s, int64_t now)
{
	if (s->life.state == LIFE_LINGER && kill(-s->pid, 0) == -1)
		service_event(s, LIFE_EMPTY, now);
}

static void is_ready(struct service *s, int64_t now)
{
	if (s->life.state == LIFE_RUN && s->life.announces)
		service_event(s, LIFE_READY, now);
}

void service_notified(struct service *s, int64_t now)
{
	char buf[64];
	ssize_t n = read(s->notify, buf, sizeof buf);

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0 && memchr(buf, '\n', (size_t)n) == NULL)
		return;
	io_close(&s->notify);
	if (n > 0)
		is_ready(s, now);
	else
		log_debug("%s: closed its notification-fd without a newline", s->name); /* most likely it died */
}

void service_message(struct service *s, int64_t now)
{
	if (notify_take(s->messages))
		is_ready(s, now);
}

void service_release(struct service *s)
{
	end_readiness(s);
	io_close(&s->pipe);
	output_close(s->slot);
	if (s->moved)
		listen_leave(s->slot);
	else
		listen_release(s->slot);
}
