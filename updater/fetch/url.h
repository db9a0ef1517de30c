/* updater/fetch/url: the few URLs we speak: https://host[:port]/path and http:// likewise. Pure.
 *
 * Stricter than the standard, so that libcurl cannot read another host out of the same text than we did: no user name,
 * no spaces or backslashes, hosts of letters, digits, dots, hyphens, or a bracketed IPv6 address, and an IPv4 address
 * only in its four-part decimal form. */
#ifndef UPDATER_FETCH_URL_H
#define UPDATER_FETCH_URL_H

#include <stdbool.h>
#include <stddef.h>

#define URL_MAX 3072 /* signed storage URLs have about 1100 bytes */
#define URL_HOST 254

struct url {
	char text[URL_MAX];  /* the whole, as it was given */
	char host[URL_HOST]; /* lower case; IPv6 without brackets */
	unsigned port;
	bool https;
	size_t path; /* where in text the path begins; text[path] is '/', '?' or the end */
};

/* NULL, or why it was refused, in words that follow the URL in a message. *out is then undefined. */
const char *url_read(const char *text, struct url *out) __attribute__((warn_unused_result));

/* localhost, 127.x.y.z or ::1. */
bool url_is_loopback(const struct url *u);

/* Loopback, unspecified or link-local (169.254/16, fe80::/10): where cloud machines keep what nobody else may ask. */
bool url_is_local(const struct url *u);

/* Same scheme, host and port: what was meant for the one may be told to the other. */
bool url_same_origin(const struct url *a, const struct url *b);

#endif
