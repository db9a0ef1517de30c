#include "updater/fetch/dialect.h"

#include <ctype.h>
#include <string.h>
#include "lib/text.h"

/* One forge, one paragraph. A directory has no API: its list is a file of checksums (see updater/fetch/listing). */
static const struct dialect dialects[] = {
	{
		.word = "github", /* and GitHub Enterprise */
		.latest = "/{project}/releases/latest",
		.lead = "/releases/tag/",
		.list = "/repos/{project}/releases?per_page=10&page={page}",
		.release = "/repos/{project}/releases/tags/{tag}",
		.sources = "/{project}/archive/{tag}.tar.gz",
		.sources_api = "/repos/{project}/tarball/{tag}",
		.accept = "application/vnd.github+json",
		.header = "Authorization",
		.scheme = "Bearer ",
		.names = {.draft = "draft", .published = "published_at", .notes = "body"},
	},
	{
		.word = "gitea", /* and Forgejo */
		.latest = "/{project}/releases/latest",
		.lead = "/releases/tag/",
		.list = "/repos/{project}/releases?limit=10&page={page}",
		.release = "/repos/{project}/releases/tags/{tag}",
		.sources = "/{project}/archive/{tag}.tar.gz",
		.sources_api = "/repos/{project}/archive/{tag}.tar.gz",
		.accept = "application/json",
		.header = "Authorization",
		.scheme = "token ",
		.names = {.draft = "draft", .published = "published_at", .notes = "body"},
	},
	{
		.word = "gitlab",
		.latest = "/{project}/-/releases/permalink/latest",
		.lead = "/-/releases/",
		.list = "/projects/{id}/releases?per_page=10&page={page}",
		.release = "/projects/{id}/releases/{tag}",
		.download = "/projects/{id}/releases/{tag}/downloads/",
		.sources = "/{project}/-/archive/{tag}/sources.tar.gz",
		.sources_api = "/projects/{id}/repository/archive.tar.gz?sha={tag}",
		.accept = "application/json",
		.header = "PRIVATE-TOKEN",
		.scheme = "",
		.groups = true,
		.names = {.draft = "upcoming_release",
			  .published = "released_at",
			  .notes = "description",
			  .links = true},
	},
	{
		.word = "directory",
		.list = "/{project}/SHA256SUMS",
		.release = "/{project}/SHA256SUMS",
		.accept = "*/*",
		.header = "Authorization",
		.scheme = "Bearer ",
	},
};

const struct dialect *dialect_of(const char *word)
{
	for (size_t i = 0; i < sizeof dialects / sizeof dialects[0]; i++)
		if (strcmp(dialects[i].word, word) == 0)
			return &dialects[i];
	return NULL;
}

/* As one step of a path: all but what is never special. */
static void add_step(struct text *t, const char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (isalnum(c) || strchr("._-~", c))
			text_add_bytes(t, s, 1);
		else
			text_addf(t, "%%%c%c", "0123456789ABCDEF"[c >> 4], "0123456789ABCDEF"[c & 15]);
	}
}

static void add_word(struct text *t, const char *word, size_t n, const struct dialect_place *p)
{
	if (n == 7 && memcmp(word, "project", n) == 0) {
		text_addf(t, "%s/%s", p->owner, p->repo);
	} else if (n == 2 && memcmp(word, "id", n) == 0) {
		add_step(t, p->owner);
		text_add(t, "%2F");
		add_step(t, p->repo);
	} else if (n == 3 && memcmp(word, "tag", n) == 0) {
		add_step(t, p->tag);
	} else {
		text_addf(t, "%llu", (unsigned long long)p->page);
	}
}

bool dialect_page(const char *base, const char *page, const struct dialect_place *place, char *out, size_t size)
{
	size_t n = strlen(base);
	struct text t;

	while (n > 0 && base[n - 1] == '/')
		n--;
	text_begin(&t, out, size);
	text_add_bytes(&t, base, n);
	while (*page) {
		size_t plain = strcspn(page, "{");

		text_add_bytes(&t, page, plain);
		page += plain;
		if (*page == '{') {
			add_word(&t, page + 1, strcspn(page + 1, "}"), place);
			page += strcspn(page, "}") + 1;
		}
	}
	if (!text_whole(&t))
		out[0] = '\0';
	return text_whole(&t);
}

static int digit(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

bool dialect_unescape(const char *s, char *out, size_t size)
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
