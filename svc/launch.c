#include "svc/launch.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>
#include "lib/io.h"
#include "lib/kernel.h"
#include "lib/log.h"
#include "lib/spawn.h"
#include "svc/limits.h"
#include "svc/listen.h"
#include "svc/notify.h"
#include "svc/output.h"

/* For the process that is being made, and only then. Its pages are not touched when nothing differs from init's. */
static struct dir_env env;

static int watch(int fd, uint32_t id)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u32 = id};

	return epoll_ctl(service_world.epoll, EPOLL_CTL_ADD, fd, &event);
}

/* The pipe on which it will say that it is ready. Returns the end for the child, or -1. */
static int open_notify(struct service *s)
{
	int ends[2];

	if (kernel_pipe(ends, O_CLOEXEC | O_NONBLOCK) == -1)
		return -1;
	if (kernel_fcntl(ends[1], F_SETFL, 0) == -1 || watch(ends[0], s->slot) == -1) {
		io_close(&ends[0]);
		io_close(&ends[1]);
		return -1;
	}
	s->notify = ends[0];
	return ends[1];
}

/* The socket for the same; not to have it is said, and keeps nobody from starting who has the pipe. */
static int set_notification(struct service *s, const struct ident *as, const struct dir_settings *set)
{
	char address[NOTIFY_ADDRESS], number[8];

	s->messages = notify_open(service_world.place, s->slot, as == NULL ? (uid_t)-1 : as->uid, address);
	if (s->messages == -1 || watch(s->messages, s->slot + SERVICE_MESSAGES) == -1) {
		log_warn_errno("%s: no NOTIFY_SOCKET", s->name);
		notify_close(&s->messages, service_world.place, s->slot);
	} else if (dir_env_set(&env, "NOTIFY_SOCKET", address) == -1) {
		return -1;
	}
	if (set->notification_fd == -1)
		return 0;
	return text_format(number, sizeof number, "%d", set->notification_fd) == -1
		       ? -1
		       : dir_env_set(&env, "NOTIFICATION_FD", number);
}

static int set_variables(struct service *s, const struct dir *d, const struct ident *as, const struct dir_settings *set)
{
	if (dir_env_begin(&env, service_world.environ) == -1)
		return -1;
	if (service_world.run_dir != NULL && dir_env_set(&env, "RUN_DIR", service_world.run_dir) == -1)
		return -1;
	if (as != NULL && (dir_env_set(&env, "HOME", as->home) == -1 || dir_env_set(&env, "USER", as->name) == -1))
		return -1;
	if (set != NULL && set->announces && set_notification(s, as, set) == -1)
		return -1;
	return dir_env(d, &env);
}

/* The sockets held for it, as sd_listen_fds(3) wants them; LISTEN_PID is filled in by spawn(). */
static int give_sockets(const struct service *s, struct spawn *sp, int *fds)
{
	static char names[LISTEN_NAMES]; /* not on the stack: as a rule nobody touches it */
	char number[8];
	size_t n = listen_given(s->slot, fds + sp->nfds, names);

	sp->nfds += n;
	sp->pass_listen_pid = true;
	return text_format(number, sizeof number, "%zu", n) == -1 || dir_env_set(&env, "LISTEN_FDS", number) == -1 ||
			       dir_env_set(&env, "LISTEN_PID", "          ") == -1 ||
			       dir_env_set(&env, "LISTEN_FDNAMES", names) == -1
		       ? -1
		       : 0;
}

/* Fills in what is the same for every program of this service. */
static void describe(const struct service *s, const struct dir *d, struct spawn *sp, int *fds)
{
	fds[0] = s->logger ? s->pipe : STDIN_FILENO;
	for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++)
		fds[fd] = sp->foreground ? fd : output_fd(s->slot, s->name, fd);
	if (!s->logger && s->pipe != -1)
		fds[STDOUT_FILENO] = s->pipe;
	sp->fds = fds;
	sp->nfds = 3;
	sp->cwd = d->fd;
	sp->session = !sp->foreground;
	sp->envp = service_world.environ;
	if (service_world.death_signal && !s->logger) /* a logger goes when it has read all */
		sp->death_signal = service_down_signal(s);
}

/* Puts fd at descriptor n of the child. */
static void give(struct spawn *sp, int *fds, int n, int fd)
{
	for (; (int)sp->nfds < n; sp->nfds++)
		fds[sp->nfds] = -1;
	fds[sp->nfds++] = fd;
}

pid_t launch(struct service *s, const struct dir *d, const char *path, char *const *argv,
	     const struct dir_settings *set)
{
	struct ident as;
	struct spawn_limit limits[LIMITS_MAX + 1]; /* the first: init's own, until the service says something else */
	size_t own = output_limit(limits) ? 1 : 0;
	int fds[SPAWN_FDS];
	struct spawn sp = {.path = path, .argv = argv, .limits = limits};
	int user = dir_user(d, &as);
	int nlimits = limits_read(d, limits + own);
	int nsockets = set == NULL ? 0 : listen_hold(d, s->slot);
	int ready = -1;
	pid_t pid;

	errno = 0; /* what these find is said by them */
	if (user == -1 || nlimits == -1 || nsockets == -1)
		return -1;
	sp.nlimits = own + (size_t)nlimits;
	sp.foreground = argv == service_world.argv && service_world.terminal;
	describe(s, d, &sp, fds);
	if (argv == service_world.argv)
		sp.cwd = -1;
	sp.as = user ? &as : NULL;
	if (user || service_world.run_dir != NULL || (set != NULL && set->announces) || nsockets > 0 ||
	    dir_has(d, DIR_ENV)) {
		if (set_variables(s, d, sp.as, set) == -1 || (nsockets > 0 && give_sockets(s, &sp, fds) == -1))
			return -1;
		sp.envp = env.vars;
	}
	if (set != NULL && set->notification_fd != -1) {
		if (set->notification_fd < (int)sp.nfds) {
			log_error("%s: notification-fd is %d, but listen takes 3 to %zu", s->name, set->notification_fd,
				  sp.nfds - 1);
			return -1;
		}
		if ((ready = open_notify(s)) == -1)
			return -1;
		give(&sp, fds, set->notification_fd, ready);
	}
	pid = spawn(&sp);
	io_close(&ready);
	return pid;
}

pid_t launch_aside(struct service *s, char *const *argv)
{
	struct dir d;
	pid_t pid = -1;

	if (service_open(s, &d) == 0) { /* if not, it has gone, or that was said */
		pid = launch(s, &d, argv[0], argv, NULL);
		if (pid == -1)
			log_error_errno("%s: cannot start %s%s", s->name, argv[0], launch_remedy(errno));
	}
	dir_close(&d);
	return pid;
}

const char *launch_remedy(int error)
{
	return error == EACCES	  ? " (is it executable?)"
	       : error == ENOENT  ? " (it or the interpreter in its first line is missing)"
	       : error == EPERM	  ? " (only root may become another user)"
	       : error == ENOEXEC ? " (a script must start with #! and an interpreter)"
				  : "";
}
