#include "updater/fetch/post.h"

#include "lib/io.h"
#include "updater/fetch/http.h"

static bool on_answer(void *context, const struct http_answer *a)
{
	(void)context;
	(void)a;
	return false; /* its body is of no use */
}

int post(const struct request *r, int in, struct job_error *e)
{
	static char body[POST_BYTES + 2];
	struct http_answer a;
	struct http_ask ask = {.request = r, .url = r->base, .send = body, .begin = on_answer};
	ssize_t n = io_read(in, body, sizeof body - 1);

	if (n < 0)
		return job_fail_errno(e, "cannot read the message");
	if (n == 0 || n > POST_BYTES)
		return job_fail(e, "usage", "the message has %zu bytes, not 1 to %d", (size_t)n, POST_BYTES);
	body[n] = '\0';
	if (http_get(&ask, &a, e) < 0)
		return -1;
	if (a.status >= 300 && a.status < 400)
		return job_fail(e, "protocol", "%s redirects (%d): name the receiver itself", a.url.host, a.status);
	const char *code = limits_code(a.status, &a.limits);
	return code ? job_fail(e, code, "%s answers %d", a.url.host, a.status) : 0;
}
