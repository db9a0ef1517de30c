#include "updater/unpack/path.h"

#include <string.h>

static bool is_step(const char *s, size_t n, const char *step)
{
	return n == strlen(step) && memcmp(s, step, n) == 0;
}

const char *path_clean(const char *name, char out[static PATH_TEXT])
{
	size_t used = 0;
	unsigned depth = 0;

	if (name[0] == '\0')
		return "is empty";
	if (name[0] == '/')
		return "is absolute";
	for (const char *s = name; *s;) {
		size_t n = strcspn(s, "/");

		if (is_step(s, n, ".."))
			return "goes up with \"..\"";
		if (n > PATH_STEP || used + n + 2 > PATH_TEXT)
			return "is too long";
		if (n > 0 && !is_step(s, n, ".")) {
			if (++depth > PATH_DEPTH)
				return "is nested more than 64 deep";
			if (used)
				out[used++] = '/';
			memcpy(out + used, s, n);
			used += n;
		}
		s += n;
		s += *s == '/';
	}
	out[used] = '\0';
	return NULL;
}

static unsigned directories_above(const char *path)
{
	unsigned n = 0;

	for (; *path; path++)
		n += *path == '/';
	return n;
}

const char *path_check_target(const char *at, const char *target, bool *climbs)
{
	unsigned up = 0, above = directories_above(at);
	bool down = false;

	*climbs = false;
	if (target[0] == '\0')
		return "points to nothing";
	if (target[0] == '/')
		return "points to an absolute path";
	if (strlen(target) >= PATH_TEXT)
		return "points to a path that is too long";
	for (const char *s = target; *s;) {
		size_t n = strcspn(s, "/");

		if (is_step(s, n, "..")) {
			if (down)
				return "goes up behind another step";
			if (++up > above)
				return "leaves the tree";
		} else if (n > 0 && !is_step(s, n, ".")) {
			down = true;
		}
		s += n;
		s += *s == '/';
	}
	*climbs = up > 0 && up == above;
	return NULL;
}
