#include "updater/policy/version.h"

#include <string.h>

#define NUMBERS_MAX 8 /* in the part before '-' */

/* A run of bytes inside a tag. */
struct span {
	const char *at;
	size_t len;
};

struct version {
	struct span numbers[NUMBERS_MAX];
	size_t count;
	struct span prerelease; /* len 0: none */
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool ends_with(const char *tag, const char *suffix)
{
	size_t n = strlen(tag), s = strlen(suffix);
	return n >= s && strcmp(tag + n - s, suffix) == 0;
}

const char *version_tag_fault(const char *tag)
{
	size_t len = strlen(tag);
	if (len == 0)
		return "is empty";
	if (len > VERSION_TAG_MAX)
		return "is longer than 128 bytes";
	if (tag[0] == '.' || tag[0] == '-')
		return "starts with '.' or '-'";
	if (ends_with(tag, ".files") || ends_with(tag, ".carried"))
		return "ends in .files or .carried, which stand for something else beside a release";
	for (size_t i = 0; i < len; i++)
		if (!is_alnum(tag[i]) && strchr("._+-", tag[i]) == NULL)
			return "has a character other than A-Z a-z 0-9 . _ + -";
	return NULL;
}

static size_t digits(const char *at)
{
	size_t n = 0;
	while (is_digit(at[n]))
		n++;
	return n;
}

/* Identifiers of letters, digits and '-' between dots, none empty. Returns the length, 0 when there is no such list. */
static size_t identifiers(const char *at)
{
	size_t n = 0;
	for (;;) {
		size_t begin = n;
		while (is_alnum(at[n]) || at[n] == '-')
			n++;
		if (n == begin)
			return 0;
		if (at[n] != '.')
			return n;
		n++;
	}
}

static bool parse(const char *tag, struct version *v)
{
	const char *at = tag;
	*v = (struct version){0};
	if (*at == 'v' || *at == 'V')
		at++;
	for (;;) {
		size_t n = digits(at);
		if (n == 0 || v->count == NUMBERS_MAX)
			return false;
		v->numbers[v->count++] = (struct span){at, n};
		at += n;
		if (*at != '.')
			break;
		at++;
	}
	if (*at == '-') {
		v->prerelease = (struct span){at + 1, identifiers(at + 1)};
		if (v->prerelease.len == 0)
			return false;
		at += 1 + v->prerelease.len;
	}
	if (*at == '+') {
		size_t n = identifiers(at + 1);
		if (n == 0)
			return false;
		at += 1 + n;
	}
	return *at == '\0';
}

bool version_is(const char *tag)
{
	struct version v;
	return parse(tag, &v);
}

bool version_is_prerelease(const char *tag)
{
	struct version v;
	return parse(tag, &v) && v.prerelease.len > 0;
}

/* Numbers of any length: without leading zeros the longer one is the greater. */
static int compare_numbers(struct span a, struct span b)
{
	while (a.len > 0 && *a.at == '0')
		a.at++, a.len--;
	while (b.len > 0 && *b.at == '0')
		b.at++, b.len--;
	if (a.len != b.len)
		return a.len < b.len ? -1 : 1;
	return memcmp(a.at, b.at, a.len);
}

static bool is_number(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!is_digit(s.at[i]))
			return false;
	return true;
}

static int compare_identifiers(struct span a, struct span b)
{
	bool a_number = is_number(a), b_number = is_number(b);
	if (a_number && b_number)
		return compare_numbers(a, b);
	if (a_number != b_number)
		return a_number ? -1 : 1;
	int order = memcmp(a.at, b.at, a.len < b.len ? a.len : b.len);
	if (order != 0 || a.len == b.len)
		return order;
	return a.len < b.len ? -1 : 1;
}

/* Cuts the first identifier off a list. */
static struct span first(struct span *list)
{
	const char *dot = memchr(list->at, '.', list->len);
	struct span head = {list->at, dot == NULL ? list->len : (size_t)(dot - list->at)};
	size_t used = dot == NULL ? head.len : head.len + 1;
	list->at += used;
	list->len -= used;
	return head;
}

static int compare_prereleases(struct span a, struct span b)
{
	if (a.len == 0 || b.len == 0)
		return (a.len == 0) - (b.len == 0);
	while (a.len > 0 && b.len > 0) {
		struct span x = first(&a), y = first(&b);
		int order = compare_identifiers(x, y);
		if (order != 0)
			return order;
	}
	return (a.len > 0) - (b.len > 0);
}

int version_compare(const char *a, const char *b)
{
	struct version x, y;
	bool x_is = parse(a, &x), y_is = parse(b, &y);
	if (!x_is || !y_is)
		return x_is - y_is;
	for (size_t i = 0; i < NUMBERS_MAX; i++) {
		struct span none = {"", 0};
		int order = compare_numbers(i < x.count ? x.numbers[i] : none, i < y.count ? y.numbers[i] : none);
		if (order != 0)
			return order;
	}
	return compare_prereleases(x.prerelease, y.prerelease);
}
