#include "updater/fetch/listing.h"

#include <ctype.h>
#include <string.h>
#include "lib/text.h"

#define HEX 64

/* One line cut into its parts, which point into the text. */
struct line {
	const char *hex, *tag, *name;
};

/* What we could not say in a packet, or would not make a file of. */
static bool is_step(const char *s)
{
	if (s[0] == '\0' || strlen(s) >= RELEASE_NAME || strcmp(s, ".") == 0 || strcmp(s, "..") == 0)
		return false;
	for (; *s; s++)
		if ((unsigned char)*s <= ' ' || *s == 0x7f || *s == '/')
			return false;
	return true;
}

/* Cuts a line without its end. 1: it is of a release; 0: of something else; -1: it is no line of sums. */
static int cut(char *text, struct line *l)
{
	char *path = text + HEX + 2, *slash;

	if (text[0] == '\0' || text[0] == '#')
		return 0;
	if (strspn(text, "0123456789abcdefABCDEF") != HEX || text[HEX] != ' ' || !strchr(" *", text[HEX + 1]) ||
	    text[HEX + 1] == '\0' || *path == '\0')
		return -1;
	text[HEX] = '\0';
	for (char *c = text; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	if (strncmp(path, "./", 2) == 0)
		path += 2;
	slash = strchr(path, '/');
	if (!slash)
		return 0;
	*slash = '\0';
	*l = (struct line){text, path, slash + 1};
	return is_step(path) && is_step(slash + 1);
}

struct table {
	struct line lines[LISTING_LINES];
	size_t count;
};

static const char *read_lines(char *text, size_t n, struct table *t)
{
	for (char *end; n > 0; n -= (size_t)(end - text), text = end) {
		char *newline = memchr(text, '\n', n);
		int kind;

		if (!newline)
			return "ends in the middle of a line";
		end = newline + 1;
		if (memchr(text, '\0', (size_t)(newline - text)))
			return "holds a NUL";
		*newline = '\0';
		if (newline > text && newline[-1] == '\r')
			newline[-1] = '\0';
		if (t->count == LISTING_LINES)
			return "has more than 16384 files";
		kind = cut(text, &t->lines[t->count]);
		if (kind < 0)
			return "has a line that is no checksum and name";
		t->count += (size_t)kind;
	}
	return NULL;
}

static const char *tell_release(const struct table *t, size_t first, release_told *told, void *context)
{
	const char *tag = t->lines[first].tag, *refused;
	struct release r;
	struct asset a;
	unsigned assets = 0;

	memset(&r, 0, sizeof r);
	memcpy(r.tag, tag, strlen(tag) + 1);
	refused = told(context, &r, NULL);
	for (size_t i = first; i < t->count && !refused; i++) {
		const struct line *l = &t->lines[i];

		if (strcmp(l->tag, tag) != 0)
			continue;
		if (++assets > RELEASE_ASSETS)
			return "has a release with more than 1000 files";
		for (size_t k = first; k < i; k++)
			if (strcmp(t->lines[k].tag, tag) == 0 && strcmp(t->lines[k].name, l->name) == 0)
				return "has a name twice";
		a = (struct asset){.state = "uploaded"};
		memcpy(a.name, l->name, strlen(l->name) + 1);
		if (text_format(a.digest, sizeof a.digest, "sha256:%s", l->hex) < 0)
			return "has a line that is no checksum and name";
		refused = told(context, &r, &a);
	}
	/* cppcheck-suppress returnDanglingLifetime ; what told() says does not lie in what it was told */
	return refused;
}

static bool is_first(const struct table *t, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (strcmp(t->lines[k].tag, t->lines[i].tag) == 0)
			return false;
	return true;
}

const char *listing_read(char *text, size_t n, const char *only, release_told *told, void *context)
{
	static struct table t;
	const char *refused;
	unsigned releases = 0;

	t.count = 0;
	refused = read_lines(text, n, &t);
	for (size_t i = 0; i < t.count && !refused; i++) {
		if ((only && strcmp(only, t.lines[i].tag) != 0) || !is_first(&t, i))
			continue;
		refused = ++releases > LISTING_RELEASES ? "has more than 100 releases; remove old ones"
							: tell_release(&t, i, told, context);
	}
	return refused;
}
