#include "updater/fetch/limits.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>
#include "lib/env.h"
#include "updater/fetch/date.h"

void limits_begin(struct limits *l)
{
	*l = (struct limits){-1, -1, -1, -1, -1};
}

static void number(const char *value, int64_t *out)
{
	uint64_t n;

	if (env_number(value, 0, INT64_MAX, &n) == 0)
		*out = (int64_t)n;
}

void limits_header(struct limits *l, const char *name, const char *value)
{
	if (strcasecmp(name, "retry-after") == 0) {
		number(value, &l->retry_after);
		l->retry_at = date_http(value);
	} else if (strcasecmp(name, "x-ratelimit-remaining") == 0 || strcasecmp(name, "ratelimit-remaining") == 0) {
		number(value, &l->remaining);
	} else if (strcasecmp(name, "x-ratelimit-reset") == 0 || strcasecmp(name, "ratelimit-reset") == 0) {
		number(value, &l->reset);
	} else if (strcasecmp(name, "date") == 0) {
		l->date = date_http(value);
	}
}

static bool names_a_limit(const struct limits *l)
{
	return l->retry_after >= 0 || l->retry_at >= 0 || l->remaining == 0;
}

const char *limits_code(int status, const struct limits *l)
{
	if ((status >= 200 && status < 300) || status == 304)
		return NULL;
	if (status == 429 || (status == 403 && names_a_limit(l)))
		return "limited";
	if (status == 401 || status == 403)
		return "denied";
	if (status == 404 || status == 410)
		return "missing";
	return status >= 500 && status < 600 ? "server" : "protocol";
}

bool limits_wait(int status, const struct limits *l)
{
	const char *code = limits_code(status, l);
	bool said = l->retry_after >= 0 || l->retry_at >= 0;

	return code && (strcmp(code, "limited") == 0 || (said && strcmp(code, "server") == 0));
}

/* How long, by what was said first in this order: retry-after, then the end of the window. */
static int64_t wait_said(const struct limits *l, int64_t now)
{
	int64_t server = l->date >= 0 ? l->date : now;

	if (l->retry_after >= 0)
		return l->retry_after < 1 ? 1 : l->retry_after;
	if (l->retry_at > server)
		return l->retry_at - server;
	if (l->remaining == 0 && l->reset - server > LIMITS_WAIT_MIN)
		return l->reset - server;
	return LIMITS_WAIT_MIN;
}

int64_t limits_until(const struct limits *l, int64_t now)
{
	int64_t wait = wait_said(l, now);

	return now + (wait > LIMITS_WAIT_MAX ? LIMITS_WAIT_MAX : wait);
}
