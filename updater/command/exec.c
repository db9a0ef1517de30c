#include "updater/command/exec.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include "lib/env.h"
#include "lib/io.h"
#include "lib/log.h"
#include "lib/text.h"
#include "updater/disk/profile.h"

#define STATE_DIR_DEFAULT "/var/lib/moult"

/* In the order of RLIMIT_..., as in svc/limits. */
static const char names[] =
	"cpu\0fsize\0data\0stack\0core\0rss\0nproc\0nofile\0memlock\0as\0locks\0sigpending\0msgqueue\0nice\0"
	"rtprio\0rttime\0";
_Static_assert(RLIMIT_CPU == 0 && RLIMIT_CORE == 4 && RLIMIT_NOFILE == 7 && RLIMIT_AS == 9 && RLIMIT_RTTIME == 15,
	       "counted as above");

static rlim_t read_value(const char *word)
{
	uint64_t n;
	return env_bytes(word, 0, RLIM_INFINITY - 1, &n) == 0 ? (rlim_t)n : RLIM_INFINITY;
}

/* NAME VALUE or NAME SOFT HARD. Nobody but root gets above the hard limit: as far up as it goes, then, and said. */
static void set_limit(char *line)
{
	struct rlimit wanted, now;
	const char *name = strsep(&line, " ");
	int resource = text_index(names, name);
	if (resource == -1 || line == NULL || getrlimit(resource, &now) == -1)
		return;
	const char *soft = strsep(&line, " ");
	wanted.rlim_cur = read_value(soft);
	wanted.rlim_max = line == NULL ? wanted.rlim_cur : read_value(line);
	if (setrlimit(resource, &wanted) == 0)
		return;
	log_warn("limit %s is set as high as it may be, %llu, not to %s (docker run --ulimit raises that)", name,
		 (unsigned long long)now.rlim_max, soft);
	wanted.rlim_max = wanted.rlim_max < now.rlim_max ? wanted.rlim_max : now.rlim_max;
	wanted.rlim_cur = wanted.rlim_cur < wanted.rlim_max ? wanted.rlim_cur : wanted.rlim_max;
	if (setrlimit(resource, &wanted) == -1)
		log_warn_errno("limit %s cannot be set", name);
}

static void set_variable(char *line)
{
	char *equals = strchr(line, '=');
	if (equals == NULL)
		return;
	*equals = '\0';
	if (setenv(line, equals + 1, 1) == -1)
		log_warn_errno("variable %s cannot be set", line);
}

/* What follows a word and a space, or NULL when the line begins with another. */
static char *after(char *line, const char *word)
{
	size_t len = strlen(word);
	return strncmp(line, word, len) == 0 && line[len] == ' ' ? line + len + 1 : NULL;
}

static void apply(char *line, char **argv, size_t *argc)
{
	char *rest;
	if ((rest = after(line, "env")) != NULL)
		set_variable(rest);
	else if ((rest = after(line, "unset")) != NULL)
		unsetenv(rest);
	else if ((rest = after(line, "limit")) != NULL)
		set_limit(rest);
	else if ((rest = after(line, "argument")) != NULL && *argc < EXEC_ARGUMENTS - 1)
		argv[(*argc)++] = rest;
}

/* False when there is none, or it is not whole. */
static bool read_profile(char *text, size_t size)
{
	char path[4096];
	const char *dir = getenv("STATE_DIR");
	if (dir == NULL || dir[0] == '\0')
		dir = STATE_DIR_DEFAULT;
	if (text_format(path, sizeof(path), "%s/profile", dir) == -1)
		return false;
	ssize_t n = io_read_file(AT_FDCWD, path, text, size);
	if (n == -1 && errno == ENOENT)
		return false;
	if (n == -1) {
		log_error_errno("%s cannot be read: the app starts without its profile", path);
		return false;
	}
	bool whole = strncmp(text, "moult-profile 1 ", 16) == 0 && n >= 5 && strcmp(text + n - 5, "\nend\n") == 0;
	if (!whole)
		log_error("%s is damaged: the app starts without its profile", path);
	return whole;
}

int exec_with_profile(char **argv)
{
	static char text[PROFILE_TEXT_MAX], *arguments[EXEC_ARGUMENTS];
	size_t argc = 0;
	for (; argv[argc] != NULL; argc++)
		arguments[argc] = argv[argc];
	if (read_profile(text, sizeof(text))) {
		char *rest = text, *line;
		while ((line = strsep(&rest, "\n")) != NULL)
			apply(line, arguments, &argc);
	}
	arguments[argc] = NULL;
	if (arguments[0] == NULL)
		return 100;
	execvp(arguments[0], arguments);
	log_error_errno("%s cannot be started", arguments[0]);
	return 111;
}
