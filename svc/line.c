#include "svc/line.h"

#include <string.h>

#define DEPTH 32 /* of objects and arrays; what is deeper is no object to us */
#define TAIL 40	 /* what may come behind a message */

static const char fields[LINE_FIELDS][8] = {[LINE_TIME] = "time", [LINE_SERVICE] = "service", [LINE_STREAM] = "stream"};

/* Goes through one JSON value. */
struct reader {
	const char *at, *end;
	unsigned keys; /* bit n: the outermost object has fields[n] */
};

/* The length of the character at s, 0 when it is no UTF-8 or not whole. */
static size_t utf8(const char *s, size_t n)
{
	const unsigned char *u = (const unsigned char *)s;
	unsigned char c = u[0];
	size_t len = c < 0x80 ? 1 : c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;

	if (len > n)
		return 0;
	for (size_t i = 1; i < len; i++) {
		if ((u[i] & 0xc0) != 0x80)
			return 0;
	}
	/* Longer than need be, a surrogate, or beyond the last character. */
	if ((c == 0xe0 && u[1] < 0xa0) || (c == 0xed && u[1] > 0x9f) || (c == 0xf0 && u[1] < 0x90) ||
	    (c == 0xf4 && u[1] > 0x8f))
		return 0;
	return len;
}

static size_t add_prefixed(struct text *t, const struct line *line)
{
	size_t room, take = line->n;

	text_addf(t, "%s: ", line->ours[LINE_SERVICE]);
	room = t->size - 2 - t->len;
	if (take > room) {
		take = room;
		for (int back = 0; back < 3 && take > 1 && (line->at[take] & 0xc0) == 0x80; back++)
			take--;
	}
	text_add_bytes(t, line->at, take);
	text_add(t, "\n");
	return take;
}

static void skip_space(struct reader *r)
{
	while (r->at < r->end && (*r->at == ' ' || *r->at == '\t' || *r->at == '\r'))
		r->at++;
}

static bool next_is(struct reader *r, char c)
{
	skip_space(r);
	if (r->at == r->end || *r->at != c)
		return false;
	r->at++;
	return true;
}

static bool skip_word(struct reader *r, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(r->end - r->at) < n || memcmp(r->at, word, n) != 0)
		return false;
	r->at += n;
	return true;
}

static bool skip_digits(struct reader *r)
{
	const char *from = r->at;

	while (r->at < r->end && *r->at >= '0' && *r->at <= '9')
		r->at++;
	return r->at > from;
}

static bool skip_number(struct reader *r)
{
	(void)skip_word(r, "-");
	if (!skip_word(r, "0") && !skip_digits(r))
		return false;
	if (skip_word(r, ".") && !skip_digits(r))
		return false;
	if (!skip_word(r, "e") && !skip_word(r, "E"))
		return true;
	if (!skip_word(r, "+"))
		(void)skip_word(r, "-");
	return skip_digits(r);
}

static size_t escape_length(const char *s, size_t n)
{
	if (n < 2 || s[1] == '\0' || strchr("\"\\/bfnrtu", s[1]) == NULL)
		return 0;
	if (s[1] != 'u')
		return 2;
	for (size_t i = 2; i < 6; i++) {
		if (i >= n || s[i] == '\0' || strchr("0123456789abcdefABCDEF", s[i]) == NULL)
			return 0;
	}
	return 6;
}

/* From behind the opening quote to behind the closing one. */
static bool skip_string(struct reader *r)
{
	for (;;) {
		size_t left = (size_t)(r->end - r->at), len;

		if (left == 0 || (unsigned char)*r->at < 0x20)
			return false;
		if (*r->at == '"') {
			r->at++;
			return true;
		}
		len = *r->at == '\\' ? escape_length(r->at, left) : utf8(r->at, left);
		if (len == 0)
			return false;
		r->at += len;
	}
}

/* The same; and notes which it is. */
static bool skip_key(struct reader *r, bool outermost)
{
	const char *key = r->at;

	if (!skip_string(r))
		return false;
	for (unsigned i = 0; outermost && i < LINE_FIELDS; i++) {
		size_t n = strlen(fields[i]);

		if ((size_t)(r->at - key) == n + 1 && memcmp(key, fields[i], n) == 0)
			r->keys |= 1U << i;
	}
	return next_is(r, ':');
}

static bool skip_value(struct reader *r, unsigned depth)
{
	bool object = next_is(r, '{');
	char end = object ? '}' : ']';

	if (!object && !next_is(r, '[')) {
		if (next_is(r, '"'))
			return skip_string(r);
		return skip_word(r, "true") || skip_word(r, "false") || skip_word(r, "null") || skip_number(r);
	}
	if (depth == DEPTH)
		return false;
	if (next_is(r, end))
		return true;
	do {
		if (object && !(next_is(r, '"') && skip_key(r, depth == 0)))
			return false;
		if (!skip_value(r, depth + 1))
			return false;
	} while (next_is(r, ','));
	return next_is(r, end);
}

/* Those that are not there yet. */
static void add_ours(struct text *t, const struct line *line, unsigned keys)
{
	text_add(t, "{");
	for (unsigned i = 0; i < LINE_FIELDS; i++) {
		if (!(keys & 1U << i))
			text_addf(t, "\"%s\":\"%s\",", fields[i], line->ours[i]);
	}
}

/* False, and nothing is added, when it is no object or does not fit. */
static bool add_object(struct text *t, const struct line *line)
{
	struct reader r = {.at = line->at, .end = line->at + line->n};
	struct reader inner;

	if (!next_is(&r, '{'))
		return false;
	inner.at = r.at--;
	if (!skip_value(&r, 0))
		return false;
	inner.end = r.at - 1;
	skip_space(&r);
	if (r.at < r.end)
		return false;
	add_ours(t, line, r.keys);
	skip_space(&inner);
	if (inner.at == inner.end)
		t->len--; /* the comma behind ours */
	text_add_bytes(t, inner.at, (size_t)(inner.end - inner.at));
	text_add(t, "}\n");
	if (t->cut)
		text_begin(t, t->at, t->size);
	return t->len > 0;
}

/* The bytes at s that may stand in a string as they are. */
static size_t plain_run(const char *s, size_t n)
{
	size_t i = 0, len;

	for (; i < n; i += len) {
		unsigned char c = (unsigned char)s[i];

		len = c < 0x20 || c == '"' || c == '\\' || c == 0x7f ? 0 : c < 0x80 ? 1 : utf8(s + i, n - i);
		if (len == 0)
			break;
	}
	return i;
}

/* Adds what fits and leaves TAIL bytes free. Returns how many of the n bytes that are. */
static size_t add_escaped(struct text *t, const char *s, size_t n)
{
	size_t i = 0;

	while (i < n) {
		size_t room = t->size - 1 - TAIL - t->len, run = plain_run(s + i, n - i);
		unsigned char c = (unsigned char)s[i];

		if (run > room) {
			for (run = room; run > 0 && (s[i + run] & 0xc0) == 0x80;)
				run--;
			text_add_bytes(t, s + i, run);
			return i + run;
		}
		if (run == 0 && room < 6)
			break;
		if (run > 0)
			text_add_bytes(t, s + i, run);
		else if (c == '"' || c == '\\' || c == '\t')
			text_addf(t, "\\%c", c == '\t' ? 't' : c);
		else
			text_addf(t, "\\u%04x", c);
		i += run > 0 ? run : 1;
	}
	return i;
}

static size_t add_json(struct text *t, const struct line *line)
{
	size_t taken;

	if (line->starts && line->ends && line->lost == 0 && add_object(t, line))
		return line->n;
	add_ours(t, line, 0);
	text_add(t, "\"message\":\"");
	taken = add_escaped(t, line->at, line->n);
	text_add(t, line->ends && taken == line->n ? "\"" : "\",\"partial\":true");
	if (line->lost > 0)
		text_addf(t, ",\"lost\":%u", line->lost);
	text_add(t, "}\n");
	return taken;
}

size_t line_add(struct text *t, const struct line *line)
{
	return line->json ? add_json(t, line) : add_prefixed(t, line);
}
