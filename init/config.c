#include "init/config.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "lib/env.h"
#include "lib/io.h"
#include "lib/rundir.h"
#include "svc/signame.h"

#define SVWAIT 7 /* seconds */

static const char usage[] =
	"usage: init [-p SIGNAL] [-r FROM:TO]... [--] [COMMAND [ARGUMENT]...]\n"
	"Supervises the service directories in $SVDIR (/service), and COMMAND as the service `app`.\n"
	"  -p SIGNAL   get SIGNAL when the parent process dies (not as PID 1)\n"
	"  -r FROM:TO  hand on signal TO where FROM was sent; 0 drops it\n"
	"  -h -V       this text, the version\n";

static void __attribute__((noreturn)) print(const char *text)
{
	exit(io_write(STDOUT_FILENO, text, strlen(text)) == -1 ? 111 : 0);
}

static void read_rewrite(struct config *config, const char *arg)
{
	char from[16] = "";
	const char *to = arg == NULL ? NULL : strchr(arg, ':');
	int n, m;

	if (to == NULL || (size_t)(to - arg) >= sizeof from)
		log_usage("-r %s: must be FROM:TO, as in TERM:QUIT", arg == NULL ? "" : arg);
	memcpy(from, arg, (size_t)(to - arg));
	n = signame_number(from);
	m = signame_number(to + 1);
	if (n == 0 || (m == 0 && strcmp(to + 1, "0") != 0))
		log_usage("-r %s: '%s' is no signal; use names such as TERM or numbers from 1 to 64", arg,
			  n == 0 ? from : to + 1);
	if (m == 0 && (n == SIGTERM || n == SIGINT))
		log_usage("-r %s: a container must have a way to be stopped", arg);
	config->rewrite[n] = (uint8_t)m;
}

static void read_death_signal(struct config *config, const char *arg)
{
	config->death_signal = arg == NULL ? 0 : signame_number(arg);
	if (config->death_signal == 0)
		log_usage("-p %s: is no signal; use names such as TERM or numbers from 1 to 64",
			  arg == NULL ? "" : arg);
}

static void read_arguments(struct config *config, char *const *argv)
{
	for (argv++; *argv != NULL && (*argv)[0] == '-'; argv++) {
		if (strcmp(*argv, "-h") == 0)
			print(usage);
		if (strcmp(*argv, "-V") == 0)
			print("init (moult) " VERSION "\n");
		if (strcmp(*argv, "--") == 0) {
			argv++;
			break;
		}
		if (strcmp(*argv, "-r") == 0)
			read_rewrite(config, *++argv);
		else if (strcmp(*argv, "-p") == 0)
			read_death_signal(config, *++argv);
		else
			log_usage("%s: no such option; see init -h", *argv);
		if (*argv == NULL)
			return;
	}
	config->argv = *argv == NULL ? NULL : argv;
}

static const char *variable(const char *name, const char *otherwise)
{
	const char *value = getenv(name);

	return value == NULL || value[0] == '\0' ? otherwise : value;
}

/* A slip in one of these is said, and what it would be without it counts: no app is kept from its start by it. */
static const char *run_dir(void)
{
	const char *value = variable("RUN_DIR", RUNDIR_DEFAULT);

	if (value[0] == '/')
		return value;
	log_error("RUN_DIR is '%s'; it must be a path that starts with /: " RUNDIR_DEFAULT " is used", value);
	return RUNDIR_DEFAULT;
}

static bool word_variable(const char *name, const char *no, const char *yes)
{
	const char *value = variable(name, no);

	if (strcmp(value, yes) != 0 && strcmp(value, no) != 0)
		log_error("%s is '%s'; it must be %s or %s: %s is used", name, value, no, yes, no);
	return strcmp(value, yes) == 0;
}

static void read_log_format(struct config *config)
{
	const char *value = variable("LOG_FORMAT", "text");

	if (strcmp(value, "json") == 0) {
		config->log_form = LOG_JSON;
		config->output_form = OUTPUT_JSON;
	} else if (strcmp(value, "prefix") == 0) {
		config->output_form = OUTPUT_PREFIX;
	} else if (strcmp(value, "text") != 0) {
		log_error("LOG_FORMAT is '%s'; it must be text, prefix or json: text is used", value);
	}
}

static int64_t svwait_ms(void)
{
	uint64_t seconds = SVWAIT;
	const char *value = getenv("SVWAIT");

	if (value != NULL && value[0] != '\0' && env_seconds(value, 0, 3600, &seconds) == -1)
		log_error("SVWAIT is '%s'; it must be seconds from 0 to 3600: %d is used", value, SVWAIT);
	return (int64_t)seconds * 1000;
}

void config_read(char *const *argv, struct config *config)
{
	*config = (struct config){.argv = NULL};
	for (int i = 1; i < CONFIG_SIGNALS; i++)
		config->rewrite[i] = (uint8_t)i;
	read_arguments(config, argv);
	config->svdir = variable("SVDIR", "/service");
	if (config->svdir[0] != '/') /* whose services would be started instead? */
		log_usage("SVDIR is '%s'; it must be a path that starts with /", config->svdir);
	config->run_dir = run_dir();
	read_log_format(config);
	config->exit_by_signal = word_variable("SVEXIT", "code", "signal");
	config->verbose = variable("VERBOSE", NULL) != NULL;
	config->updated = variable("GH_USER", NULL) != NULL;
	config->svwait_ms = svwait_ms();
}
