#include "updater/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>
#include "lib/clock.h"
#include "lib/io.h"
#include "lib/log.h"
#include "updater/cycle.h"

#define SLEEP_MS 1000		 /* a shorter wait is none */
#define STACK_USED (128UL << 10) /* at most; the deepest is hash_on() in updater/disk/audit */

enum { SIGNALS, LISTEN, HELPER, HOOK, POST, NOTIFY, WATCH, ANSWER, CLIENTS, SLOTS = CLIENTS + CONTROL_CLIENTS };

int loop_signals(void)
{
	static const int own[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
	sigset_t set;
	sigfillset(&set);
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		sigdelset(&set, own[i]);
	/* init relays every signal to every service: those that say nothing to us must not kill us. */
	if (sigprocmask(SIG_BLOCK, &set, NULL) == -1)
		return -1;
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Reaps one child; its pid, 0 when none is dead. Each leads a process group: what is left of that goes with it, while
 * the number of the dead one can be nobody else's yet. */
static pid_t reap_one(int *status)
{
	siginfo_t dead = {0};
	if (waitid(P_ALL, 0, &dead, WEXITED | WNOHANG | WNOWAIT) == -1 || dead.si_pid == 0)
		return 0;
	kill(-dead.si_pid, SIGKILL);
	return waitpid(dead.si_pid, status, 0) == dead.si_pid ? dead.si_pid : 0;
}

static void reap(struct course *course, int64_t now)
{
	int status;
	pid_t pid;
	while ((pid = reap_one(&status)) != 0)
		cycle_child_died(course, pid, status, now);
}

/* True when we are to go. */
static bool read_signals(int fd, struct course *course, int64_t now)
{
	struct signalfd_siginfo info;
	bool stop = false;
	while (read(fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGCHLD)
			reap(course, now);
		else if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT || info.ssi_signo == SIGQUIT)
			stop = true;
	}
	return stop;
}

static void fill(struct pollfd fds[SLOTS], int signals, const struct course *course, const struct control *control)
{
	const struct world *w = &course->world;
	for (size_t i = 0; i < SLOTS; i++)
		fds[i] = (struct pollfd){.fd = -1, .events = POLLIN};
	fds[SIGNALS].fd = signals;
	fds[LISTEN].fd = control->fd;
	fds[HELPER].fd = w->helper.fd;
	fds[HOOK].fd = w->hook.fd;
	fds[POST].fd = course->notice.post.fd;
	fds[NOTIFY].fd = course->notice.hook.fd;
	fds[WATCH].fd = w->service.watch;
	fds[ANSWER].fd = w->service.ask;
	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		fds[CLIENTS + i].fd = control->clients[i].fd;
}

/* What one event made of the descriptors is looked at anew the next time round: a slot counts only while it still holds
 * the descriptor that was polled. */
static bool is_due(const struct pollfd *slot, int fd)
{
	return slot->revents != 0 && slot->fd == fd && fd != -1;
}

static void serve(struct pollfd fds[SLOTS], struct course *course, struct control *control, int64_t now)
{
	struct service *app = &course->world.service;
	if (is_due(&fds[HELPER], course->world.helper.fd))
		cycle_helper_spoke(course, now);
	if (is_due(&fds[HOOK], course->world.hook.fd))
		cycle_hook_spoke(course);
	if (is_due(&fds[POST], course->notice.post.fd))
		notice_post_spoke(&course->notice, now);
	if (is_due(&fds[NOTIFY], course->notice.hook.fd))
		notice_hook_spoke(&course->notice);
	if (is_due(&fds[WATCH], app->watch) && service_read_watch(app, now))
		cycle_service_changed(course, now);
	if (is_due(&fds[ANSWER], app->ask) && service_read_answer(app))
		cycle_service_changed(course, now);
	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		if (is_due(&fds[CLIENTS + i], control->clients[i].fd))
			control_read(control, i, now);
	if (is_due(&fds[LISTEN], control->fd)) /* after those who went have made room */
		control_accept(control);
}

/* We are to go in the middle of a hook: it gets TERM, and time to put things in order. What it was for stands in the
 * state file. */
static void end_hook(int signals, struct hook *h)
{
	struct signalfd_siginfo info;
	int status;
	pid_t pid;
	hook_stop(h, clock_ms());
	while (hook_busy(h)) {
		struct pollfd fds[] = {{.fd = signals, .events = POLLIN}, {.fd = h->fd, .events = POLLIN}};
		if (poll(fds, 2, clock_timeout(h->deadline, clock_ms())) == -1 && errno != EINTR)
			return;
		while (read(signals, &info, sizeof(info)) == sizeof(info))
			;
		hook_read(h);
		while ((pid = reap_one(&status)) != 0)
			if (hook_reaped(h, pid, status))
				log_info("update/%s was ended: the next start runs it again", h->name);
		if (hook_busy(h) && clock_ms() >= h->deadline)
			hook_expire(h, clock_ms());
	}
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Before a sleep that deserves the name: what the work has used of the stack, as a rule 40 KiB, is given back. Nothing
 * below this frame is anybody's, but for a page that the frame itself may reach into. Where no page is mapped the call
 * says so, and has done the others all the same. */
static void give_back_stack(int timeout)
{
	if (timeout != -1 && timeout < SLEEP_MS)
		return;
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	char *end = __builtin_frame_address(0);
	end -= (uintptr_t)end % page + page;
	(void)madvise(end - STACK_USED, STACK_USED, MADV_DONTNEED);
}

void loop_run(int signals, struct course *course, struct control *control)
{
	struct service *app = &course->world.service;
	struct pollfd fds[SLOTS];
	for (;;) {
		int64_t now = clock_ms();
		if (now >= app->retry)
			service_connect(app, now);
		if (now >= cycle_deadline(course))
			cycle_tick(course, now);
		if (now >= notice_deadline(&course->notice))
			notice_tick(&course->notice, now);
		fill(fds, signals, course, control);
		int64_t due = earlier(earlier(cycle_deadline(course), notice_deadline(&course->notice)), app->retry);
		int timeout = clock_timeout(due, clock_ms());
		give_back_stack(timeout);
		if (poll(fds, SLOTS, timeout) == -1 && errno != EINTR)
			log_die("poll");
		now = clock_ms();
		if (fds[SIGNALS].revents != 0 && read_signals(signals, course, now)) {
			notice_stop(&course->notice);
			if (hook_busy(&course->world.hook))
				end_hook(signals, &course->world.hook);
			return;
		}
		serve(fds, course, control, now);
	}
}
