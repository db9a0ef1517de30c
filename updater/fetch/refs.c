#include "updater/fetch/refs.h"

#include <ctype.h>
#include <string.h>

#define LENGTH 4 /* hexadecimal digits before each packet */

void refs_begin(struct refs *r, const char *wanted)
{
	memset(r, 0, sizeof *r);
	r->wanted = wanted;
}

static int digit(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

/* -1: no length. */
static int read_length(const char *s)
{
	int length = 0;

	for (unsigned i = 0; i < LENGTH; i++) {
		if (!isxdigit((unsigned char)s[i]))
			return -1;
		length = length * 16 + digit(s[i]);
	}
	return length;
}

/* Is name what is asked for, below this folder of names? */
static bool names(const struct refs *r, const char *folder, const char *name, const char *end)
{
	size_t n = strlen(folder), wanted = strlen(r->wanted);

	if (strncmp(r->wanted, "refs/", 5) == 0)
		n = 0;
	else if (strncmp(name, folder, n) != 0)
		return false;
	return strncmp(name + n, r->wanted, wanted) == 0 && strcmp(name + n + wanted, end) == 0;
}

static void note(char out[static REFS_HASH], const char *hash)
{
	memcpy(out, hash, strlen(hash) + 1);
}

/* "HASH NAME" */
static const char *take_line(struct refs *r, char *line)
{
	char *name = strchr(line, ' ');
	size_t digits = strspn(line, "0123456789abcdef");

	if (!name || line + digits != name || (digits != 40 && digits != 64))
		return "is no list of branches";
	*name++ = '\0';
	if (names(r, "refs/heads/", name, "")) {
		note(r->branch, line);
	} else if (names(r, "refs/tags/", name, "^{}")) {
		note(r->tag, line);
		r->peeled = true;
	} else if (names(r, "refs/tags/", name, "") && !r->peeled) {
		note(r->tag, line);
	}
	return NULL;
}

static const char *take_packet(struct refs *r)
{
	char *line = r->line + LENGTH;
	size_t end = r->size - LENGTH;

	if (r->size > REFS_LINE - 1)
		return NULL;
	line[end] = '\0';
	if (line[0] == '#' && r->flushes == 0) /* which service this is of */
		return NULL;
	line[strcspn(line, "\n")] = '\0';
	if (strncmp(line, "ERR ", 4) == 0)
		return "is an error of the git server";
	if (strncmp(line, "version ", 8) == 0)
		return NULL;
	return take_line(r, line);
}

/* One byte, so that pieces may be cut anywhere. */
static const char *take(struct refs *r, char byte)
{
	int length;

	if (r->have < REFS_LINE - 1)
		r->line[r->have] = byte;
	r->have++;
	if (r->size == 0 && r->have == LENGTH) {
		length = read_length(r->line);
		if (length < 0 || (length > 0 && length < LENGTH))
			return "is no list of branches";
		if (length == 0)
			r->flushes++;
		r->size = (size_t)length;
		r->have = length ? r->have : 0;
	}
	if (r->size == 0 || r->have < r->size)
		return NULL;
	const char *wrong = r->size == LENGTH ? NULL : take_packet(r);
	r->have = r->size = 0;
	return wrong;
}

const char *refs_feed(struct refs *r, const char *bytes, size_t n)
{
	const char *wrong = NULL;

	for (size_t i = 0; !wrong && !refs_ended(r) && i < n; i++)
		wrong = take(r, bytes[i]);
	return wrong;
}

bool refs_settled(const struct refs *r)
{
	return r->branch[0] != '\0';
}

/* The name of the service ends with a flush, and so does the list. */
bool refs_ended(const struct refs *r)
{
	return r->flushes >= 2;
}

const char *refs_found(const struct refs *r)
{
	return r->branch[0] ? r->branch : r->tag[0] ? r->tag : NULL;
}
