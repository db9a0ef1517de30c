/* updater/fetch/http: one GET with its redirects, or one POST. libcurl is used here and nowhere else. */
#ifndef UPDATER_FETCH_HTTP_H
#define UPDATER_FETCH_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "updater/fetch/limits.h"
#include "updater/fetch/request.h"

/* What the last answer of a chain of redirects said. Texts that did not fit or make sense are "". */
struct http_answer {
	int status;
	struct url url; /* who answered */
	char location[URL_MAX];
	char etag[257];
	char type[128];	 /* content-type */
	char range[128]; /* content-range */
	int64_t length;	 /* content-length, -1 when it was not said */
	bool more;	 /* a Link header leads to a next page */
	struct limits limits;
};

struct http_ask {
	const struct request *request; /* time limits, rate, ca, token */
	struct url url;
	bool follow;	     /* follow redirects, else a redirect is an answer */
	bool password;	     /* the token goes as git sends it: as the password of a user */
	const char *accept;  /* NULL: anything */
	const char *etag;    /* only if it is no longer this one; NULL: always */
	uint64_t offset;     /* the bytes from here on ... */
	const char *of_etag; /* ... if it still is this one, else all. NULL: all */
	const char *send;    /* JSON to POST, once: never to where a redirect leads. NULL: a GET */

	/* Called once, when the headers of the answer are there. False: its body is not wanted. */
	bool (*begin)(void *context, const struct http_answer *a);
	/* Called with each piece of a wanted body. False: stop. */
	bool (*body)(void *context, const char *bytes, size_t n);
	void *context;
};

/* Everything that libcurl opens or reads once, before the rights shrink. ca: the file with the certificates to trust.
 */
int http_start(const char *ca, struct job_error *e) __attribute__((warn_unused_result));

/* 0 when an answer came, whatever its status; the caller's begin and body may have stopped it. -1 with code network,
 * protocol or system in *e. The token goes to the first origin only. */
int http_get(const struct http_ask *ask, struct http_answer *a, struct job_error *e)
	__attribute__((warn_unused_result));

void http_end(void);

#endif
