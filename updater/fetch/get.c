#include "updater/fetch/get.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>
#include "lib/clock.h"
#include "updater/fetch/http.h"
#include "updater/fetch/range.h"
#include "updater/fetch/status.h"

#define PROGRESS_MS 250

struct get {
	const struct request *request;
	struct job_error *error;
	int out;
	uint64_t at;	/* bytes that are in the file */
	uint64_t total; /* bytes it will have, 0 when nobody said */
	bool taken;	/* the body of the answer is the file, or its rest */
	bool again;	/* the answer was no continuation: ask for the whole */
	int64_t next_progress;
};

static void say(const struct get *g, const char *kind, const char *etag)
{
	struct wire w;

	wire_begin(&w);
	wire_put(&w, "kind", kind);
	wire_put_number(&w, "bytes", (int64_t)g->at);
	if (g->total)
		wire_put_number(&w, "total", (int64_t)g->total);
	if (etag)
		wire_put(&w, "etag", etag);
	job_send(&w);
}

/* Does the answer hold what we asked for? Sets at and total, or again. */
static bool fits(struct get *g, const struct http_answer *a)
{
	if (a->status == 200) {
		g->at = 0;
		g->total = a->length > 0 ? (uint64_t)a->length : 0;
		return true;
	}
	if (a->status == 206 && g->at > 0 && range_continues(a->range, g->at, &g->total))
		return true;
	g->again = g->at > 0 && (a->status == 206 || a->status == 416);
	return false;
}

static bool on_answer(void *context, const struct http_answer *a)
{
	struct get *g = context;

	if (!fits(g, a))
		return false;
	if (strncasecmp(a->type, "text/html", 9) == 0)
		job_fail(g->error, "protocol", "%s sends a web page instead of the file", a->url.host);
	else if (g->total > g->request->cap)
		job_fail(g->error, "toobig", "%s offers %llu bytes, more than the %llu expected", a->url.host,
			 (unsigned long long)g->total, (unsigned long long)g->request->cap);
	else if (ftruncate(g->out, (off_t)g->at) < 0)
		job_fail_errno(g->error, "cannot truncate the download");
	if (g->error->code)
		return false;
	g->taken = true;
	say(g, "progress", a->etag);
	g->next_progress = clock_ms() + PROGRESS_MS;
	return true;
}

static int write_at(int fd, const char *bytes, size_t n, uint64_t at)
{
	while (n > 0) {
		ssize_t done = pwrite(fd, bytes, n, (off_t)at);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -1;
		bytes += done;
		n -= (size_t)done;
		at += (uint64_t)done;
	}
	return 0;
}

static bool on_bytes(void *context, const char *bytes, size_t n)
{
	struct get *g = context;

	if (n > g->request->cap - g->at) {
		job_fail(g->error, "toobig", "the file has more than the %llu bytes expected",
			 (unsigned long long)g->request->cap);
		return false;
	}
	if (write_at(g->out, bytes, n, g->at) < 0) {
		job_fail_errno(g->error, "cannot write the download");
		return false;
	}
	g->at += n;
	if (clock_ms() >= g->next_progress) {
		say(g, "progress", NULL);
		g->next_progress = clock_ms() + PROGRESS_MS;
	}
	return true;
}

/* Only a strong etag says that the bytes are the same; and what we have must really be there. */
static bool may_resume(const struct request *r, int out)
{
	struct stat st;

	return r->offset > 0 && r->offset < r->cap && r->etag[0] == '"' && fstat(out, &st) == 0 &&
	       (uint64_t)st.st_size >= r->offset;
}

static int ask_for_it(struct get *g, struct http_answer *a)
{
	const struct request *r = g->request;
	struct http_ask ask = {.request = r,
			       .url = r->base,
			       .follow = true,
			       .accept = r->octet ? "application/octet-stream" : NULL,
			       .offset = g->at,
			       .of_etag = g->at > 0 ? r->etag : NULL,
			       .begin = on_answer,
			       .body = on_bytes,
			       .context = g};

	return http_get(&ask, a, g->error);
}

int get_file(const struct request *r, int out, struct job_error *e)
{
	struct get g = {.request = r, .error = e, .out = out, .at = may_resume(r, out) ? r->offset : 0};
	struct http_answer a;
	int result = ask_for_it(&g, &a);

	if (result == 0 && g.again) {
		g.again = false;
		g.at = 0;
		result = ask_for_it(&g, &a);
	}
	if (result < 0 || e->code || status_check(&a, "the file", e) < 0)
		return -1;
	if (!g.taken)
		return job_fail(e, "protocol", "%s answers %d for the file", a.url.host, a.status);
	if (g.total && g.at != g.total)
		return job_fail(e, "network", "%s ended after %llu of %llu bytes", a.url.host, (unsigned long long)g.at,
				(unsigned long long)g.total);
	say(&g, "done", a.etag);
	return 0;
}
