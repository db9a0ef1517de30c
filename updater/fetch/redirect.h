/* updater/fetch/redirect: which URL may be asked, and where an answer may send us. Pure.
 *
 * libcurl's own following is off: here it is decided, so that a test can try every case. */
#ifndef UPDATER_FETCH_REDIRECT_H
#define UPDATER_FETCH_REDIRECT_H

#include "updater/fetch/url.h"

#define REDIRECT_HOPS 5

/* May this URL be asked at all? https may; http only on a loopback host, or when allow_http: somebody gave it as http
 * by name. NULL, or why not. */
const char *redirect_start(const struct url *u, bool allow_http) __attribute__((warn_unused_result));

/* Reads the Location of an answer to `from` into *to. Absolute ("https://h/p"), with the scheme ("//h/p") or the whole
 * origin ("/p") of `from`. Refused: leaving https, an address of this machine or its network link (unless `from` is the
 * same host, or both are loopback), and what url_read and redirect_start refuse. NULL, or why. */
const char *redirect_next(const struct url *from, const char *location, bool allow_http, struct url *to)
	__attribute__((warn_unused_result));

#endif
