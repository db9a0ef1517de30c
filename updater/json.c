#include "updater/json.h"

#include <string.h>

static void quoted(struct text *t, const char *s)
{
	text_add(t, "\"");
	text_add_json(t, s);
	text_add(t, "\"");
}

static void key(struct text *t, const char *name)
{
	if (t->len > 0 && t->at[t->len - 1] != '{')
		text_add(t, ",");
	quoted(t, name);
	text_add(t, ":");
}

void json_begin(struct text *t)
{
	text_add(t, "{");
}

void json_text(struct text *t, const char *name, const char *value)
{
	key(t, name);
	quoted(t, value);
}

void json_number(struct text *t, const char *name, int64_t value)
{
	key(t, name);
	text_addf(t, "%lld", (long long)value);
}

void json_bool(struct text *t, const char *name, bool value)
{
	key(t, name);
	text_add(t, value ? "true" : "false");
}

void json_end(struct text *t)
{
	text_add(t, "}");
}

static int hex(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c == '\0' ? NULL : strchr(digits, c);
	return at == NULL ? -1 : (int)(at - digits);
}

/* The escape behind a backslash; moves *at over it. Control characters are all that is written as \u: 0 to 0x1f. */
static bool unescape(const char **at, char *out)
{
	static const char marks[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
	const char *mark = **at == '\0' ? NULL : strchr(marks, **at);
	if (mark != NULL) {
		*out = meant[mark - marks];
		(*at)++;
		return true;
	}
	if (strncmp(*at, "u00", 3) != 0 || hex((*at)[3]) == -1 || hex((*at)[4]) == -1)
		return false;
	*out = (char)(hex((*at)[3]) * 16 + hex((*at)[4]));
	*at += 5;
	return *out != '\0';
}

/* A text in quotes, or a bare word; *at is moved behind it. False when it does not end or does not fit. out NULL: it is
 * only passed over. */
static bool take(const char **at, char *out, size_t size)
{
	size_t n = 0;
	bool is_text = **at == '"';
	*at += is_text;
	while (**at != '\0' && (is_text ? **at != '"' : strchr(",}", **at) == NULL)) {
		char c = *(*at)++;
		if (c == '\\' && !unescape(at, &c))
			return false;
		if (out == NULL)
			continue;
		if (n + 1 >= size)
			return false;
		out[n++] = c;
	}
	if (out != NULL)
		out[n] = '\0';
	if (**at == '\0')
		return false;
	*at += is_text;
	return true;
}

bool json_get(const char *line, const char *name, char *out, size_t size)
{
	char found[64];
	bool whole = *line++ == '{';
	while (whole && *line == '"') {
		bool is_key = take(&line, found, sizeof(found)) && *line++ == ':';
		bool wanted = is_key && strcmp(found, name) == 0;
		whole = is_key && take(&line, wanted ? out : NULL, size);
		if (whole && wanted)
			return true;
		line += whole && *line == ',';
	}
	out[0] = '\0';
	return false;
}
