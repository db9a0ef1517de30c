#include "updater/unpack/sums.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#define DIGITS 64

/* A piece of a line. */
struct piece {
	const char *at;
	size_t n;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static struct piece trim(struct piece p)
{
	while (p.n && is_blank(p.at[0]))
		p.at++, p.n--;
	while (p.n && is_blank(p.at[p.n - 1]))
		p.n--;
	return p;
}

static bool is_digest(struct piece p)
{
	if (p.n != DIGITS)
		return false;
	for (size_t i = 0; i < DIGITS; i++)
		if (!isxdigit((unsigned char)p.at[i]))
			return false;
	return true;
}

/* Is it the name, behind any path? */
static bool is_name(struct piece p, const char *name)
{
	size_t n = strlen(name);

	if (p.n < n || memcmp(p.at + p.n - n, name, n) != 0)
		return false;
	return p.n == n || p.at[p.n - n - 1] == '/';
}

/* "HEX  NAME", "HEX *NAME". */
static bool read_plain(struct piece line, struct piece *hex, struct piece *name)
{
	if (line.n <= DIGITS || !is_blank(line.at[DIGITS]))
		return false;
	*hex = (struct piece){line.at, DIGITS};
	*name = trim((struct piece){line.at + DIGITS, line.n - DIGITS});
	if (name->n && name->at[0] == '*')
		name->at++, name->n--;
	return is_digest(*hex);
}

/* "SHA256 (NAME) = HEX", "SHA2-256(NAME)= HEX". */
static bool read_bsd(struct piece line, struct piece *hex, struct piece *name)
{
	const char *open = memchr(line.at, '(', line.n), *close;
	struct piece tool, rest;

	if (!open || line.n < DIGITS)
		return false;
	tool = trim((struct piece){line.at, (size_t)(open - line.at)});
	if (!(tool.n == 6 && memcmp(tool.at, "SHA256", 6) == 0) &&
	    !(tool.n == 8 && memcmp(tool.at, "SHA2-256", 8) == 0))
		return false;
	*hex = (struct piece){line.at + line.n - DIGITS, DIGITS};
	if (hex->at <= open)
		return false;
	rest = trim((struct piece){open, (size_t)(hex->at - open)});
	if (rest.n < 3 || rest.at[rest.n - 1] != '=')
		return false;
	rest.n--;
	rest = trim(rest);
	close = rest.at + rest.n - 1;
	if (close <= open || *close != ')')
		return false;
	*name = (struct piece){open + 1, (size_t)(close - open - 1)};
	return is_digest(*hex);
}

static void copy_lower(struct piece hex, char *out)
{
	for (size_t i = 0; i < DIGITS; i++)
		out[i] = (char)tolower((unsigned char)hex.at[i]);
	out[DIGITS] = '\0';
}

/* The whole text is one digest. */
static bool is_bare(const char *text, struct piece *hex)
{
	*hex = (struct piece){text, strlen(text)};
	while (hex->n && isspace((unsigned char)hex->at[0]))
		hex->at++, hex->n--;
	while (hex->n && isspace((unsigned char)hex->at[hex->n - 1]))
		hex->n--;
	return is_digest(*hex);
}

unsigned sums_find(const char *text, const char *name, char hex[static HASH_HEX])
{
	unsigned hits = 0;
	struct piece found, called;

	hex[0] = '\0';
	if (is_bare(text, &found)) {
		copy_lower(found, hex);
		return 1;
	}
	for (const char *s = text; *s;) {
		size_t n = strcspn(s, "\n");
		struct piece line = trim((struct piece){s, n});

		s += n + (s[n] == '\n');
		if (!read_plain(line, &found, &called) && !read_bsd(line, &found, &called))
			continue;
		if (is_name(called, name) && ++hits == 1)
			copy_lower(found, hex);
	}
	if (hits != 1)
		hex[0] = '\0';
	return hits;
}
