#include "init/signals.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>
#include "init/stop.h"
#include "lib/log.h"
#include "svc/signame.h"
#include "svc/table.h"

static const struct config *config;
static int source = -1;

int signals_begin(const struct config *c)
{
	sigset_t all;

	config = c;
	sigfillset(&all);
	if (sigprocmask(SIG_SETMASK, &all, NULL) == -1)
		log_die("cannot block signals");
	source = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
	if (source == -1)
		log_die("cannot make a signal descriptor");
	return source;
}

static void reap(int64_t now)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (!table_died(pid, status, now))
			log_debug("reaped the orphan %d", (int)pid);
	}
}

static void relay(int signal)
{
	for (struct service *s = table_next(NULL); s != NULL; s = table_next(s)) {
		if (!s->logger && life_runs(&s->life))
			service_signal(s, signal);
	}
}

/* TERM and INT, or what is rewritten to one of them: the end. */
static bool is_end(int signal)
{
	return signal == SIGTERM || signal == SIGINT;
}

static void take(int signal, int64_t now)
{
	int to = signal < CONFIG_SIGNALS ? config->rewrite[signal] : signal;

	log_debug("received %s", signame_text(signal));
	if (is_end(signal) || is_end(to))
		stop_asked(is_end(signal) ? signal : to, now);
	else if (to != 0)
		relay(to);
}

bool signals_take(int64_t now)
{
	struct signalfd_siginfo info[8];
	bool rescan = false;
	ssize_t n;

	do {
		n = read(source, info, sizeof info);
		for (ssize_t i = 0; i < n / (ssize_t)sizeof info[0]; i++) {
			if (info[i].ssi_signo == SIGCHLD)
				continue; /* several may have become one: see below */
			rescan |= info[i].ssi_signo == SIGHUP;
			take((int)info[i].ssi_signo, now);
		}
	} while (n == sizeof info);
	reap(now);
	return rescan;
}
