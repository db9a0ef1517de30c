#include "updater/fetch/url.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>
#include "lib/env.h"

static bool is_host_byte(char c)
{
	return isalnum((unsigned char)c) || c == '.' || c == '-' || c == '_';
}

/* What no part of a URL may hold: a parser in another mood would cut or unescape it there. */
static bool has_bad_byte(const char *text)
{
	for (const char *s = text; *s; s++)
		if (*s <= ' ' || *s >= 0x7f || strchr("\"<>\\^`{|}", *s))
			return true;
	return false;
}

/* A host whose last label is a number is an IPv4 address to some resolver ("127.1", "2130706433", "0x7f.1"). */
static bool looks_numeric(const char *host)
{
	const char *dot = strrchr(host, '.');
	const char *last = dot ? dot + 1 : host;

	if (last[0] == '0' && (last[1] == 'x' || last[1] == 'X'))
		return true;
	return *last && strspn(last, "0123456789") == strlen(last);
}

static bool is_ipv4(const char *host)
{
	unsigned parts = 0;

	for (const char *s = host;; s++) {
		size_t n = strspn(s, "0123456789");

		if (n == 0 || n > 3 || (n > 1 && *s == '0'))
			return false;
		unsigned value = 0;
		for (size_t i = 0; i < n; i++)
			value = value * 10 + (unsigned)(s[i] - '0');
		if (value > 255)
			return false;
		parts++;
		s += n;
		if (*s == '\0')
			return parts == 4;
		if (*s != '.')
			return false;
	}
}

static const char *read_name(const char *s, size_t n, struct url *out)
{
	for (size_t i = 0; i < n; i++) {
		if (!is_host_byte(s[i]))
			return "has a host name with a byte that is none of a-z 0-9 . - _";
		out->host[i] = (char)tolower((unsigned char)s[i]);
	}
	out->host[n] = '\0';
	if (out->host[0] == '.' || out->host[0] == '-' || strstr(out->host, ".."))
		return "has no valid host name";
	if (looks_numeric(out->host) && !is_ipv4(out->host))
		return "has an address that is not written as four decimal numbers";
	return NULL;
}

static const char *read_ipv6(const char *s, size_t n, struct url *out)
{
	for (size_t i = 0; i < n; i++) {
		if (!isxdigit((unsigned char)s[i]) && s[i] != ':' && s[i] != '.')
			return "has no valid IPv6 address";
		out->host[i] = (char)tolower((unsigned char)s[i]);
	}
	out->host[n] = '\0';
	return strchr(out->host, ':') ? NULL : "has no valid IPv6 address";
}

static const char *read_port(const char *s, size_t n, struct url *out)
{
	char digits[6];
	uint64_t port;

	if (n == 0 || n >= sizeof digits)
		return "has a port outside 1 to 65535";
	memcpy(digits, s, n);
	digits[n] = '\0';
	if (env_number(digits, 1, 65535, &port) < 0)
		return "has a port outside 1 to 65535";
	out->port = (unsigned)port;
	return NULL;
}

/* authority = host [ ":" port ], of n bytes. */
static const char *read_authority(const char *s, size_t n, struct url *out)
{
	if (memchr(s, '@', n))
		return "holds a user name, which is never needed";
	const char *host = s, *end, *refused;
	if (n && *s == '[') {
		host = s + 1;
		end = memchr(s, ']', n);
		if (!end)
			return "has no valid IPv6 address";
	} else {
		end = memchr(s, ':', n);
		if (!end)
			end = s + n;
	}
	size_t length = (size_t)(end - host);
	if (length == 0 || length >= URL_HOST)
		return "has no valid host name";
	refused = host == s ? read_name(host, length, out) : read_ipv6(host, length, out);
	if (refused)
		return refused;
	if (host != s)
		end++;
	if (end == s + n)
		return NULL;
	if (*end != ':')
		return "has no valid host name";
	return read_port(end + 1, (size_t)(s + n - end - 1), out);
}

const char *url_read(const char *text, struct url *out)
{
	size_t n = strlen(text);

	if (n >= URL_MAX)
		return "is longer than 3071 bytes";
	if (has_bad_byte(text))
		return "holds a byte that no URL may hold";
	const char *authority;
	if (strncasecmp(text, "https://", 8) == 0) {
		out->https = true;
		authority = text + 8;
	} else if (strncasecmp(text, "http://", 7) == 0) {
		out->https = false;
		authority = text + 7;
	} else {
		return "is neither https:// nor http://";
	}
	out->port = out->https ? 443 : 80;
	size_t length = strcspn(authority, "/?#");
	const char *refused = read_authority(authority, length, out);
	if (refused)
		return refused;
	memcpy(out->text, text, n + 1);
	out->path = (size_t)(authority - text) + length;
	return NULL;
}

bool url_is_loopback(const struct url *u)
{
	return strcmp(u->host, "localhost") == 0 || strcmp(u->host, "::1") == 0 ||
	       (is_ipv4(u->host) && strncmp(u->host, "127.", 4) == 0);
}

/* IPv6 has many spellings of one address; whatever could be a local one counts as local. */
static bool is_local_ipv6(const char *host)
{
	if (!strchr(host, ':'))
		return false;
	if (strncmp(host, "fe8", 3) == 0 || strncmp(host, "fe9", 3) == 0 || strncmp(host, "fea", 3) == 0 ||
	    strncmp(host, "feb", 3) == 0)
		return true;
	return host[0] == ':' || host[0] == '0'; /* ::, ::1, 0:..., and IPv4 in IPv6 clothes */
}

bool url_is_local(const struct url *u)
{
	size_t n = strlen(u->host);

	if (n > 10 && strcmp(u->host + n - 10, ".localhost") == 0)
		return true;
	if (is_ipv4(u->host) && (strncmp(u->host, "169.254.", 8) == 0 || strncmp(u->host, "0.", 2) == 0))
		return true;
	return url_is_loopback(u) || is_local_ipv6(u->host);
}

bool url_same_origin(const struct url *a, const struct url *b)
{
	return a->https == b->https && a->port == b->port && strcmp(a->host, b->host) == 0;
}
