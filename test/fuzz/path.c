/* An entry's name, a newline, and where a link of that name leads. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "test/fuzz/fuzz.h"
#include "updater/unpack/path.h"

/* A second opinion on a clean path, made in another way: by looking for every bad pattern. */
static void expect_clean(const char *path)
{
	char framed[PATH_TEXT + 4];

	expect(strlen(path) < PATH_TEXT);
	snprintf(framed, sizeof framed, "/%s/", path);
	if (path[0])
		expect(!strstr(framed, "//"));
	expect(!strstr(framed, "/./") && !strstr(framed, "/../"));
}

/* Walks at/../target by hand and never comes above the top. */
static void expect_inside(const char *at, const char *target, bool climbs)
{
	int depth = 0, lowest;

	for (const char *s = at; *s; s++)
		depth += *s == '/';
	lowest = depth;
	expect(target[0] != '/' && target[0] != '\0');
	for (const char *s = target; *s;) {
		size_t n = strcspn(s, "/");

		if (n == 2 && memcmp(s, "..", 2) == 0)
			depth--;
		else if (n > 1 || (n == 1 && *s != '.'))
			depth++;
		expect(depth >= 0);
		lowest = depth < lowest ? depth : lowest;
		s += n;
		s += *s == '/';
	}
	expect(climbs || lowest > 0 || !strchr(at, '/'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *name = malloc(size + 1), *target, path[PATH_TEXT];
	bool climbs;

	expect(name != NULL);
	memcpy(name, data, size);
	name[size] = '\0';
	target = strchr(name, '\n');
	if (target)
		*target++ = '\0';
	if (path_clean(name, path) == NULL) {
		expect_clean(path);
		if (target && path_check_target(path, target, &climbs) == NULL)
			expect_inside(path, target, climbs);
	}
	free(name);
	return 0;
}
