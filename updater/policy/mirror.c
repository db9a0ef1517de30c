#include "updater/policy/mirror.h"

#include <string.h>
#include "lib/text.h"

#define BETWEEN " ,"

/* What follows the scheme, NULL when that is none of ours. */
static const char *after_scheme(const char *url)
{
	if (strncmp(url, "https://", 8) == 0)
		return url + 8;
	return strncmp(url, "http://", 7) == 0 ? url + 7 : NULL;
}

/* The next mirror of a list and its length without the slashes at its end; NULL when there is none. *list moves on. */
static const char *next(const char **list, size_t *length)
{
	const char *start = *list + strspn(*list, BETWEEN);
	size_t n = strcspn(start, BETWEEN);
	*list = start + n;
	while (n > 0 && start[n - 1] == '/')
		n--;
	*length = n;
	return *start == '\0' ? NULL : start;
}

const char *mirror_fault(const char *list)
{
	unsigned count = 0;
	const char *mirror;
	size_t n;
	while ((mirror = next(&list, &n)) != NULL) {
		const char *host = after_scheme(mirror);
		if (++count > MIRROR_MAX)
			return "at most 8 URLs";
		if (host == NULL || host >= mirror + n || *host == ':' || *host == '/')
			return "URLs that start with https:// (or http://), with spaces or commas between them";
		for (size_t i = 0; i < n; i++)
			if ((unsigned char)mirror[i] <= ' ' || mirror[i] == 0x7f || strchr("@?#", mirror[i]) != NULL)
				return "URLs without user name, '?' and '#'";
	}
	return count == 0 ? "at least one URL" : NULL;
}

bool mirror_url(const char *list, unsigned n, const char *url, char *out, size_t size)
{
	const char *mirror, *path = after_scheme(url);
	size_t length = 0;
	out[0] = '\0';
	do
		mirror = next(&list, &length);
	while (mirror != NULL && n-- > 0);
	if (mirror == NULL || path == NULL)
		return false;
	path += strcspn(path, "/?#");
	return *path == '/' && text_format(out, size, "%.*s%s", (int)length, mirror, path) >= 0;
}

void mirror_host(const char *url, char *out, size_t size)
{
	const char *host = after_scheme(url);
	if (host == NULL || text_format(out, size, "%.*s", (int)strcspn(host, "/?#"), host) < 0)
		out[0] = '\0';
}
