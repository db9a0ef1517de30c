#include "updater/fetch/request.h"

#include <ctype.h>
#include <string.h>
#include "lib/text.h"
#include "updater/fetch/redirect.h"

#define BYTES_MAX ((uint64_t)1 << 42)

static const struct {
	const char *word;
	enum request_kind kind;
} kinds[] = {
	{"probe", REQUEST_PROBE}, {"list", REQUEST_LIST}, {"release", REQUEST_RELEASE},
	{"ref", REQUEST_REF},	  {"get", REQUEST_GET},	  {"post", REQUEST_POST},
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
	return job_fail(e, "usage", "do=%s is none of probe, list, release, ref, get, post", word);
}

static int read_dialect(const struct wire *w, struct request *r, struct job_error *e)
{
	char word[16];

	if (job_text(w, "forge", word, sizeof word, e) < 0)
		return -1;
	r->dialect = dialect_of(word[0] ? word : "github");
	if (!r->dialect)
		return job_fail(e, "usage", "forge=%s is none of github, gitea, gitlab, directory", word);
	if (r->kind == REQUEST_PROBE && !r->dialect->latest)
		return job_fail(e, "usage", "do=probe: forge=%s has no page of its latest release", word);
	return 0;
}

static int read_url(const struct wire *w, const char *key, bool allow_http, struct url *out, struct job_error *e)
{
	char text[URL_MAX];
	const char *refused;

	if (job_text(w, key, text, sizeof text, e) < 0)
		return -1;
	refused = url_read(text, out);
	if (!refused)
		refused = redirect_start(out, allow_http);
	return refused ? job_fail(e, "usage", "%s=%.*s %s", key, (int)strcspn(text, "?"), text, refused) : 0;
}

/* The path of a receiver is often the secret that lets us in: it is in no message. */
static int read_receiver(const struct wire *w, struct request *r, struct job_error *e)
{
	char text[URL_MAX];
	const char *refused;

	if (job_text(w, "url", text, sizeof text, e) < 0)
		return -1;
	refused = url_read(text, &r->base);
	if (!refused)
		refused = redirect_start(&r->base, r->allow_http);
	r->home = r->base;
	return refused ? job_fail(e, "usage", "the URL %s", refused) : 0;
}

/* The path of a file:// URL, as it is: nothing in it is escaped. */
static const char *local_path(const char *url)
{
	return strncmp(url, "file:///", 8) == 0 ? url + 7 : NULL;
}

/* A file:// URL is asked of a directory only. 1: it was one. */
static int read_local(const struct wire *w, struct request *r, struct job_error *e)
{
	const char *key = r->kind == REQUEST_GET ? "home" : "api", *path;
	char home[URL_MAX], text[URL_MAX];
	size_t n;

	if (strcmp(r->dialect->word, "directory") != 0)
		return 0;
	if (job_text(w, key, home, sizeof home, e) < 0 || job_text(w, "url", text, sizeof text, e) < 0)
		return -1;
	path = local_path(home);
	if (!path)
		return 0;
	if (text_format(r->directory, sizeof r->directory, "%s", path) < 0)
		return job_fail(e, "usage", "%s=%s is too long", key, home);
	if (r->kind != REQUEST_GET)
		return 1;
	n = strlen(home);
	if (strncmp(text, home, n) != 0 || text[n] != '/' ||
	    text_format(r->file, sizeof r->file, "%s", text + n + 1) < 0)
		return job_fail(e, "usage", "url=%s is not below home=%s", text, home);
	return 1;
}

static int read_base(const struct wire *w, struct request *r, struct job_error *e)
{
	const char *key = r->kind == REQUEST_LIST || r->kind == REQUEST_RELEASE ? "api" : "url";
	char home[URL_MAX];
	int local;

	if (r->kind == REQUEST_POST)
		return read_receiver(w, r, e);
	local = read_local(w, r, e);
	if (local != 0)
		return local < 0 ? -1 : 0;
	if (read_url(w, key, r->allow_http, &r->base, e) < 0)
		return -1;
	r->home = r->base;
	if (r->kind != REQUEST_GET || job_text(w, "home", home, sizeof home, e) < 0)
		return e->code ? -1 : 0;
	return home[0] || r->token[0] ? read_url(w, "home", true, &r->home, e) : 0;
}

/* One step of a path, never a way out of it. */
static bool is_step(const char *s, size_t n)
{
	if (n == 0 || n > 100 || (n == 1 && s[0] == '.') || (n == 2 && s[0] == '.' && s[1] == '.'))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)s[i]) && !strchr("._-", s[i]))
			return false;
	return true;
}

/* A user or a repository: one step, or several where there are groups. */
static int read_name(const struct wire *w, const char *key, bool groups, char *out, size_t size, struct job_error *e)
{
	if (job_text(w, key, out, size, e) < 0)
		return -1;
	for (const char *s = out;; s++) {
		size_t n = groups ? strcspn(s, "/") : strlen(s);

		if (!is_step(s, n))
			return job_fail(e, "usage", "%s=%s is no name of a-z A-Z 0-9 . _ -", key, out);
		s += n;
		if (!*s)
			return 0;
	}
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
	if (job_text(w, "notes", word, sizeof word, e) < 0)
		return -1;
	r->notes = strcmp(word, "1") == 0;
	if (word[0] && !r->notes)
		return job_fail(e, "usage", "notes=%s is not 1", word);
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
	if (r->kind == REQUEST_GET || r->kind == REQUEST_POST)
		return 0;
	if (read_name(w, "owner", r->dialect->groups, r->owner, sizeof r->owner, e) < 0 ||
	    read_name(w, "repo", false, r->repo, sizeof r->repo, e) < 0)
		return -1;
	if (r->kind != REQUEST_RELEASE && r->kind != REQUEST_REF)
		return 0;
	if (job_text(w, "tag", r->tag, sizeof r->tag, e) < 0)
		return -1;
	return r->tag[0] ? 0 : job_fail(e, "usage", "do=release and do=ref want tag=TAG");
}

/* The file that lists a local directory. */
static int name_list(struct request *r, struct job_error *e)
{
	const struct dialect_place place = {r->owner, r->repo, r->tag, r->page};

	if (!r->directory[0] || r->kind == REQUEST_GET)
		return 0;
	if (!dialect_page("", r->dialect->list + 1, &place, r->file, sizeof r->file))
		return job_fail(e, "usage", "owner=%s is too long", r->owner);
	return 0;
}

int request_read(const struct wire *w, struct request *r, struct job_error *e)
{
	memset(r, 0, sizeof *r);
	if (read_kind(w, r, e) < 0 || read_dialect(w, r, e) < 0 || read_flags(w, r, e) < 0 ||
	    read_header_text(w, "token", r->token, sizeof r->token, e) < 0 || read_base(w, r, e) < 0 ||
	    read_names(w, r, e) < 0 || read_numbers(w, r, e) < 0 || name_list(r, e) < 0 ||
	    read_header_text(w, "etag", r->etag, sizeof r->etag, e) < 0)
		return -1;
	return job_text(w, "ca", r->ca, sizeof r->ca, e);
}
