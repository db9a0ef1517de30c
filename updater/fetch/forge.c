#include "updater/fetch/forge.h"

#include <ctype.h>
#include <string.h>
#include "lib/text.h"
#include "updater/fetch/http.h"
#include "updater/fetch/redirect.h"
#include "updater/fetch/release.h"
#include "updater/fetch/split.h"
#include "updater/fetch/status.h"

#define ROOM ((size_t)2 << 20)	    /* for the JSON of one release; the rest of the list passes by */
#define LIST_MAX ((size_t)16 << 20) /* for all of a page */

/* The base without the slashes at its end. */
static int base_length(const struct url *base)
{
	size_t n = strlen(base->text);

	while (n > base->path && base->text[n - 1] == '/')
		n--;
	return (int)n;
}

static int read_target(const char *text, struct url *out, struct job_error *e)
{
	const char *refused = url_read(text, out);

	return refused ? job_fail(e, "usage", "%s %s", text, refused) : 0;
}

static bool no_body(void *context, const struct http_answer *a)
{
	(void)context;
	(void)a;
	return false;
}

static int digit(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

/* The last part of a path, with its %XX undone. False when that is no tag. */
static bool read_tag(const char *s, char *out, size_t size)
{
	size_t n = 0;

	for (; *s && *s != '?' && *s != '#'; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '%') {
			if (!isxdigit((unsigned char)s[1]) || !isxdigit((unsigned char)s[2]))
				return false;
			c = (unsigned char)(digit(s[1]) * 16 + digit(s[2]));
			s += 2;
		}
		if (c <= ' ' || c == 0x7f || n + 1 >= size)
			return false;
		out[n++] = (char)c;
	}
	out[n] = '\0';
	return n > 0;
}

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n >= m && strcmp(text + n - m, end) == 0;
}

/* Reads where the redirect of a "latest" page leads. 1: *tag is it; 0: to another "latest" page, in *next (the
 * repository has moved). */
static int read_lead(const struct request *r, const struct http_answer *a, struct url *next, char *tag, size_t size,
		     struct job_error *e)
{
	const char *refused = redirect_next(&a->url, a->location, r->allow_http, next), *path, *found;

	if (!refused && !url_same_origin(&a->url, next))
		refused = "is another host; something between us and the forge answers in its place";
	if (refused)
		return job_fail(e, "protocol", "%s redirects to '%s', which %s", a->url.host, a->location, refused);
	path = next->text + next->path;
	found = strstr(path, "/releases/tag/");
	if (found && read_tag(found + strlen("/releases/tag/"), tag, size))
		return 1;
	if (ends_with(path, "/releases/latest"))
		return 0;
	if (ends_with(path, "/releases"))
		return job_fail(e, "none", "%s/%s has no release yet", r->owner, r->repo);
	return job_fail(e, "protocol", "%s redirects to %s, which names no release", a->url.host, a->location);
}

static int find_latest(const struct request *r, struct http_ask *ask, char *tag, size_t size, struct job_error *e)
{
	for (unsigned hop = 0; hop <= REDIRECT_HOPS; hop++) {
		struct http_answer a;
		int found;

		if (http_get(ask, &a, e) < 0)
			return -1;
		if (a.status < 300 || a.status > 308 || a.status == 304) {
			if (status_check(&a, "the latest release", e) < 0)
				return -1;
			return job_fail(e, "protocol", "%s answers %d instead of leading to the latest release",
					a.url.host, a.status);
		}
		found = read_lead(r, &a, &ask->url, tag, size, e);
		if (found != 0)
			return found < 0 ? -1 : 0;
	}
	return job_fail(e, "protocol", "%s redirects more than %d times", ask->url.host, REDIRECT_HOPS);
}

int forge_probe(const struct request *r, struct job_error *e)
{
	struct http_ask ask = {.request = r, .begin = no_body};
	char text[URL_MAX], tag[RELEASE_NAME];
	struct wire w;

	if (text_format(text, sizeof text, "%.*s/%s/%s/releases/latest", base_length(&r->base), r->base.text, r->owner,
			r->repo) < 0)
		return job_fail(e, "usage", "url=%s is too long", r->base.text);
	if (read_target(text, &ask.url, e) < 0 || find_latest(r, &ask, tag, sizeof tag, e) < 0)
		return -1;
	wire_begin(&w);
	wire_put(&w, "tag", tag);
	job_send(&w);
	return 0;
}

/* A page of releases on its way through: bytes in, packets out. */
struct list {
	const struct request *request;
	struct job_error *error;
	struct split split;
	size_t seen;
};

static void put_bool(struct wire *w, const char *key, bool value)
{
	wire_put(w, key, value ? "1" : "0");
}

static const char *tell(void *context, const struct release *r, const struct asset *a)
{
	struct wire w;

	(void)context;
	wire_begin(&w);
	wire_put(&w, "kind", a ? "asset" : "release");
	if (a) {
		wire_put(&w, "name", a->name);
		wire_put_number(&w, "size", (int64_t)a->size);
		wire_put(&w, "state", a->state);
		wire_put(&w, "digest", a->digest);
		wire_put(&w, "url", a->url);
		wire_put(&w, "api", a->api);
	} else {
		wire_put(&w, "tag", r->tag);
		wire_put_number(&w, "published", r->published);
		put_bool(&w, "draft", r->draft);
		put_bool(&w, "prerelease", r->prerelease);
	}
	job_send(&w);
	return NULL;
}

static const char *on_object(void *context, const char *json, size_t n)
{
	struct list *l = context;

	return release_read(json, n, l->request->allow_http, tell, l);
}

static bool on_list(void *context, const struct http_answer *a)
{
	struct wire w;

	(void)context;
	if (a->status != 200 && a->status != 304)
		return false;
	wire_begin(&w);
	wire_put(&w, "kind", "cache");
	if (a->status == 304) {
		put_bool(&w, "unchanged", true);
	} else {
		wire_put(&w, "etag", a->etag);
		put_bool(&w, "more", a->more);
	}
	job_send(&w);
	return a->status == 200;
}

static bool on_list_bytes(void *context, const char *bytes, size_t n)
{
	struct list *l = context;
	const char *refused;

	l->seen += n;
	if (l->seen > LIST_MAX) {
		job_fail(l->error, "toobig", "%s sends more than 16 MiB of releases", l->request->base.host);
		return false;
	}
	refused = split_feed(&l->split, bytes, n, on_object, l);
	if (refused)
		job_fail(l->error, "protocol", "what %s sends %s", l->request->base.host, refused);
	return !refused;
}

/* Writes a tag as one step of a URL's path. */
static void add_escaped(struct text *t, const char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (isalnum(c) || strchr("._-~", c))
			text_add_bytes(t, s, 1);
		else
			text_addf(t, "%%%c%c", "0123456789ABCDEF"[c >> 4], "0123456789ABCDEF"[c & 15]);
	}
}

static int list_target(const struct request *r, struct url *out, struct job_error *e)
{
	char buf[URL_MAX];
	struct text t;

	text_begin(&t, buf, sizeof buf);
	text_addf(&t, "%.*s/repos/%s/%s/releases", base_length(&r->base), r->base.text, r->owner, r->repo);
	if (r->kind == REQUEST_RELEASE) {
		text_add(&t, "/tags/");
		add_escaped(&t, r->tag);
	} else {
		text_addf(&t, "?per_page=10&page=%llu", (unsigned long long)r->page);
	}
	if (!text_whole(&t))
		return job_fail(e, "usage", "api=%s is too long", r->base.text);
	return read_target(buf, out, e);
}

int forge_list(const struct request *r, struct job_error *e)
{
	static char room[ROOM]; /* touched as far as a release needs it */
	struct list list = {.request = r, .error = e};
	struct http_ask ask = {.request = r,
			       .follow = true,
			       .accept = "application/vnd.github+json",
			       .etag = r->etag[0] ? r->etag : NULL,
			       .begin = on_list,
			       .body = on_list_bytes,
			       .context = &list};
	struct http_answer a;
	char what[256];

	split_begin(&list.split, r->kind == REQUEST_LIST, room, sizeof room);
	if (list_target(r, &ask.url, e) < 0 || http_get(&ask, &a, e) < 0)
		return -1;
	if (e->code || a.status == 304)
		return e->code ? -1 : 0;
	if (text_format(what, sizeof what, "the releases of %s/%s", r->owner, r->repo) < 0)
		what[0] = '\0';
	if (status_check(&a, what, e) < 0)
		return -1;
	if (a.status != 200)
		return job_fail(e, "protocol", "%s answers %d for %s", a.url.host, a.status, what);
	return split_ended(&list.split) ? 0 : job_fail(e, "network", "%s ended in the middle of %s", a.url.host, what);
}
