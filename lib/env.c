#include "lib/env.h"

#include <errno.h>
#include <string.h>

/* Digits of a base, as many as there are; *end is what follows. False when there is none or they overflow. */
static bool read_digits(const char *text, unsigned base, uint64_t *out, const char **end)
{
	uint64_t n = 0;
	const char *p = text;

	for (; *p >= '0' && *p < (char)('0' + base); p++) {
		unsigned digit = (unsigned)(*p - '0');

		if (__builtin_mul_overflow(n, base, &n) || __builtin_add_overflow(n, digit, &n)) {
			errno = ERANGE;
			return false;
		}
	}
	if (p == text) {
		errno = EINVAL;
		return false;
	}
	*out = n;
	*end = p;
	return true;
}

struct unit {
	char letter; /* '\0': no unit given */
	uint64_t factor;
};

static int read_with_unit(const char *text, const struct unit *units, size_t nunits, uint64_t *out)
{
	const char *end;
	uint64_t n;

	if (!read_digits(text, 10, &n, &end))
		return -1;
	if (*end != '\0' && end[1] != '\0') {
		errno = EINVAL;
		return -1;
	}
	for (size_t i = 0; i < nunits; i++) {
		if (units[i].letter != *end)
			continue;
		if (__builtin_mul_overflow(n, units[i].factor, out)) {
			errno = ERANGE;
			return -1;
		}
		return 0;
	}
	errno = EINVAL;
	return -1;
}

static int within(uint64_t n, uint64_t min, uint64_t max, uint64_t *out)
{
	if (n < min || n > max) {
		errno = ERANGE;
		return -1;
	}
	*out = n;
	return 0;
}

int env_number(const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
	static const struct unit none[] = {{'\0', 1}};
	uint64_t n;

	if (read_with_unit(text, none, 1, &n) == -1)
		return -1;
	return within(n, min, max, out);
}

int env_octal(const char *text, uint64_t max, uint64_t *out)
{
	const char *end;
	uint64_t n;

	if (!read_digits(text, 8, &n, &end))
		return -1;
	if (*end != '\0') {
		errno = EINVAL;
		return -1;
	}
	return within(n, 0, max, out);
}

int env_seconds(const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
	static const struct unit units[] = {{'\0', 1}, {'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
	uint64_t n;

	if (read_with_unit(text, units, sizeof units / sizeof units[0], &n) == -1)
		return -1;
	return within(n, min, max, out);
}

int env_bytes(const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
	static const struct unit units[] = {{'\0', 1}, {'K', 1 << 10}, {'M', 1 << 20}, {'G', 1 << 30}};
	uint64_t n;

	if (read_with_unit(text, units, sizeof units / sizeof units[0], &n) == -1)
		return -1;
	return within(n, min, max, out);
}

int env_bool(const char *text, bool *out)
{
	static const struct {
		const char *word;
		bool value;
	} words[] = {{"1", true},  {"yes", true}, {"true", true},   {"on", true},
		     {"0", false}, {"no", false}, {"false", false}, {"off", false}};

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (strcmp(text, words[i].word) == 0) {
			*out = words[i].value;
			return 0;
		}
	}
	errno = EINVAL;
	return -1;
}
