#include "updater/fetch/status.h"

#include <string.h>
#include "lib/clock.h"

static const char *hint_for(const char *code)
{
	if (strcmp(code, "missing") == 0)
		return ": it does not exist, or is private and needs a token";
	if (strcmp(code, "denied") == 0)
		return ": the token is not accepted, or may not read it";
	if (strcmp(code, "limited") == 0)
		return ": too many requests";
	return "";
}

int status_check(const struct http_answer *a, const char *what, struct job_error *e)
{
	const char *code = limits_code(a->status, &a->limits);
	struct wire w;

	if (!code)
		return 0;
	if (limits_wait(a->status, &a->limits)) {
		wire_begin(&w);
		wire_put(&w, "kind", "wait");
		wire_put_number(&w, "until", limits_until(&a->limits, clock_wall()));
		job_send(&w);
	}
	return job_fail(e, code, "%s answers %d for %s%s", a->url.host, a->status, what, hint_for(code));
}
