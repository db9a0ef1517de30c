#include "svc/sv_path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "lib/io.h"
#include "lib/text.h"
#include "svc/dir.h"

static bool is_path(const char *given)
{
	return given[0] == '/' || given[0] == '.' || given[0] == '\0' || given[strlen(given) - 1] == '/';
}

/* Keeps errno. */
static bool is_there(const char *svdir, const char *given, struct stat *st)
{
	char path[PATH_MAX];

	if (!is_path(given)) {
		if (text_format(path, sizeof path, "%s/%s", svdir, given) == -1)
			return false;
		given = path;
	}
	if (stat(given, st) == -1)
		return false;
	if (!S_ISDIR(st->st_mode))
		errno = ENOTDIR;
	return S_ISDIR(st->st_mode) && access(given, X_OK) == 0;
}

int sv_path_check(const char *svdir, const char *given)
{
	struct stat st;

	return is_there(svdir, given, &st) ? 0 : errno;
}

/* The search for one directory among the services and their loggers. */
struct search {
	int svdir;
	struct stat wanted;
	char *out;
	size_t size;
	bool found;
};

static void try_name(struct search *s, const char *name)
{
	struct stat st;

	if (!s->found && fstatat(s->svdir, name, &st, 0) == 0 && st.st_dev == s->wanted.st_dev &&
	    st.st_ino == s->wanted.st_ino)
		s->found = text_format(s->out, s->size, "%s", name) != -1;
}

static void try_entry(void *ctx, const char *name, unsigned char type)
{
	char logger[DIR_NAME + sizeof "/log"];

	(void)type;
	if (!dir_name_ok(name, strlen(name)) || text_format(logger, sizeof logger, "%s/log", name) == -1)
		return;
	try_name(ctx, name);
	try_name(ctx, logger);
}

/* The last part of a path: NAME, or NAME/log. */
static void last_part(const char *given, char *out, size_t size)
{
	size_t end = strlen(given), start;

	while (end > 1 && given[end - 1] == '/')
		end--;
	for (start = end; start > 0 && given[start - 1] != '/'; start--)
		;
	if (start > 1 && end - start == 3 && strncmp(given + start, "log", 3) == 0) {
		for (start--; start > 0 && given[start - 1] != '/'; start--)
			;
	}
	(void)!text_format(out, size, "%.*s", (int)(end - start), given + start);
}

static void find_path(const char *svdir, const char *given, char *out, size_t size)
{
	struct search s = {.out = out, .size = size};
	char last[DIR_NAME + sizeof "/log"];

	out[0] = '\0';
	if (!is_there(svdir, given, &s.wanted))
		return;
	last_part(given, last, sizeof last);
	s.svdir = open(svdir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s.svdir == -1) {
		(void)!text_format(out, size, "%s", last);
		return;
	}
	try_name(&s, last); /* most likely */
	if (!s.found)
		(void)!dir_entries(s.svdir, try_entry, &s);
	io_close(&s.svdir);
}

void sv_path_name(const char *svdir, const char *given, char *out, size_t size)
{
	if (is_path(given)) {
		find_path(svdir, given, out, size);
	} else if (strchr(given, ' ') != NULL || text_format(out, size, "%s", given) == -1) {
		out[0] = '\0'; /* nor could it be asked for */
	}
}
