#include "updater/zone.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "lib/env.h"
#include "lib/io.h"
#include "lib/log.h"
#include "lib/text.h"

#define PATH 256

/* Where C libraries look. */
static const char *const places[] = {"/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/share/zoneinfo", "/etc/zoneinfo"};

static bool is_zone_file(const char *path)
{
	char magic[4];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	bool right = fd != -1 && read(fd, magic, sizeof(magic)) == (ssize_t)sizeof(magic) &&
		     memcmp(magic, "TZif", sizeof(magic)) == 0;
	io_close(&fd);
	return right;
}

/* The file of a zone by name; false when there is none. */
static bool find_file(const char *zone, char path[PATH])
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/";
	if (zone[0] == '/' || zone[0] == '\0' || strspn(zone, plain) != strlen(zone))
		return false;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (text_format(path, PATH, "%s/%s", places[i], zone) != -1 && is_zone_file(path))
			return true;
	return false;
}

/* Each take_ function moves *at behind what it read. False: it is something else. */
static bool take_number(const char **at, uint64_t min, uint64_t max)
{
	char text[4] = "";
	uint64_t value;
	size_t n = strspn(*at, "0123456789");
	if (n == 0 || n >= sizeof(text))
		return false;
	memcpy(text, *at, n);
	*at += n;
	return env_number(text, min, max, &value) == 0;
}

/* "CET" or "<+03>". */
static bool take_name(const char **at)
{
	bool quoted = **at == '<';
	size_t n = 0;
	*at += quoted;
	while (isalpha((unsigned char)(*at)[n]) ||
	       (quoted && (isdigit((unsigned char)(*at)[n]) || (*at)[n] == '+' || (*at)[n] == '-')))
		n++;
	*at += n;
	if (quoted && *(*at)++ != '>')
		return false;
	return n >= 3;
}

/* "-1", "5:30". */
static bool take_hours(const char **at, uint64_t max)
{
	*at += **at == '+' || **at == '-';
	if (!take_number(at, 0, max))
		return false;
	for (int i = 0; i < 2 && **at == ':'; i++) {
		(*at)++;
		if (!take_number(at, 0, 59))
			return false;
	}
	return true;
}

static bool take_char(const char **at, char c)
{
	return *(*at)++ == c;
}

/* ",M3.5.0/2", ",J60", ",59". */
static bool take_change(const char **at)
{
	bool right = take_char(at, ',');
	if (right && **at == 'M')
		right = take_char(at, 'M') && take_number(at, 1, 12) && take_char(at, '.') && take_number(at, 1, 5) &&
			take_char(at, '.') && take_number(at, 0, 6);
	else if (right && **at == 'J')
		right = take_char(at, 'J') && take_number(at, 1, 365);
	else
		right = right && take_number(at, 0, 365);
	if (right && **at == '/')
		right = take_char(at, '/') && take_hours(at, 167);
	return right;
}

/* As in POSIX: "CET-1", "CET-1CEST,M3.5.0,M10.5.0/3". */
static bool is_rule(const char *zone)
{
	const char *at = zone;
	if (!take_name(&at) || !take_hours(&at, 24))
		return false;
	if (*at == '\0')
		return true;
	if (!take_name(&at) || (*at != ',' && !take_hours(&at, 24)))
		return false;
	bool begins = take_change(&at);
	return begins && take_change(&at) && *at == '\0';
}

static bool is_utc(const char *zone)
{
	return zone[0] == '\0' || strcmp(zone, "UTC") == 0;
}

bool zone_check(const char *zone, char *why, size_t size)
{
	char path[PATH];
	struct text t;
	if (is_utc(zone) || is_rule(zone) || find_file(zone, path))
		return true;
	text_begin(&t, why, size);
	text_addf(&t,
		  "the time zone '%.60s' is not known here; install tzdata, or give a POSIX rule such as "
		  "CET-1CEST,M3.5.0,M10.5.0/3",
		  zone);
	return false;
}

void zone_use(const char *zone)
{
	char path[PATH], value[PATH + 1];
	bool by_name = !is_utc(zone) && !is_rule(zone) && find_file(zone, path);
	if (text_format(value, sizeof(value), "%s%s", by_name ? ":" : "",
			by_name	       ? path
			: is_utc(zone) ? "UTC0"
				       : zone) == -1 ||
	    setenv("TZ", value, 1) == -1)
		log_warn_errno("the time zone %s cannot be used", zone);
	tzset();
}

long zone_offset(int64_t when)
{
	time_t seconds = (time_t)when;
	struct tm tm;
	return localtime_r(&seconds, &tm) == NULL ? 0 : tm.tm_gmtoff;
}
