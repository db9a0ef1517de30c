#include "updater/policy/version.h"

#include <string.h>
#include <strings.h>

#define NUMBERS_MAX 8 /* in the part before '-' */

/* A run of bytes inside a tag. */
struct span {
	const char *at;
	size_t len;
};

struct version {
	struct span line; /* the project's name in front of it, len 0: none */
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

/* A version with nothing but a v before it. */
static bool parse_plain(const char *at, struct version *v)
{
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

/* Words that many put before a version and that name no project. */
static bool is_neutral(struct span word)
{
	static const char *const words[] = {"v", "ver", "version", "rel", "release"};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i]) == word.len && strncasecmp(words[i], word.at, word.len) == 0)
			return true;
	return false;
}

/* "app-v1.2.3": at the first '-' or '_' with a version behind it. That has to be of two numbers at least: "build-123"
 * and "nightly-2024-05-01" are a count and a date. */
static bool parse(const char *tag, struct version *v)
{
	if (parse_plain(tag, v))
		return true;
	if (is_digit(tag[0]))
		return false;
	for (const char *at = tag; is_alnum(*at) || *at == '-' || *at == '_'; at++) {
		if (at == tag || is_alnum(*at) || !parse_plain(at + 1, v) || v->count < 2)
			continue;
		struct span line = {tag, (size_t)(at - tag)};
		v->line = is_neutral(line) ? (struct span){tag, 0} : line;
		return true;
	}
	return false;
}

bool version_is(const char *tag)
{
	struct version v;
	return parse(tag, &v);
}

bool version_is_prerelease(const char *tag)
{
	return version_prerelease(tag) != NULL;
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

/* One after the other; a missing one is 0. */
static int compare_first(const struct version *a, const struct version *b, size_t numbers)
{
	static const struct span none = {"", 0};
	for (size_t i = 0; i < numbers && i < NUMBERS_MAX; i++) {
		int order = compare_numbers(i < a->count ? a->numbers[i] : none, i < b->count ? b->numbers[i] : none);
		if (order != 0)
			return order;
	}
	return 0;
}

/* A bare version stands above those of a named project; which of two projects is the higher means nothing, but it has
 * to be one of them. */
static int compare_lines(struct span a, struct span b)
{
	if (a.len == 0 || b.len == 0)
		return (a.len == 0) - (b.len == 0);
	int order = memcmp(a.at, b.at, a.len < b.len ? a.len : b.len);
	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

int version_compare(const char *a, const char *b)
{
	struct version x, y;
	bool x_is = parse(a, &x), y_is = parse(b, &y);
	if (!x_is || !y_is)
		return x_is - y_is;
	int order = compare_lines(x.line, y.line);
	if (order == 0)
		order = compare_first(&x, &y, NUMBERS_MAX);
	return order != 0 ? order : compare_prereleases(x.prerelease, y.prerelease);
}

int version_compare_first(const char *a, const char *b, size_t numbers)
{
	struct version x, y;
	bool x_is = parse(a, &x), y_is = parse(b, &y);
	return x_is && y_is ? compare_first(&x, &y, numbers) : x_is - y_is;
}

size_t version_numbers(const char *tag)
{
	struct version v;
	return parse(tag, &v) ? v.count : 0;
}

size_t version_line(const char *tag)
{
	struct version v;
	return parse(tag, &v) ? v.line.len : 0;
}

bool version_same_line(const char *a, const char *b)
{
	struct version x, y;
	return parse(a, &x) && parse(b, &y) && compare_lines(x.line, y.line) == 0;
}

const char *version_bare(const char *tag)
{
	struct version v;
	return parse(tag, &v) ? v.numbers[0].at : tag + (*tag == 'v' || *tag == 'V');
}

const char *version_prerelease(const char *tag)
{
	struct version v;
	return parse(tag, &v) && v.prerelease.len > 0 ? v.prerelease.at : NULL;
}
