#include "updater/fetch/directory.h"

#include <string.h>
#include "lib/text.h"
#include "updater/fetch/http.h"
#include "updater/fetch/listing.h"
#include "updater/fetch/local.h"
#include "updater/fetch/status.h"
#include "updater/fetch/tell.h"

#define LIST_MAX ((size_t)1 << 20)

/* The list, whole, before anything of it is believed. */
struct list {
	const struct request *request;
	struct job_error *error;
	char bytes[LIST_MAX + 1];
	size_t used;
	char etag[257];
	unsigned releases;
};

/* Where an asset is: TAG/NAME below the project. In a file:// URL nothing is escaped. */
static bool name_url(const struct request *r, const char *tag, const char *name, char *out, size_t size)
{
	const struct dialect_place place = {r->owner, r->repo, tag, 0}, file = {r->owner, r->repo, name, 0};
	char directory[URL_MAX];

	if (r->directory[0])
		return text_format(out, size, "file://%s/%s/%s/%s/%s", r->directory, r->owner, r->repo, tag, name) >= 0;
	return dialect_page(r->base.text, "/{project}/{tag}", &place, directory, sizeof directory) &&
	       dialect_page(directory, "/{tag}", &file, out, size);
}

static const char *told(void *context, const struct release *r, const struct asset *a)
{
	struct list *l = context;
	struct asset placed;

	l->releases += !a;
	if (a) {
		placed = *a;
		if (!name_url(l->request, r->tag, a->name, placed.url, sizeof placed.url))
			return "has a name that is too long for a URL";
	}
	tell_release(r, a ? &placed : NULL);
	return NULL;
}

static int tell_all(struct list *l)
{
	const struct request *r = l->request;
	bool one = r->kind == REQUEST_RELEASE;
	const char *refused;

	l->bytes[l->used] = '\0';
	tell_cache(l->etag, false);
	refused = listing_read(l->bytes, l->used, one ? r->tag : NULL, told, l);
	if (refused)
		return job_fail(l->error, "protocol", "the SHA256SUMS of %s/%s %s", r->owner, r->repo, refused);
	if (one && l->releases == 0)
		return job_fail(l->error, "missing", "the SHA256SUMS of %s/%s has no release %s", r->owner, r->repo,
				r->tag);
	return 0;
}

static int read_local(struct list *l, int file)
{
	ssize_t n;

	if (local_etag(file, l->etag, sizeof l->etag, l->error) < 0)
		return -1;
	if (l->etag[0] && strcmp(l->etag, l->request->etag) == 0) {
		tell_unchanged();
		return 0;
	}
	n = local_read(file, l->bytes, sizeof l->bytes, l->error);
	if (n < 0)
		return -1;
	l->used = (size_t)n;
	return tell_all(l);
}

static bool on_answer(void *context, const struct http_answer *a)
{
	struct list *l = context;

	if (a->status == 200 && text_format(l->etag, sizeof l->etag, "%s", a->etag) < 0)
		l->etag[0] = '\0';
	return a->status == 200;
}

static bool on_bytes(void *context, const char *bytes, size_t n)
{
	struct list *l = context;

	if (n > LIST_MAX - l->used) {
		job_fail(l->error, "toobig", "%s sends a SHA256SUMS of more than a MiB", l->request->base.host);
		return false;
	}
	memcpy(l->bytes + l->used, bytes, n);
	l->used += n;
	return true;
}

static int ask_for_it(struct list *l)
{
	const struct request *r = l->request;
	const struct dialect_place place = {r->owner, r->repo, r->tag, r->page};
	struct http_ask ask = {.request = r,
			       .follow = true,
			       .etag = r->etag[0] ? r->etag : NULL,
			       .begin = on_answer,
			       .body = on_bytes,
			       .context = l};
	char text[URL_MAX];
	struct http_answer a;
	const char *refused = "is too long";

	if (dialect_page(r->base.text, r->dialect->list, &place, text, sizeof text))
		refused = url_read(text, &ask.url);
	if (refused)
		return job_fail(l->error, "usage", "api=%s %s", r->base.text, refused);
	if (http_get(&ask, &a, l->error) < 0 || l->error->code || status_check(&a, "SHA256SUMS", l->error) < 0)
		return -1;
	if (a.status == 304) {
		tell_unchanged();
		return 0;
	}
	if (a.status != 200)
		return job_fail(l->error, "protocol", "%s answers %d for SHA256SUMS", a.url.host, a.status);
	if (a.length >= 0 && (uint64_t)a.length != l->used)
		return job_fail(l->error, "network", "%s ended in the middle of SHA256SUMS", a.url.host);
	return tell_all(l);
}

int directory_list(const struct request *r, int list, struct job_error *e)
{
	static struct list l; /* touched as far as the list needs it */

	l.request = r;
	l.error = e;
	return list >= 0 ? read_local(&l, list) : ask_for_it(&l);
}
