#include "updater/fetch/tell.h"

#include "updater/fetch/notes.h"
#include "updater/job.h"

static void put_bool(struct wire *w, const char *key, bool value)
{
	wire_put(w, key, value ? "1" : "0");
}

void tell_unchanged(void)
{
	struct wire w;

	wire_begin(&w);
	wire_put(&w, "kind", "cache");
	put_bool(&w, "unchanged", true);
	job_send(&w);
}

void tell_cache(const char *etag, bool more)
{
	struct wire w;

	wire_begin(&w);
	wire_put(&w, "kind", "cache");
	wire_put(&w, "etag", etag);
	put_bool(&w, "more", more);
	job_send(&w);
}

void tell_release(const struct release *r, const struct asset *a)
{
	struct wire w;

	wire_begin(&w);
	wire_put(&w, "kind", a ? "asset" : "release");
	if (a) {
		wire_put(&w, "name", a->name);
		if (a->sized)
			wire_put_number(&w, "size", (int64_t)a->size);
		if (a->created > 0)
			wire_put_number(&w, "created", a->created);
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
}

static void tell_note(void *context, const char *line)
{
	struct wire w;

	(void)context;
	wire_begin(&w);
	wire_put(&w, "kind", "note");
	wire_put(&w, "line", line);
	job_send(&w);
}

void tell_notes(const char *notes)
{
	if (notes)
		notes_read(notes, tell_note, NULL);
}
