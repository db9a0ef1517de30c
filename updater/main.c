/* updater: keeps the app at its newest release.
 *
 * Rights: started as root it makes STATE_DIR and its socket, then becomes user moult for good (with three capabilities,
 * see updater/rights); started as anybody else it stays that. It writes in STATE_DIR, starts moult-fetch and
 * moult-unpack, asks init to stop and start the app. It opens no connection to anywhere and parses nothing foreign but
 * its jobs' packets.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "lib/clock.h"
#include "lib/env.h"
#include "lib/log.h"
#include "lib/text.h"
#include "updater/control.h"
#include "updater/course.h"
#include "updater/cycle.h"
#include "updater/host.h"
#include "updater/loop.h"
#include "updater/rights.h"
#include "updater/zone.h"

#define USER "moult"

struct arguments {
	const char *helper_dir, *baked, *version_file;
};

static struct arguments read_arguments(int argc, char **argv)
{
	static const char usage[] = "usage: updater [-d HELPER_DIR] [-b BAKED_DIR] [-f VERSION_FILE]\n"
				    "Keeps the app at its newest release. A service of init, told by the environment "
				    "what to do: see updater(8).\n"
				    "  -d HELPER_DIR    where moult-fetch and moult-unpack are (/usr/libexec/moult)\n"
				    "  -b BAKED_DIR     the release that came with the image (/usr/share/moult/baked)\n"
				    "  -f VERSION_FILE  holds its tag (/version)\n"
				    "  -h -V            this text, the version\n";
	static const char version[] = "updater " VERSION "\n";
	struct arguments a = {"/usr/libexec/moult", "/usr/share/moult/baked", "/version"};
	int option;
	while ((option = getopt(argc, argv, "d:b:f:hV")) != -1) {
		switch (option) {
		case 'd': a.helper_dir = optarg; break;
		case 'b': a.baked = optarg; break;
		case 'f': a.version_file = optarg; break;
		case 'h': exit(write(STDOUT_FILENO, usage, sizeof(usage) - 1) == -1 ? 111 : 0);
		case 'V': exit(write(STDOUT_FILENO, version, sizeof(version) - 1) == -1 ? 111 : 0);
		default: log_usage("usage: updater [-d HELPER_DIR] [-b BAKED_DIR] [-f VERSION_FILE]");
		}
	}
	if (optind < argc)
		log_usage("%s: the updater takes no argument", argv[optind]);
	return a;
}

static void stay_idle(struct course *c, const char *why)
{
	c->idle_for_good = true;
	text_cut(c->why_idle, sizeof(c->why_idle), "%s", why);
	log_error("%s", why);
}

static void look_at_config(struct course *c, const struct config *config)
{
	switch (config->standing) {
	case CONFIG_READY:
		if (config->mode == CONFIG_OFF)
			log_info("UPDATE_MODE=off: nothing is looked for until somebody says so");
		else
			log_info("monitoring the new releases at %s/%s/%s every %llu seconds", config->url,
				 config->user, config->repo, (unsigned long long)config->sleep);
		return;
	case CONFIG_UNSET:
		stay_idle(c, "Please set GH_USER, GH_REPO environment variables! The app runs without updates.");
		return;
	case CONFIG_WRONG:
		for (unsigned i = 0; i < config->nfaults; i++)
			log_error("%s", config->faults[i]);
		stay_idle(c, "the configuration is wrong (see above, or moult status); the app runs without updates");
		return;
	}
}

/* NULL when we stay who we are. */
static const struct ident *find_user(struct ident *user)
{
	if (geteuid() != 0)
		return NULL;
	if (!rights_may_drop()) {
		log_warn("this root has no capability to become " USER ": the updater stays root");
		return NULL;
	}
	if (ident_find("/", USER, user) == 0)
		return user;
	log_warn("there is no user " USER ": the updater stays root");
	return NULL;
}

static void open_store(struct course *c, const struct arguments *a, const struct ident *user)
{
	struct text t;
	char why[CONFIG_TEXT + 200];
	if (store_open(&c->world.store, c->world.config->state_dir, a->baked, a->version_file, user) == 0)
		return;
	text_begin(&t, why, sizeof(why));
	text_addf(&t, "STATE_DIR=%s cannot be used: %s; the app runs without updates", c->world.config->state_dir,
		  errno == EWOULDBLOCK ? "another updater works in it; give each container its own" : strerror(errno));
	stay_idle(c, why);
}

static void load_state(struct course *c)
{
	struct world *w = &c->world;
	const char *why;
	if (w->store.dir == -1)
		return;
	int r = state_load(w->store.dir, &w->state, &why);
	if (r == -1)
		stay_idle(c, "the state file cannot be read; the app runs without updates");
	else if (r == 1)
		log_error("%s/state is damaged: %s; it is kept as state.bad, and what is on disk counts",
			  w->config->state_dir, why);
}

static int notify_fd(void)
{
	const char *text = getenv("NOTIFICATION_FD");
	uint64_t fd;
	if (text == NULL)
		return -1;
	if (env_number(text, 3, 1023, &fd) == 0)
		return (int)fd;
	log_warn("NOTIFICATION_FD=%s: has to be a descriptor from 3 to 1023", text);
	return -1;
}

int main(int argc, char **argv)
{
	static struct config config;
	static struct course course;
	static struct control control;
	struct ident user;

	log_start("update", LOG_TEXT, LOG_LEVEL_INFO);
	struct arguments arguments = read_arguments(argc, argv);
	config_read(environ, &config);
	log_start("update", config.log_json ? LOG_JSON : LOG_TEXT, config.verbose ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);

	zone_use(config.window.zone);
	course_init(&course, &config, arguments.helper_dir);
	course.notify_fd = notify_fd();
	course.world.host = host_detect();
	look_at_config(&course, &config);

	const struct ident *other = find_user(&user);
	open_store(&course, &arguments, other);
	control_open(&control, config.run_dir);
	if (other != NULL && rights_drop(other) == -1)
		log_die("cannot become user " USER);
	/* From here on nothing is done as root. */
	rights_hide();
	load_state(&course);

	control_attach(&control, &course);
	int signals = loop_signals();
	if (signals == -1)
		log_die("signalfd");
	cycle_start(&course, clock_ms());
	loop_run(signals, &course, &control);
	return 0;
}
