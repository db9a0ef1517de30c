#include "updater/policy/window.h"

#include <string.h>
#include <strings.h>
#include "lib/env.h"
#include "lib/text.h"

#define DAY 86400
#define DAY_MINUTES 1440
#define ALL_DAYS 0x7fu
#define HORIZON (15 * DAY)
#define STEP 900 /* clocks are put forward and back at a quarter of an hour */

static const char *const day_names[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

static bool is_letter(char c)
{
	return text_is_plain(c) && (c < '0' || c > '9');
}

/* The day that stands at `at`, -1 for none. */
static int day_at(const char *at)
{
	for (int i = 0; i < 7; i++)
		if (strncasecmp(at, day_names[i], 3) == 0 && !is_letter(at[3]))
			return i;
	return -1;
}

static size_t digits(const char *at)
{
	return strspn(at, "0123456789");
}

/* True where a span begins: what follows a ',' may also be the rest of a POSIX rule (",M3.5.0"). */
static bool is_span(const char *at)
{
	at += strspn(at, " ");
	return day_at(at) != -1 || (digits(at) > 0 && at[digits(at)] == ':');
}

/* Each take_ function moves *at behind what it read. False: it is something else. */
static bool take_days(const char **at, unsigned *days)
{
	*days = 0;
	do {
		int first = day_at(*at), last = first;
		if (first == -1)
			return false;
		*at += 3;
		if (**at == '-') {
			last = day_at(*at + 1);
			if (last == -1)
				return false;
			*at += 4;
		}
		for (int day = first;; day = (day + 1) % 7) {
			*days |= 1u << day;
			if (day == last)
				break;
		}
	} while (**at == ',' && (*at)++);
	return **at == ' ';
}

/* "02:30", to 24:00. */
static bool take_time(const char **at, int *minutes)
{
	char hour[3] = "", minute[3] = "";
	uint64_t h, m;
	size_t n = digits(*at);
	if (n < 1 || n > 2 || (*at)[n] != ':' || digits(*at + n + 1) != 2)
		return false;
	memcpy(hour, *at, n);
	memcpy(minute, *at + n + 1, 2);
	if (env_number(hour, 0, 24, &h) == -1 || env_number(minute, 0, 59, &m) == -1 || h * 60 + m > DAY_MINUTES)
		return false;
	*minutes = (int)(h * 60 + m);
	*at += n + 3;
	return true;
}

static bool take_span(const char **at, struct window_span *span)
{
	span->days = ALL_DAYS;
	if (is_letter(**at) && !take_days(at, &span->days))
		return false;
	*at += strspn(*at, " ");
	if (!take_time(at, &span->from) || *(*at)++ != '-' || !take_time(at, &span->to))
		return false;
	return span->from != span->to && span->from < DAY_MINUTES && (**at == '\0' || strchr(" ;,", **at) != NULL);
}

/* What follows a span up to the next one. False: another zone than that of a span before, or too long. */
static bool take_zone(const char **at, struct window *window)
{
	*at += strspn(*at, " ");
	const char *begin = *at;
	while (**at != '\0' && **at != ';' && (**at != ',' || (*at > begin && !is_span(*at + 1))))
		(*at)++;
	size_t len = (size_t)(*at - begin);
	while (len > 0 && begin[len - 1] == ' ')
		len--;
	if (len == 0)
		return true;
	bool same = strlen(window->zone) == len && memcmp(window->zone, begin, len) == 0;
	if (len >= sizeof(window->zone) || (window->zone[0] != '\0' && !same))
		return false;
	memcpy(window->zone, begin, len);
	window->zone[len] = '\0';
	return true;
}

static void complain(struct text *why, const char *at, const char *what)
{
	size_t n = strcspn(at, ";");
	text_addf(why, "'%.*s' %s", n > 40 ? 40 : (int)n, at, what);
}

bool window_parse(const char *text, struct window *window, char *why, size_t size)
{
	struct text t;
	const char *at = text;
	*window = (struct window){0};
	text_begin(&t, why, size);
	do {
		at += strspn(at, " ");
		const char *begin = at;
		if (window->count == WINDOW_SPANS)
			text_addf(&t, "has more than %d spans", WINDOW_SPANS);
		else if (!take_span(&at, &window->spans[window->count]))
			complain(&t, begin, "is no span of time (like Mon-Fri 02:00-05:00, or 22:00-02:00)");
		else if (!take_zone(&at, window))
			complain(&t, begin,
				 "has another time zone than a span before it, or too long a one; "
				 "all spans are of one zone");
		window->count++;
	} while (t.len == 0 && *at != '\0' && *at++ != '\0');
	if (t.len > 0)
		*window = (struct window){0};
	return t.len == 0;
}

/* Where a zone's clock stands: the day of the week (0 Monday) and the second of the day. */
static void read_clock(int64_t now, window_offset *offset, int *day, int *second)
{
	int64_t local = now + offset(now);
	int64_t days = local / DAY - (local % DAY < 0);
	*day = (int)(((days + 3) % 7 + 7) % 7); /* 1 January 1970 was a Thursday */
	*second = (int)(local - days * DAY);
}

static bool is_within(const struct window_span *span, int day, int minute)
{
	bool today = (span->days >> day & 1) != 0, yesterday = (span->days >> (day + 6) % 7 & 1) != 0;
	if (span->from < span->to)
		return today && minute >= span->from && minute < span->to;
	return (today && minute >= span->from) || (yesterday && minute < span->to);
}

bool window_is_open(const struct window *window, int64_t now, window_offset *offset)
{
	int day, second;
	read_clock(now, offset, &day, &second);
	for (size_t i = 0; i < window->count; i++)
		if (is_within(&window->spans[i], day, second / 60))
			return true;
	return window->count == 0;
}

/* The first second after now at which something may change: a span begins, or the clock is put forward or back. */
static int64_t next_change(const struct window *window, int64_t now, window_offset *offset)
{
	int64_t next = now - now % STEP + STEP;
	int day, second;
	read_clock(now, offset, &day, &second);
	for (size_t i = 0; i < window->count; i++) {
		int left = window->spans[i].from * 60 - second;
		if (left > 0 && now + left < next)
			next = now + left;
	}
	return next;
}

int64_t window_opens(const struct window *window, int64_t now, window_offset *offset)
{
	int64_t end = now + HORIZON, at = now;
	while (at < end && !window_is_open(window, at, offset))
		at = next_change(window, at, offset);
	return at < end ? at : -1;
}
