#include "init/signals.h"

#include <signal.h>
#include <sys/wait.h>
#include "init/stop.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "svc/signame.h"
#include "svc/scan.h"
#include "svc/table.h"

static const struct config *config;

void signals_begin(const struct config *c)
{
	config = c;
}

/* Several deaths may have become one signal. */
static void reap(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		table_died(pid, status);
}

static void relay(int signal)
{
	for (struct service *s = table_next(NULL); s != NULL; s = table_next(s)) {
		if (!s->logger)
			service_relay(s, signal);
	}
}

/* TERM and INT, or what is rewritten to one of them: the end. */
static bool is_end(int signal)
{
	return signal == SIGTERM || signal == SIGINT;
}

bool signals_take(const struct poll_signal *arrived)
{
	int signal = arrived->number, to = config->rewrite[signal];
	bool is_due = false;

	if (signal == SIGCHLD) {
		reap();
		return false;
	}
	if (signal == SIGIO || signal == SIGURG) {
		is_due = scan_is_due(signal);
		if (arrived->kernels)
			return is_due;
	}
	log_debug("received %s", signame_text(signal));
	if (is_end(signal) || is_end(to))
		stop_asked(is_end(signal) ? signal : to, clock_ms());
	else if (to != 0)
		relay(to);
	return is_due || signal == SIGHUP;
}
