#include "updater/fetch/range.h"

#include <string.h>
#include <strings.h>
#include "lib/env.h"

/* The number before `end`; *s moves behind `end`. */
static bool number(const char **s, char end, uint64_t *out)
{
	char digits[20];
	size_t n = strspn(*s, "0123456789");

	if (n >= sizeof digits || (*s)[n] != end)
		return false;
	memcpy(digits, *s, n);
	digits[n] = '\0';
	*s += n + (end != '\0');
	return env_number(digits, 0, INT64_MAX, out) == 0;
}

bool range_continues(const char *value, uint64_t offset, uint64_t *total)
{
	uint64_t first, last, all;

	if (strncasecmp(value, "bytes ", 6) != 0)
		return false;
	const char *s = value + 6;
	if (!number(&s, '-', &first) || !number(&s, '/', &last) || !number(&s, '\0', &all))
		return false;
	if (first != offset || last < first || all == 0 || last != all - 1)
		return false;
	*total = all;
	return true;
}
