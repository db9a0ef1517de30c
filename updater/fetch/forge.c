#include "updater/fetch/forge.h"

#include <string.h>
#include <strings.h>
#include "lib/text.h"
#include "updater/fetch/http.h"
#include "updater/fetch/redirect.h"
#include "updater/fetch/release.h"
#include "updater/fetch/split.h"
#include "updater/fetch/status.h"
#include "updater/fetch/tell.h"

#define ROOM ((size_t)2 << 20)	    /* for the JSON of one release; the rest of the list passes by */
#define LIST_MAX ((size_t)16 << 20) /* for all of a page */

/* One of the forge's pages, below the base of the request. */
static int page_url(const struct request *r, const char *page, struct url *out, struct job_error *e)
{
	const struct dialect_place place = {r->owner, r->repo, r->tag, r->page};
	char text[URL_MAX];
	const char *refused = "is too long";

	if (dialect_page(r->base.text, page, &place, text, sizeof text))
		refused = url_read(text, out);
	return refused ? job_fail(e, "usage", "%s with owner=%s %s", r->base.text, r->owner, refused) : 0;
}

static bool no_body(void *context, const struct http_answer *a)
{
	(void)context;
	(void)a;
	return false;
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
	const char *latest = strstr(r->dialect->latest, "/releases/");

	if (!refused && !url_same_origin(&a->url, next))
		refused = "is another host; something between us and the forge answers in its place";
	if (refused)
		return job_fail(e, "protocol", "%s redirects to '%.*s', which %s", a->url.host,
				(int)strcspn(a->location, "?"), a->location, refused);
	path = next->text + next->path;
	if (ends_with(path, latest))
		return 0;
	found = strstr(path, r->dialect->lead);
	if (found && dialect_unescape(found + strlen(r->dialect->lead), tag, size))
		return 1;
	if (ends_with(path, "/releases"))
		return job_fail(e, "none", "%s/%s has no release yet", r->owner, r->repo);
	return job_fail(e, "protocol", "%s redirects to %.*s, which names no release (a private one needs a token)",
			a->url.host, (int)strcspn(a->location, "?"), a->location);
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

/* OWNER/REPO of the page that the tag was found in, when that is not the one that was asked for; "" otherwise. */
static void read_moved(const struct request *r, const struct url *page, char *out, size_t size)
{
	const struct dialect_place place = {r->owner, r->repo, "", 0};
	const char *path = page->text + page->path, *lead = strstr(path, r->dialect->lead);
	struct url home;
	char text[URL_MAX];

	out[0] = '\0';
	if (!lead || !dialect_page(r->base.text, "/{project}", &place, text, sizeof text) || url_read(text, &home))
		return;
	const char *ours = home.text + home.path;
	size_t n = (size_t)(lead - path);
	if ((strlen(ours) != n || strncasecmp(path, ours, n) != 0) &&
	    text_format(out, size, "%.*s", (int)(n - 1), path + 1) < 0)
		out[0] = '\0';
}

int forge_probe(const struct request *r, struct job_error *e)
{
	struct http_ask ask = {.request = r, .begin = no_body};
	char tag[RELEASE_NAME], moved[RELEASE_NAME];
	struct wire w;

	if (page_url(r, r->dialect->latest, &ask.url, e) < 0 || find_latest(r, &ask, tag, sizeof tag, e) < 0)
		return -1;
	wire_begin(&w);
	wire_put(&w, "tag", tag);
	read_moved(r, &ask.url, moved, sizeof moved);
	if (moved[0])
		wire_put(&w, "moved", moved);
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

/* GitLab's web pages take no token: the same file is had from the API. */
static const char *add_download(const struct request *r, const struct release *release, struct asset *a)
{
	const struct dialect_place place = {r->owner, r->repo, release->tag, 0};
	const char *rest = strstr(a->url, "/-/releases/");
	char base[URL_MAX];

	rest = rest ? strstr(rest, "/downloads/") : NULL;
	if (!rest) {
		memcpy(a->api, a->url, sizeof a->api);
		return NULL;
	}
	if (!dialect_page(r->base.text, r->dialect->download, &place, base, sizeof base) ||
	    text_format(a->api, sizeof a->api, "%s%s", base, rest + strlen("/downloads/")) < 0)
		return "has an asset whose URL is too long";
	return NULL;
}

static const char *tell(void *context, const struct release *r, const struct asset *a)
{
	const struct list *l = context;
	const char *refused = NULL;
	struct asset with_api;

	if (a && l->request->dialect->download) {
		with_api = *a;
		a = &with_api;
		refused = add_download(l->request, r, &with_api);
	}
	if (!refused)
		tell_release(r, a);
	if (!refused && !a && l->request->notes)
		tell_notes(r->notes);
	return refused;
}

static const char *on_object(void *context, const char *json, size_t n)
{
	struct list *l = context;
	const struct request *r = l->request;

	return release_read(json, n, &r->dialect->names, r->allow_http, tell, l);
}

static bool on_list(void *context, const struct http_answer *a)
{
	(void)context;
	if (a->status == 304)
		tell_unchanged();
	else if (a->status == 200)
		tell_cache(a->etag, a->more);
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

int forge_list(const struct request *r, struct job_error *e)
{
	bool one = r->kind == REQUEST_RELEASE;
	static char room[ROOM]; /* touched as far as a release needs it */
	struct list list = {.request = r, .error = e};
	struct http_ask ask = {.request = r,
			       .follow = true,
			       .accept = r->dialect->accept,
			       .etag = r->etag[0] ? r->etag : NULL,
			       .begin = on_list,
			       .body = on_list_bytes,
			       .context = &list};
	struct http_answer a;
	char what[700];

	split_begin(&list.split, !one, room, sizeof room);
	if (page_url(r, one ? r->dialect->release : r->dialect->list, &ask.url, e) < 0 || http_get(&ask, &a, e) < 0)
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
