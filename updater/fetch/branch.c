#include "updater/fetch/branch.h"

#include <string.h>
#include "lib/text.h"
#include "updater/fetch/http.h"
#include "updater/fetch/refs.h"
#include "updater/fetch/status.h"

#define LIST_MAX ((size_t)32 << 20)
#define TYPE "application/x-git-upload-pack-advertisement"

struct answer {
	const struct request *request;
	struct job_error *error;
	struct refs refs;
	size_t seen;
};

static bool on_answer(void *context, const struct http_answer *a)
{
	struct answer *answer = context;

	if (a->status != 200)
		return false;
	if (strcmp(a->type, TYPE) == 0)
		return true;
	job_fail(answer->error, "protocol", "%s answers with '%s', not as a git server does", a->url.host, a->type);
	return false;
}

static bool on_bytes(void *context, const char *bytes, size_t n)
{
	struct answer *a = context;
	const char *wrong = refs_feed(&a->refs, bytes, n);

	a->seen += n;
	if (wrong)
		job_fail(a->error, "protocol", "what %s sends %s", a->request->base.host, wrong);
	else if (a->seen > LIST_MAX)
		job_fail(a->error, "toobig", "%s sends more than 32 MiB of branches", a->request->base.host);
	return !a->error->code && !refs_settled(&a->refs);
}

static int tell(const struct answer *a)
{
	const struct request *r = a->request;
	const char *commit = refs_found(&a->refs);
	char page[URL_MAX], api[URL_MAX];
	struct wire w;

	if (!commit && !refs_ended(&a->refs))
		return job_fail(a->error, "network", "%s ended in the middle of its branches", r->base.host);
	if (!commit)
		return job_fail(a->error, "none", "%s/%s has neither a branch nor a tag %s", r->owner, r->repo, r->tag);
	const struct dialect_place place = {r->owner, r->repo, commit, 0};
	if (!dialect_page("", r->dialect->sources, &place, page, sizeof page) ||
	    !dialect_page("", r->dialect->sources_api, &place, api, sizeof api))
		return job_fail(a->error, "usage", "owner=%s is too long", r->owner);
	wire_begin(&w);
	wire_put(&w, "commit", commit);
	wire_put(&w, "sources", page);
	wire_put(&w, "sources-api", api);
	job_send(&w);
	return 0;
}

int branch_ask(const struct request *r, struct job_error *e)
{
	static struct answer answer;
	struct http_ask ask = {.request = r,
			       .follow = true,
			       .password = true,
			       .accept = TYPE,
			       .begin = on_answer,
			       .body = on_bytes,
			       .context = &answer};
	struct http_answer a;
	char text[URL_MAX], what[256];
	const char *refused;

	answer = (struct answer){.request = r, .error = e};
	refs_begin(&answer.refs, r->tag);
	const struct dialect_place place = {r->owner, r->repo, r->tag, 0};

	if (!r->dialect->sources)
		return job_fail(e, "usage", "forge=%s has no branches", r->dialect->word);
	if (!dialect_page(r->base.text, "/{project}.git/info/refs?service=git-upload-pack", &place, text,
			  sizeof text) ||
	    text_format(what, sizeof what, "the branches of %s/%s", r->owner, r->repo) < 0)
		return job_fail(e, "usage", "url=%s is too long", r->base.text);
	refused = url_read(text, &ask.url);
	if (refused)
		return job_fail(e, "usage", "%s %s", text, refused);
	if (http_get(&ask, &a, e) < 0 || e->code || status_check(&a, what, e) < 0)
		return -1;
	if (a.status != 200)
		return job_fail(e, "protocol", "%s answers %d for %s", a.url.host, a.status, what);
	return tell(&answer);
}
