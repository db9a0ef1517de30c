#include "updater/policy/pin.h"

#include <string.h>
#include "lib/text.h"

#define COMPLETE 3 /* a version of so many numbers stands for itself */
#define ALL_NUMBERS 8

/* The longer ones first: ">" begins ">=", too. */
static const struct {
	const char *sign;
	enum pin_relation relation;
} signs[] = {
	{">=", PIN_FROM}, {"<=", PIN_UP_TO}, {">", PIN_ABOVE}, {"<", PIN_BELOW},
	{"^", PIN_CARET}, {"~", PIN_TILDE},  {"=", PIN_TAG},   {"", PIN_LIKE},
};

static size_t find_sign(const char *at)
{
	size_t i = 0;
	while (strncmp(at, signs[i].sign, strlen(signs[i].sign)) != 0)
		i++;
	return i;
}

/* A plain version, without a project's name. */
static bool is_plain(const char *word)
{
	return version_is(word) && version_line(word) == 0;
}

static bool take(struct pin_condition *c, enum pin_relation relation, const char *word)
{
	bool plain = version_tag_fault(word) == NULL && is_plain(word);
	if (!plain && (relation != PIN_TAG || version_tag_fault(word) != NULL))
		return false;
	c->relation = plain && relation == PIN_TAG ? PIN_LIKE : relation;
	memcpy(c->version, word, strlen(word) + 1);
	return true;
}

/* Why a condition, which is `len` bytes long, is none. */
static void complain(const char *at, size_t len, char *why, size_t size)
{
	struct text t;
	text_begin(&t, why, size);
	text_addf(&t, "'%.*s' is no version (1, 1.2, v1.2.3), alone or after one of ^ ~ > >= < <=, and no =TAG",
		  len > 60 ? 60 : (int)len, at);
}

bool pin_parse(const char *text, struct pin *pin, char *why, size_t size)
{
	struct text t;
	const char *at = text;
	*pin = (struct pin){0};
	text_begin(&t, why, size);
	for (at += strspn(at, " "); *at != '\0'; at += strspn(at, " ")) {
		size_t sign = find_sign(at), lead = strlen(signs[sign].sign);
		lead += strspn(at + lead, " "); /* ">= 2" is one condition */
		size_t len = strcspn(at + lead, " ");
		char word[VERSION_TAG_MAX + 1] = "";
		if (pin->count == PIN_CONDITIONS) {
			text_addf(&t, "has more than %d conditions", PIN_CONDITIONS);
			break;
		}
		if (len < sizeof(word))
			memcpy(word, at + lead, len);
		if (!take(&pin->conditions[pin->count], signs[sign].relation, word)) {
			complain(at, lead + len, why, size);
			break;
		}
		pin->count++;
		at += lead + len;
	}
	if (*at == '\0' && pin->count == 0)
		text_add(&t, "has no condition");
	if (strlen(text) >= PIN_TEXT)
		text_addf(&t, "has more than %d bytes", PIN_TEXT - 1);
	bool right = *at == '\0' && pin->count > 0 && text_format(pin->text, sizeof(pin->text), "%s", text) != -1;
	if (!right)
		*pin = (struct pin){0};
	return right;
}

static int order(const char *tag, const char *version)
{
	size_t numbers = version_numbers(version);
	bool complete = numbers >= COMPLETE || version_is_prerelease(version);
	return complete ? version_compare(tag, version) : version_compare_first(tag, version, numbers);
}

/* 2.0.0-rc.1 sorts below 2.0.0; whoever writes <2.0.0 does not mean it. */
static bool is_a_prerelease_of(const char *tag, const char *version)
{
	return version_is_prerelease(tag) && !version_is_prerelease(version) &&
	       version_compare_first(tag, version, ALL_NUMBERS) == 0;
}

/* How many numbers ^VERSION holds fast: up to the first that is not 0, all when there is none. */
static size_t caret_numbers(const char *version)
{
	size_t numbers = version_numbers(version), n = 1;
	while (n < numbers && version_compare_first(version, "0", n) == 0)
		n++;
	return n;
}

static bool holds(const struct pin_condition *c, const char *tag)
{
	const char *bare = version_bare(tag), *version = c->version;
	size_t numbers = version_numbers(version);
	if (c->relation == PIN_TAG)
		return strcmp(tag, version) == 0;
	if (!version_is(tag))
		return false;
	switch (c->relation) {
	case PIN_TAG:
	case PIN_LIKE: return order(bare, version) == 0;
	case PIN_CARET:
		return order(bare, version) >= 0 && version_compare_first(bare, version, caret_numbers(version)) == 0;
	case PIN_TILDE:
		return order(bare, version) >= 0 && version_compare_first(bare, version, numbers > 1 ? 2 : 1) == 0;
	case PIN_ABOVE: return order(bare, version) > 0;
	case PIN_FROM: return order(bare, version) >= 0;
	case PIN_BELOW: return order(bare, version) < 0 && !is_a_prerelease_of(bare, version);
	case PIN_UP_TO: return order(bare, version) <= 0;
	}
	return false;
}

bool pin_allows(const struct pin *pin, const char *tag)
{
	for (size_t i = 0; i < pin->count; i++)
		if (!holds(&pin->conditions[i], tag))
			return false;
	return true;
}
