#include "updater/fetch/redirect.h"

#include <string.h>
#include "lib/text.h"

const char *redirect_start(const struct url *u, bool allow_http)
{
	if (u->https || allow_http || url_is_loopback(u))
		return NULL;
	return "is not https";
}

/* Location, written out as an absolute URL. */
static const char *resolve(const struct url *from, const char *location, char *out, size_t size)
{
	size_t origin = from->path;

	if (location[0] == '/' && location[1] == '/')
		origin = from->https ? strlen("https:") : strlen("http:");
	else if (location[0] != '/')
		origin = 0;
	return text_format(out, size, "%.*s%s", (int)origin, from->text, location) < 0 ? "is longer than 3071 bytes"
										       : NULL;
}

/* This machine may lead to itself, and a host to itself. */
static bool may_lead_to_local(const struct url *from, const struct url *to)
{
	return (url_is_loopback(from) && url_is_loopback(to)) || strcmp(from->host, to->host) == 0;
}

const char *redirect_next(const struct url *from, const char *location, bool allow_http, struct url *to)
{
	char absolute[URL_MAX];
	const char *refused = resolve(from, location, absolute, sizeof absolute);

	if (!refused)
		refused = url_read(absolute, to);
	if (!refused)
		refused = redirect_start(to, allow_http);
	if (refused)
		return refused;
	if (from->https && !to->https)
		return "would leave https";
	if (url_is_local(to) && !may_lead_to_local(from, to))
		return "is an address of this machine or its network link";
	return NULL;
}
