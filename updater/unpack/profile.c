#include "updater/unpack/profile.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include "lib/env.h"
#include "lib/text.h"

static const char limits[] =
	"cpu\0fsize\0data\0stack\0core\0rss\0nproc\0nofile\0memlock\0as\0locks\0sigpending\0msgqueue\0nice\0"
	"rtprio\0rttime\0";
static const char limit_form[] = "a number, \"unlimited\", or \"SOFT HARD\"; bytes may end in K, M or G";

struct reader {
	const char *at, *end;
	unsigned line;
	unsigned entries;
	char key[2 * PROFILE_NAME + 8];		       /* where we are, as in env.NAME */
	char names[PROFILE_ENTRIES][PROFILE_NAME + 1]; /* of the object that is being read */
	size_t nnames;
	profile_told *told;
	void *context;
	char *fault;
};

static int fail(struct reader *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

static int fail(struct reader *r, const char *format, ...)
{
	struct text t;
	va_list args;
	text_begin(&t, r->fault, PROFILE_FAULT);
	text_addf(&t, "line %u: %s%s", r->line, r->key, r->key[0] == '\0' ? "" : ": ");
	va_start(args, format);
	text_addv(&t, format, args);
	va_end(args);
	return -1;
}

/* The next byte that is no white space; NUL at the end, and for a NUL in the text. */
static char look(struct reader *r)
{
	for (; r->at < r->end && strchr(" \t\r\n", *r->at) != NULL && *r->at != '\0'; r->at++)
		r->line += *r->at == '\n';
	return r->at < r->end ? *r->at : '\0';
}

static bool take(struct reader *r, char c)
{
	if (look(r) != c || c == '\0')
		return false;
	r->at++;
	return true;
}

static int expect(struct reader *r, char c)
{
	char found = look(r);
	if (take(r, c))
		return 0;
	if (found == '\0')
		return fail(r, "'%c' is missing, the file ends here", c);
	return fail(r, "'%c' is wanted here, '%c' is found", c, found >= ' ' && found < 0x7f ? found : '?');
}

/* Four hexadecimal digits, as long as they are there. */
static int read_hex(struct reader *r, unsigned *out)
{
	static const char digits[] = "0123456789abcdefABCDEF";
	*out = 0;
	for (int i = 0; i < 4; i++) {
		const char *d = r->at == r->end || *r->at == '\0' ? NULL : strchr(digits, *r->at);
		if (d == NULL)
			return fail(r, "\\u has to be followed by four hexadecimal digits");
		*out = *out * 16 + (unsigned)(d - digits < 16 ? d - digits : d - digits - 6);
		r->at++;
	}
	return 0;
}

static void add_utf8(struct text *t, unsigned c)
{
	char bytes[4];
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
	for (size_t i = n - 1; i > 0; i--, c >>= 6)
		bytes[i] = (char)(0x80 | (c & 0x3f));
	bytes[0] = (char)(lead[n] | c);
	text_add_bytes(t, bytes, n);
}

static int read_unicode(struct reader *r, struct text *t)
{
	unsigned c, low;
	if (read_hex(r, &c) == -1)
		return -1;
	if (c >= 0xd800 && c < 0xdc00) {
		if (r->end - r->at < 2 || r->at[0] != '\\' || r->at[1] != 'u')
			return fail(r, "half a surrogate pair is no character");
		r->at += 2;
		if (read_hex(r, &low) == -1)
			return -1;
		if (low < 0xdc00 || low >= 0xe000)
			return fail(r, "half a surrogate pair is no character");
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
	} else if (c >= 0xdc00 && c < 0xe000) {
		return fail(r, "half a surrogate pair is no character");
	}
	if (c < ' ' || c == 0x7f)
		return fail(r, "a control character (such as a newline) cannot be part of it");
	add_utf8(t, c);
	return 0;
}

static int read_escape(struct reader *r, struct text *t)
{
	char c = r->at < r->end ? *r->at++ : '\0';
	if (c == 'u')
		return read_unicode(r, t);
	if (c == '"' || c == '\\' || c == '/') {
		text_add_bytes(t, &c, 1);
		return 0;
	}
	if (c != '\0' && strchr("bfnrt", c) != NULL)
		return fail(r, "a control character (such as a newline) cannot be part of it");
	return fail(r, "\\ has to be followed by one of \" \\ / u");
}

/* A text in quotes. size counts the NUL. */
static int read_text(struct reader *r, char *out, size_t size)
{
	struct text t;
	text_begin(&t, out, size);
	if (!take(r, '"'))
		return fail(r, "has to be a text in quotes");
	while (r->at < r->end && *r->at != '"') {
		char c = *r->at++;
		if (c == '\\') {
			if (read_escape(r, &t) == -1)
				return -1;
		} else if ((unsigned char)c < ' ' || c == 0x7f) {
			return fail(
				r, "a control character (such as a newline) cannot be part of it; is a quote missing?");
		} else {
			text_add_bytes(&t, &c, 1);
		}
	}
	if (r->at == r->end)
		return fail(r, "its closing quote is missing");
	r->at++;
	if (!text_whole(&t))
		return fail(r, "is longer than %zu bytes", size - 1);
	return 0;
}

/* Digits, as they stand. */
static int read_digits(struct reader *r, char *out, size_t size)
{
	size_t n = 0;
	look(r);
	while (r->at < r->end && *r->at >= '0' && *r->at <= '9' && n + 1 < size)
		out[n++] = *r->at++;
	out[n] = '\0';
	return n > 0 && (out[0] != '0' || n == 1) ? 0 : -1;
}

static bool take_null(struct reader *r)
{
	look(r);
	if (r->end - r->at < 4 || memcmp(r->at, "null", 4) != 0)
		return false;
	r->at += 4;
	return true;
}

static int tell(struct reader *r, enum profile_kind kind, const char *name, const char *value)
{
	if (++r->entries > PROFILE_ENTRIES)
		return fail(r, "there are more than %d variables, arguments and limits", PROFILE_ENTRIES);
	r->told(r->context, kind, name, value);
	return 0;
}

static bool is_variable(const char *name)
{
	if (name[0] == '\0' || (name[0] >= '0' && name[0] <= '9'))
		return false;
	for (const char *s = name; *s != '\0'; s++)
		if (!text_is_plain(*s) && *s != '_')
			return false;
	return true;
}

static int read_variable(struct reader *r, const char *name)
{
	char value[PROFILE_VALUE + 1];
	if (!is_variable(name))
		return fail(r, "is no name of a variable: letters, digits and '_', no digit first");
	if (take_null(r))
		return tell(r, PROFILE_UNSET, name, "");
	if (look(r) != '"')
		return fail(r, "has to be a text in quotes (\"8080\", not 8080), or null to take it away");
	return read_text(r, value, sizeof(value)) == -1 ? -1 : tell(r, PROFILE_ENV, name, value);
}

static bool is_limit_value(const char *word)
{
	uint64_t n;
	return strcmp(word, "unlimited") == 0 || env_bytes(word, 0, UINT64_MAX - 1, &n) == 0;
}

static int read_limit(struct reader *r, const char *name)
{
	char value[64], copy[64];
	if (text_index(limits, name) == -1)
		return fail(r, "is no limit; there are nofile, nproc, core, as, cpu, ... (servicedir(5) lists them)");
	if (look(r) == '"') {
		if (read_text(r, value, sizeof(value)) == -1)
			return -1;
	} else if (read_digits(r, value, sizeof(value)) == -1) {
		return fail(r, "has to be %s", limit_form);
	}
	memcpy(copy, value, sizeof(copy));
	char *hard = strchr(copy, ' ');
	if (hard != NULL)
		*hard++ = '\0';
	if (!is_limit_value(copy) || (hard != NULL && !is_limit_value(hard)))
		return fail(r, "%s: has to be %s", value, limit_form);
	return tell(r, PROFILE_LIMIT, name, value);
}

/* One of a kind: which of two counts is what readers disagree on. */
static int remember(struct reader *r, const char *name)
{
	for (size_t i = 0; i < r->nnames; i++)
		if (strcmp(r->names[i], name) == 0)
			return fail(r, "is there twice");
	if (r->nnames == PROFILE_ENTRIES)
		return fail(r, "there are more than %d names", PROFILE_ENTRIES);
	memcpy(r->names[r->nnames++], name, strlen(name) + 1);
	return 0;
}

/* {"NAME": value, ...} */
static int read_members(struct reader *r, const char *what, int (*read)(struct reader *r, const char *name))
{
	char name[PROFILE_NAME + 1];
	r->nnames = 0;
	if (expect(r, '{') == -1)
		return -1;
	if (take(r, '}'))
		return 0;
	do {
		if (read_text(r, name, sizeof(name)) == -1)
			return -1;
		if (text_format(r->key, sizeof(r->key), "%s.%s", what, name) == -1 || remember(r, name) == -1 ||
		    expect(r, ':') == -1 || read(r, name) == -1)
			return -1;
		(void)!text_format(r->key, sizeof(r->key), "%s", what);
	} while (take(r, ','));
	return expect(r, '}');
}

static int read_arguments(struct reader *r)
{
	char value[PROFILE_VALUE + 1];
	if (expect(r, '[') == -1)
		return -1;
	if (take(r, ']'))
		return 0;
	do {
		if (look(r) != '"')
			return fail(r, "each has to be a text in quotes (\"8080\", not 8080)");
		if (read_text(r, value, sizeof(value)) == -1 || tell(r, PROFILE_ARGUMENT, "", value) == -1)
			return -1;
	} while (take(r, ','));
	return expect(r, ']');
}

static int read_part(struct reader *r, unsigned *seen)
{
	static const char parts[] = "env\0arguments\0limits\0";
	char name[PROFILE_NAME + 1];
	r->key[0] = '\0';
	if (read_text(r, name, sizeof(name)) == -1)
		return -1;
	int part = text_index(parts, name);
	(void)!text_format(r->key, sizeof(r->key), "%s", name);
	if (part == -1)
		return fail(r, "is none of env, arguments, limits");
	if (*seen >> part & 1)
		return fail(r, "is there twice");
	*seen |= 1U << part;
	if (expect(r, ':') == -1)
		return -1;
	return part == 1 ? read_arguments(r) : read_members(r, name, part == 0 ? read_variable : read_limit);
}

int profile_read(const char *json, size_t size, profile_told *told, void *context, char fault[PROFILE_FAULT])
{
	static struct reader r; /* too large for a stack; a job reads one */
	unsigned seen = 0;
	r = (struct reader){
		.at = json, .end = json + size, .line = 1, .told = told, .context = context, .fault = fault};
	fault[0] = '\0';
	if (expect(&r, '{') == -1)
		return -1;
	if (look(&r) != '}')
		do {
			if (read_part(&r, &seen) == -1)
				return -1;
		} while (take(&r, ','));
	r.key[0] = '\0';
	if (expect(&r, '}') == -1)
		return -1;
	look(&r);
	return r.at == r.end ? 0 : fail(&r, "something follows behind the closing '}'");
}
