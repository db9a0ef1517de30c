#include "updater/fetch/request.h"

#include <ctype.h>
#include <string.h>
#include "updater/fetch/redirect.h"

#define BYTES_MAX ((uint64_t)1 << 42)

static const struct {
	const char *word;
	enum request_kind kind;
} kinds[] = {
	{"probe", REQUEST_PROBE},
	{"list", REQUEST_LIST},
	{"release", REQUEST_RELEASE},
	{"get", REQUEST_GET},
};

static int read_kind(const struct wire *w, struct request *r, struct job_error *e)
{
	char word[16];

	if (job_text(w, "do", word, sizeof word, e) < 0)
		return -1;
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		if (strcmp(word, kinds[i].word) == 0) {
			r->kind = kinds[i].kind;
			return 0;
		}
	}
	return job_fail(e, "usage", "do=%s is none of probe, list, release, get", word);
}

static int read_base(const struct wire *w, struct request *r, struct job_error *e)
{
	const char *key = r->kind == REQUEST_LIST || r->kind == REQUEST_RELEASE ? "api" : "url";
	char text[URL_MAX];
	const char *refused;

	if (job_text(w, key, text, sizeof text, e) < 0)
		return -1;
	refused = url_read(text, &r->base);
	if (!refused)
		refused = redirect_start(&r->base, r->allow_http);
	return refused ? job_fail(e, "usage", "%s=%s %s", key, text, refused) : 0;
}

/* A user or a repository: one step of a path, never a way out of it. */
static int read_name(const struct wire *w, const char *key, char *out, size_t size, struct job_error *e)
{
	if (job_text(w, key, out, size, e) < 0)
		return -1;
	for (const char *s = out; *s; s++)
		if (!isalnum((unsigned char)*s) && !strchr("._-", *s))
			return job_fail(e, "usage", "%s=%s holds something else than a-z A-Z 0-9 . _ -", key, out);
	if (out[0] == '\0' || strcmp(out, ".") == 0 || strcmp(out, "..") == 0)
		return job_fail(e, "usage", "%s=%s is no name", key, out);
	return 0;
}

/* What goes into a header line: printable ASCII, spaces only where allowed. The value stays out of the message: it may
 * be the token. */
static int read_header_text(const struct wire *w, const char *key, char *out, size_t size, struct job_error *e)
{
	if (job_text(w, key, out, size, e) < 0)
		return -1;
	for (const char *s = out; *s; s++)
		if (*s <= ' ' || *s >= 0x7f)
			return job_fail(e, "usage", "%s holds a space or a byte that is not ASCII", key);
	return 0;
}

static int read_flags(const struct wire *w, struct request *r, struct job_error *e)
{
	char word[16];

	if (job_text(w, "allow", word, sizeof word, e) < 0)
		return -1;
	r->allow_http = strcmp(word, "http") == 0;
	if (word[0] && !r->allow_http)
		return job_fail(e, "usage", "allow=%s is not http", word);
	if (job_text(w, "accept", word, sizeof word, e) < 0)
		return -1;
	r->octet = strcmp(word, "octet") == 0;
	if (word[0] && !r->octet)
		return job_fail(e, "usage", "accept=%s is not octet", word);
	return 0;
}

static int read_numbers(const struct wire *w, struct request *r, struct job_error *e)
{
	r->page = 1;
	r->connect = 15;
	r->stall = 30;
	r->total = r->kind == REQUEST_GET ? 24 * 3600 : 60;
	if (job_number(w, "page", 1, 1000, &r->page, e) < 0 || job_number(w, "cap", 1, BYTES_MAX, &r->cap, e) < 0 ||
	    job_number(w, "offset", 0, BYTES_MAX, &r->offset, e) < 0 ||
	    job_number(w, "connect", 1, 3600, &r->connect, e) < 0 ||
	    job_number(w, "stall", 1, 3600, &r->stall, e) < 0 || job_number(w, "total", 1, 604800, &r->total, e) < 0 ||
	    job_number(w, "rate", 0, BYTES_MAX, &r->rate, e) < 0)
		return -1;
	if (r->kind == REQUEST_GET && r->cap == 0)
		return job_fail(e, "usage", "do=get without cap=BYTES");
	if (r->rate > 0 && r->rate < 1024)
		return job_fail(e, "usage", "rate=%llu is below 1024 bytes a second", (unsigned long long)r->rate);
	return 0;
}

static int read_names(const struct wire *w, struct request *r, struct job_error *e)
{
	if (r->kind == REQUEST_GET)
		return 0;
	if (read_name(w, "owner", r->owner, sizeof r->owner, e) < 0 ||
	    read_name(w, "repo", r->repo, sizeof r->repo, e) < 0)
		return -1;
	if (r->kind != REQUEST_RELEASE)
		return 0;
	if (job_text(w, "tag", r->tag, sizeof r->tag, e) < 0)
		return -1;
	return r->tag[0] ? 0 : job_fail(e, "usage", "do=release without tag=TAG");
}

int request_read(const struct wire *w, struct request *r, struct job_error *e)
{
	memset(r, 0, sizeof *r);
	if (read_kind(w, r, e) < 0 || read_flags(w, r, e) < 0 || read_base(w, r, e) < 0 || read_names(w, r, e) < 0 ||
	    read_numbers(w, r, e) < 0 || read_header_text(w, "token", r->token, sizeof r->token, e) < 0 ||
	    read_header_text(w, "etag", r->etag, sizeof r->etag, e) < 0)
		return -1;
	return job_text(w, "ca", r->ca, sizeof r->ca, e);
}
