/* What the headers of an answer may say: status in the first byte, then lines "Name: value". Each value is also read as
 * a date, a range, a URL and a redirect. */
#include <string.h>
#include "test/fuzz/fuzz.h"
#include "updater/fetch/date.h"
#include "updater/fetch/limits.h"
#include "updater/fetch/range.h"
#include "updater/fetch/redirect.h"

#define NOW 1795309323

static void read_value(const char *value)
{
	struct url forge, to;
	uint64_t total = 0;

	expect(date_http(value) >= -1 && date_iso(value) >= -1);
	if (range_continues(value, 100, &total))
		expect(total > 100);
	expect(url_read("https://forge.example:444/o/r", &forge) == NULL);
	if (redirect_next(&forge, value, false, &to) != NULL)
		return;
	expect(to.https && !url_is_local(&to) && to.port > 0 && to.port < 65536);
	expect(strspn(to.host, "abcdefghijklmnopqrstuvwxyz0123456789.-_:") == strlen(to.host) && to.host[0]);
	expect(!memchr(to.text, '@', to.path));
}

static void read_line(struct limits *l, char *line)
{
	char *colon = strchr(line, ':');

	if (!colon)
		return;
	*colon = '\0';
	colon += 1 + strspn(colon + 1, " ");
	limits_header(l, line, colon);
	read_value(colon);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int statuses[] = {200, 304, 401, 403, 404, 429, 500, 0, 999};
	char *text = malloc(size + 1), *rest = text;
	struct limits l;
	int64_t until;

	expect(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	limits_begin(&l);
	while (rest)
		read_line(&l, strsep(&rest, "\n"));
	until = limits_until(&l, NOW);
	expect(until > NOW && until <= NOW + LIMITS_WAIT_MAX);
	limits_code(statuses[size ? data[0] % 9u : 0], &l);
	free(text);
	return 0;
}
