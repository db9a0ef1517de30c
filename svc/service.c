#include "svc/service.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>
#include "lib/io.h"
#include "lib/log.h"
#include "lib/spawn.h"
#include "svc/command.h"
#include "svc/signame.h"

static struct service_world world;
static unsigned events;

/* For the service that is being started, and only then. Its pages are not touched when nothing differs from init's. */
static struct dir_env env;

void service_begin(const struct service_world *w)
{
	world = *w;
}

unsigned service_events(void)
{
	return events;
}

void service_signal(const struct service *s, int signal)
{
	if (s->pid != 0 && kill(-s->pid, signal) == -1 && errno != ESRCH)
		log_error_errno("%s: cannot send %s", s->name, signame_text(signal));
}

/* The pipe on which it will say that it is ready. Returns the end for the child, or -1. */
static int open_notify(struct service *s)
{
	int ends[2];
	struct epoll_event event = {.events = EPOLLIN, .data.u32 = s->slot};

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) == -1)
		return -1;
	if (fcntl(ends[1], F_SETFL, 0) == -1 || epoll_ctl(world.epoll, EPOLL_CTL_ADD, ends[0], &event) == -1) {
		io_close(&ends[0]);
		io_close(&ends[1]);
		return -1;
	}
	s->notify = ends[0];
	return ends[1];
}

static int set_variables(const struct dir *d, const struct ident *as, int notification_fd)
{
	char number[8];

	if (dir_env_begin(&env, world.environ) == -1)
		return -1;
	if (world.run_dir != NULL && dir_env_set(&env, "RUN_DIR", world.run_dir) == -1)
		return -1;
	if (as != NULL && (dir_env_set(&env, "HOME", as->home) == -1 || dir_env_set(&env, "USER", as->name) == -1))
		return -1;
	if (notification_fd != -1 && (text_format(number, sizeof number, "%d", notification_fd) == -1 ||
				      dir_env_set(&env, "NOTIFICATION_FD", number) == -1))
		return -1;
	return dir_env(d, &env);
}

/* Makes a process of this service; notification_fd -1: it is not run, or says nothing. */
static pid_t launch(struct service *s, const struct dir *d, const char *path, char *const *argv, int notification_fd)
{
	struct ident as;
	int fds[SPAWN_FDS] = {s->logger ? s->pipe : 0, !s->logger && s->pipe != -1 ? s->pipe : 1, 2};
	struct spawn sp = {.path = path, .argv = argv, .envp = world.environ, .fds = fds, .nfds = 3, .cwd = d->fd};
	int user = dir_user(d, &as);
	int ready = -1;
	pid_t pid = -1;

	errno = 0; /* what dir_user and set_variables find is said by them */
	if (user == -1)
		return -1;
	if (argv == world.argv)
		sp.cwd = -1, sp.foreground = world.terminal;
	sp.session = !sp.foreground;
	sp.as = user ? &as : NULL;
	if (user || world.run_dir != NULL || notification_fd != -1 || dir_has(d, DIR_ENV)) {
		if (set_variables(d, sp.as, notification_fd) == -1)
			return -1;
		sp.envp = env.vars;
	}
	if (notification_fd != -1) {
		if ((ready = open_notify(s)) == -1)
			return -1;
		for (; (int)sp.nfds < notification_fd; sp.nfds++)
			fds[sp.nfds] = -1;
		fds[sp.nfds++] = ready;
	}
	pid = spawn(&sp);
	io_close(&ready);
	return pid;
}

/* What waits for a restart to change, does so here. */
static void take_settings(struct service *s, const struct dir *d, struct dir_settings *set)
{
	dir_settings(d, set);
	s->life.kill_ms = set->kill_ms;
	s->life.finish_ms = set->finish_ms;
	s->life.max_tally = (uint16_t)set->max_death_tally;
	s->life.checked = set->notification_fd == -1 && dir_has(d, DIR_CHECK);
	s->life.announces = s->life.checked || set->notification_fd != -1;
	s->finishes = dir_has(d, DIR_FINISH);
	s->up_ms = set->up_ms;
	s->down_signal = (uint8_t)set->down_signal;
	s->essential = dir_has(d, DIR_ESSENTIAL) || (s->command && world.command_is_all);
}

static const char *remedy(int error)
{
	return error == EACCES	  ? " (is it executable?)"
	       : error == ENOENT  ? " (it or the interpreter in its first line is missing)"
	       : error == EPERM	  ? " (only root may become another user)"
	       : error == ENOEXEC ? " (a script must start with #! and an interpreter)"
				  : "";
}

/* As a shell would have it. */
static int exit_code(int error)
{
	return error == ENOENT ? 127 : error == EACCES || error == ENOEXEC ? 126 : 111;
}

static enum life_event start_run(struct service *s)
{
	static char *const plain[] = {"./run", NULL};
	char *const *argv = s->command ? world.argv : plain;
	const char *path = argv[0];
	char found[PATH_MAX];
	struct dir_settings set;
	struct dir d;
	pid_t pid = -1;

	if (dir_open(&d, world.svdir, s->name) == 0 || (errno == ENOENT && s->command)) {
		take_settings(s, &d, &set);
		if (!s->command || command_find(path, found, sizeof found) == 0)
			pid = launch(s, &d, s->command ? found : path, argv, set.notification_fd);
	}
	if (pid != -1) {
		s->pid = pid;
		log_debug("%s: started, pid %d", s->name, (int)pid);
	} else {
		int error = errno;

		io_close(&s->notify);
		s->life.status = exit_code(error) << 8;
		log_error_errno("%s: cannot start %s%s", s->name, path, remedy(error));
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
	struct dir d;
	pid_t pid = -1;

	if (!s->finishes)
		return false;
	if (text_format(code, sizeof code, "%d", WIFEXITED(status) ? WEXITSTATUS(status) : -1) == -1 ||
	    text_format(signal, sizeof signal, "%d", WIFSIGNALED(status) ? WTERMSIG(status) : 0) == -1)
		return false;
	if (dir_open(&d, world.svdir, s->name) == 0 && dir_has(&d, DIR_FINISH)) {
		pid = launch(s, &d, argv[0], argv, -1);
		if (pid == -1)
			log_error_errno("%s: cannot start ./finish%s", s->name, remedy(errno));
	}
	dir_close(&d);
	s->pid = pid == -1 ? 0 : pid;
	return pid != -1;
}

static void end_check(struct service *s)
{
	if (s->checker != 0)
		(void)kill(-s->checker, SIGKILL);
	s->checker = 0; /* when it is reaped it is an orphan */
}

/* False when it has failed already. */
static bool start_check(struct service *s)
{
	static char *const argv[] = {"./check", NULL};
	struct dir d;
	pid_t pid = -1;

	if (s->checker != 0)
		log_warn("%s: its check takes more than %d s", s->name, LIFE_CHECKING_MS / 1000);
	end_check(s);
	if (dir_open(&d, world.svdir, s->name) == 0)
		pid = launch(s, &d, argv[0], argv, -1);
	if (pid == -1)
		log_error_errno("%s: cannot start ./check%s", s->name, remedy(errno));
	else
		s->checker = pid;
	dir_close(&d);
	return pid != -1;
}

static void send_signals(const struct service *s, unsigned actions)
{
	if (actions & LIFE_DO_STOP)
		service_signal(s, s->down_signal ? s->down_signal : world.down_signal);
	if (actions & LIFE_DO_TERM)
		service_signal(s, SIGTERM);
	if (actions & LIFE_DO_PAUSE)
		service_signal(s, SIGSTOP);
	if (actions & (LIFE_DO_CONT | LIFE_DO_STOP))
		service_signal(s, SIGCONT);
	if (actions & LIFE_DO_KILL)
		service_signal(s, SIGKILL);
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

	if (event == LIFE_UP && s->command && world.command_is_all)
		event = LIFE_ONCE;
	for (;;) {
		events++;
		actions = life_step(&s->life, event, now);
		all |= actions;
		send_signals(s, actions);
		if (actions & LIFE_DO_START)
			event = start_run(s);
		else if (actions & LIFE_DO_FINISH && !start_finish(s))
			event = LIFE_FINISHED;
		else if (actions & LIFE_DO_CHECK && !start_check(s))
			event = LIFE_UNREADY;
		else
			break;
	}
	if (all & LIFE_DO_TELL) {
		say_outcome(s, now);
		world.changed(s, now);
	}
}

static void say_death(const struct service *s, int status, int64_t now)
{
	void (*say)(const char *, ...) __attribute__((format(printf, 1, 2))) = s->life.asked ? log_debug : log_info;
	long long age = (now - s->life.since) / 1000;

	if (WIFSIGNALED(status))
		say("%s: killed by %s after %lld s", s->name, signame_text(WTERMSIG(status)), age);
	else
		say("%s: exited with code %d after %lld s", s->name, WEXITSTATUS(status), age);
}

void service_died(struct service *s, int status, int64_t now)
{
	s->pid = 0;
	if (s->life.state == LIFE_FINISH) {
		service_event(s, LIFE_FINISHED, now);
		return;
	}
	say_death(s, status, now);
	io_close(&s->notify);
	end_check(s);
	s->life.status = status;
	service_event(s, LIFE_DIED, now);
}

void service_checked(struct service *s, int status, int64_t now)
{
	s->checker = 0;
	service_event(s, status == 0 ? LIFE_READY : LIFE_UNREADY, now);
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
		service_event(s, LIFE_READY, now);
	else
		log_debug("%s: closed its notification-fd without a newline", s->name); /* most likely it died */
}

void service_release(struct service *s)
{
	io_close(&s->notify);
	io_close(&s->pipe);
}
