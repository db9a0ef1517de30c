/* init: PID 1 of a container, and the supervisor of what runs in it.
 *
 * Rights: the container's. It opens no network connection and reads no foreign bytes but requests on its own socket,
 * service directories, and /etc/passwd. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>
#include "init/config.h"
#include "init/control.h"
#include "init/loop.h"
#include "init/poll.h"
#include "init/signals.h"
#include "init/stop.h"
#include "lib/clock.h"
#include "lib/kernel.h"
#include "lib/log.h"
#include "lib/text.h"
#include "svc/output.h"
#include "svc/scan.h"
#include "svc/table.h"

#define COMMAND "app" /* what the command is called as a service */

/* Whatever is opened later must not become somebody's standard output. */
static void fill_standard_fds(void)
{
	for (int fd = 0; fd <= 2; fd++) {
		if (kernel_fcntl(fd, F_GETFD, 0) == -1 && errno == EBADF && open("/dev/null", O_RDWR) != fd)
			log_die("descriptor %d is closed and there is no /dev/null to put there", fd);
	}
}

static void become_reaper(int death_signal)
{
	if (getpid() == 1)
		return;
	if (death_signal != 0 && kernel_prctl(PR_SET_PDEATHSIG, death_signal) == -1)
		log_warn_errno("nothing will be heard of the parent's death");
	if (kernel_prctl(PR_SET_CHILD_SUBREAPER, 1) == -1)
		log_warn_errno("not PID 1, and orphans go elsewhere");
	else
		log_info("not PID 1: reaps the orphans of its own services only");
}

static void changed(const struct service *s, int64_t now)
{
	control_tell(s, now);
	stop_saw(s, now);
}

static bool exists(const char *svdir, const char *file)
{
	char path[4096];

	return text_format(path, sizeof path, "%s/" COMMAND "/%s", svdir, file) != -1 &&
	       kernel_access(AT_FDCWD, path, F_OK) == 0;
}

static void add_command(const char *svdir, int64_t now)
{
	struct service *s = table_add(COMMAND, exists(svdir, "log/run"), now);

	if (s == NULL)
		log_die("cannot take up the command");
	s->command = true;
	if (s->peer != SERVICE_NONE)
		service_event(table_at(s->peer), LIFE_UP, now);
	if (!exists(svdir, "down"))
		service_event(s, LIFE_UP, now);
}

int main(int argc, char **argv)
{
	struct config config;
	const char *run_dir;
	int epoll, changes, output, code;

	(void)argc;
	fill_standard_fds();
	log_start("init", LOG_TEXT, LOG_LEVEL_INFO);
	config_read(argv, &config);
	log_start("init", config.log_form, config.verbose ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
	become_reaper(config.death_signal);
	poll_catch();
	epoll = poll_begin();
	signals_begin(&config);
	stop_begin(&config);
	run_dir = control_begin(&config);
	service_world = (struct service_world){
		.svdir = config.svdir,
		.environ = environ,
		.place = run_dir == NULL ? config.run_dir : run_dir,
		.run_dir = run_dir == config.run_dir ? NULL : run_dir,
		.argv = config.argv,
		.terminal = config.argv != NULL && isatty(STDIN_FILENO),
		.command_is_all = !config.updated || exists(config.svdir, "essential"),
		.down_signal = config.rewrite[SIGTERM],
		.death_signal = getpid() != 1,
		.epoll = epoll,
		.changed = changed,
	};
	output = output_begin(config.output_form);
	if (output != -1 && poll_add(output, POLL_OUTPUT) == -1)
		log_die("cannot wait for what services write");
	changes = scan_begin(config.svdir);
	if (changes != -1 && poll_add(changes, POLL_CHANGES) == -1)
		log_die("cannot wait for changes in %s", config.svdir);
	if (config.argv != NULL)
		add_command(config.svdir, clock_ms());
	if (scan(clock_ms()) == -1 && config.argv == NULL)
		log_usage("%s has to hold service directories, or a command has to be given", config.svdir);
	log_never_block();

	/* ---- from here on we must not die ---- */
	code = loop_run(config.svdir);
	if (service_world.terminal) /* back to whose it was */
		(void)tcsetpgrp(STDIN_FILENO, getpgrp());
	return code;
}
