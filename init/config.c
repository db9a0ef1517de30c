#include "init/config.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "lib/env.h"
#include "lib/io.h"
#include "lib/rundir.h"
#include "svc/signame.h"

#define SVWAIT "7" /* seconds, one digit of them */

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

/* "" for the one that is missing: nobody takes that. */
static char *argument(char *const *argv)
{
	return *argv == NULL ? "" : *argv;
}

static int read_signal(const char *option, const char *word)
{
	int n = signame_number(word);

	if (n == 0)
		log_usage("%s: '%s' is no signal; use names such as TERM or numbers from 1 to 64", option, word);
	return n;
}

static void read_rewrite(struct config *config, char *arg)
{
	char *to = strchr(arg, ':');
	int n, m = 0;

	if (to == NULL)
		log_usage("-r %s: must be FROM:TO, as in TERM:QUIT", arg);
	*to = '\0';
	n = read_signal("-r", arg);
	*to++ = ':'; /* ps shows it */
	if (strcmp(to, "0") != 0)
		m = read_signal("-r", to);
	else if (n == SIGTERM || n == SIGINT)
		log_usage("-r %s: a container must have a way to be stopped", arg);
	config->rewrite[n] = (uint8_t)m;
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
			read_rewrite(config, argument(++argv));
		else if (strcmp(*argv, "-p") == 0)
			config->death_signal = read_signal("-p", argument(++argv));
		else
			log_usage("%s: no such option; see init -h", *argv);
	}
	config->argv = *argv == NULL ? NULL : argv;
}

static const char *variable(const char *name, const char *otherwise)
{
	const char *value = getenv(name);

	return value == NULL || value[0] == '\0' ? otherwise : value;
}

/* A slip in one of these is said, and what it would be without it counts: no app is kept from its start by it. */
static void wrong(const char *name, const char *value, const char *must, const char *used)
{
	log_error("%s is '%s'; it must be %s: %s is used", name, value, must, used);
}

#define A_PATH "a path that starts with /"

static const char *run_dir(void)
{
	const char *value = variable("RUN_DIR", RUNDIR_DEFAULT);

	if (value[0] == '/')
		return value;
	wrong("RUN_DIR", value, A_PATH, RUNDIR_DEFAULT);
	return RUNDIR_DEFAULT;
}

static void read_exit_code(struct config *config)
{
	const char *value = variable("SVEXIT", "code");

	config->exit_by_signal = strcmp(value, "signal") == 0;
	if (!config->exit_by_signal && strcmp(value, "code") != 0)
		wrong("SVEXIT", value, "code or signal", "code");
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
		wrong("LOG_FORMAT", value, "text, prefix or json", "text");
	}
}

static int64_t svwait_ms(void)
{
	const char *value = variable("SVWAIT", SVWAIT);
	uint64_t seconds;

	if (env_seconds(value, 0, 3600, &seconds) == 0)
		return (int64_t)seconds * 1000;
	wrong("SVWAIT", value, "seconds from 0 to 3600", SVWAIT);
	return (SVWAIT[0] - '0') * 1000;
}

void config_read(char *const *argv, struct config *config)
{
	*config = (struct config){.argv = NULL};
	for (int i = 1; i < CONFIG_SIGNALS; i++)
		config->rewrite[i] = (uint8_t)i;
	read_arguments(config, argv);
	config->svdir = variable("SVDIR", "/service");
	if (config->svdir[0] != '/') /* whose services would be started instead? */
		log_usage("SVDIR is '%s'; it must be " A_PATH, config->svdir);
	config->run_dir = run_dir();
	read_log_format(config);
	read_exit_code(config);
	config->verbose = variable("VERBOSE", NULL) != NULL;
	config->updated = variable("GH_USER", NULL) != NULL;
	config->svwait_ms = svwait_ms();
}
