#include "updater/form.h"

#include <string.h>

/* A user or repository: what the forge lets them be called. A group may be in another one (settle() says where). */
const char *form_name(const char *s)
{
	static const char wrong[] =
		"a name of 1 to 100 letters, digits, '.', '_' and '-', not starting with '.' or '-'";
	for (;;) {
		size_t n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");
		if (n == 0 || n > 100 || (s[n] != '\0' && s[n] != '/') || s[0] == '.' || s[0] == '-')
			return wrong;
		if (s[n] == '\0')
			return NULL;
		s += n + 1;
	}
}

bool form_has_space(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s <= ' ' || *s == 0x7f)
			return true;
	return false;
}

static bool has_control(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return true;
	return false;
}

/* True when a step of a path is "..". */
static bool climbs(const char *s)
{
	for (; *s != '\0'; s += strcspn(s, "/") + (s[strcspn(s, "/")] == '/'))
		if (strcspn(s, "/") == 2 && s[0] == '.' && s[1] == '.')
			return true;
	return false;
}

/* What follows the scheme, NULL when there is no http(s) scheme. */
static const char *after_scheme(const char *url)
{
	if (strncmp(url, "https://", 8) == 0)
		return url + 8;
	return strncmp(url, "http://", 7) == 0 ? url + 7 : NULL;
}

bool form_is_local(const char *url)
{
	return strncmp(url, "file:///", 8) == 0;
}

const char *form_url(const char *s)
{
	if (form_is_local(s) && s[8] != '\0' && !form_has_space(s) && strpbrk(s, "%?#") == NULL)
		return NULL;
	const char *host = after_scheme(s);
	if (host == NULL || *host == '\0' || *host == '/' || form_has_space(s))
		return "a URL that starts with https:// (or http://, then nothing is protected on the way; or "
		       "file:/// for a directory of this machine, without '%', '?' and '#')";
	if (strpbrk(host, "@?#") != NULL)
		return "a URL without user name, '?' and '#'";
	return NULL;
}

const char *form_receiver(const char *s)
{
	const char *host = after_scheme(s);
	size_t n = host == NULL ? 0 : strcspn(host, "/?#");
	if (n == 0 || form_has_space(s) || memchr(host, '@', n) != NULL || strchr(host, '#') != NULL)
		return "a URL that starts with https:// (or http://, then nothing is protected on the way), without "
		       "user name and '#'";
	return NULL;
}

const char *form_token(const char *s)
{
	return form_has_space(s) ? "printable characters without spaces" : NULL;
}

const char *form_service(const char *s)
{
	return strchr(s, '/') != NULL || s[0] == '.' || form_has_space(s) ? "the name of a directory in SVDIR" : NULL;
}

const char *form_command(const char *s)
{
	return has_control(s) ? "one line of printable characters" : NULL;
}

const char *form_below(const char *s)
{
	return s[0] == '/' || has_control(s) || climbs(s) ? "a path below the sources, without '..'" : NULL;
}

bool form_is_loopback(const char *url)
{
	const char *host = after_scheme(url);
	if (host == NULL)
		return false;
	size_t n = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/");
	if (n == 5 && strncmp(host, "[::1]", n) == 0)
		return true;
	if (n == 9 && strncmp(host, "localhost", n) == 0)
		return true;
	return strncmp(host, "127.", 4) == 0 && strspn(host, "0123456789.") == n;
}
