#include "updater/fetch/date.h"

#include <stdbool.h>
#include <string.h>

/* Exactly n digits at *s, which moves behind them. -1: something else stands there. */
static int digits(const char **s, unsigned n)
{
	int value = 0;

	for (unsigned i = 0; i < n; i++) {
		if ((*s)[i] < '0' || (*s)[i] > '9')
			return -1;
		value = value * 10 + ((*s)[i] - '0');
	}
	*s += n;
	return value;
}

static bool skip(const char **s, const char *word)
{
	size_t n = strlen(word);

	if (strncmp(*s, word, n) != 0)
		return false;
	*s += n;
	return true;
}

static bool is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Gregorian; month 1 to 12. -1 when there is no such moment. A leap second (60) counts as the next one. */
static int64_t epoch(int year, int month, int day, int hour, int minute, int second)
{
	static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
	static const int length[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	if (year < 1970 || month < 1 || month > 12 || day < 1 || hour < 0 || hour > 23 || minute < 0 || minute > 59 ||
	    second < 0 || second > 60)
		return -1;
	if (day > length[month - 1] + (month == 2 && is_leap(year)))
		return -1;
	int y = year - 1;
	int64_t days = (int64_t)y * 365 + y / 4 - y / 100 + y / 400 - 719162; /* 719162: from year 1 to 1970 */
	days += before[month - 1] + (month > 2 && is_leap(year)) + day - 1;
	return ((days * 24 + hour) * 60 + minute) * 60 + second;
}

/* "Z", "+hh:mm" or "-hh:mm" up to the end: seconds east of Greenwich. */
static bool read_zone(const char *s, int64_t *east)
{
	*east = 0;
	if (strcmp(s, "Z") == 0)
		return true;
	int sign = *s == '+' ? 1 : *s == '-' ? -1 : 0;
	if (sign == 0)
		return false;
	s++;
	int hours = digits(&s, 2);
	if (hours < 0 || hours > 14 || !skip(&s, ":"))
		return false;
	int minutes = digits(&s, 2);
	if (minutes < 0 || minutes > 59 || *s)
		return false;
	*east = sign * (hours * 3600 + minutes * 60);
	return true;
}

/* "hh:mm:ss" into three numbers; -1 in those that are not there. */
static void read_clock(const char **s, int *hour, int *minute, int *second)
{
	*minute = *second = -1;
	*hour = digits(s, 2);
	if (*hour >= 0 && skip(s, ":"))
		*minute = digits(s, 2);
	if (*minute >= 0 && skip(s, ":"))
		*second = digits(s, 2);
}

int64_t date_iso(const char *text)
{
	const char *s = text;
	int month = -1, day = -1, hour, minute, second;
	int year = digits(&s, 4);

	if (year >= 0 && skip(&s, "-"))
		month = digits(&s, 2);
	if (month >= 0 && skip(&s, "-"))
		day = digits(&s, 2);
	if (day < 0 || !skip(&s, "T"))
		return -1;
	read_clock(&s, &hour, &minute, &second);
	if (second >= 0 && *s == '.')
		s += 1 + strspn(s + 1, "0123456789");
	int64_t east, at = epoch(year, month, day, hour, minute, second);
	return at < 0 || !read_zone(s, &east) || at < east ? -1 : at - east;
}

int64_t date_http(const char *text)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	const char *s = strchr(text, ',');

	if (!s || s - text != 3 || !skip(&s, ", "))
		return -1;
	int day = digits(&s, 2), month = 0, hour, minute, second;
	if (day < 0 || !skip(&s, " ") || strnlen(s, 3) < 3)
		return -1;
	for (int m = 0; m < 12; m++)
		if (memcmp(s, months + 3 * m, 3) == 0)
			month = m + 1;
	s += 3;
	if (!skip(&s, " "))
		return -1;
	int year = digits(&s, 4);
	if (year < 0 || !skip(&s, " "))
		return -1;
	read_clock(&s, &hour, &minute, &second);
	return strcmp(s, " GMT") == 0 ? epoch(year, month, day, hour, minute, second) : -1;
}
