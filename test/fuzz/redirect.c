/* A URL and where its answer sends us, a line each. What we take for a host libcurl takes for the same one. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <curl/curl.h>
#include "test/fuzz/fuzz.h"
#include "updater/fetch/redirect.h"

/* One part of a URL as libcurl reads it is the text that we have. */
static void expect_part(CURLU *handle, CURLUPart part, unsigned flags, const char *ours)
{
	char *theirs = NULL;

	expect(curl_url_get(handle, part, &theirs, flags) == CURLUE_OK);
	if (theirs[0] == '[') { /* it writes a zero less or more into an IPv6 address; that there is one must hold */
		expect(strchr(ours, ':') != NULL);
	} else {
		expect(strcasecmp(theirs, ours) == 0);
	}
	curl_free(theirs);
}

static void expect_same(const struct url *u)
{
	CURLU *handle = curl_url();
	CURLUcode set = curl_url_set(handle, CURLUPART_URL, u->text, CURLU_PATH_AS_IS);
	char port[16];

	expect(handle != NULL);
	if (set == CURLUE_OK) { /* what it refuses it does not ask */
		snprintf(port, sizeof port, "%u", u->port);
		expect_part(handle, CURLUPART_SCHEME, 0, u->https ? "https" : "http");
		expect_part(handle, CURLUPART_HOST, 0, u->host);
		expect_part(handle, CURLUPART_PORT, CURLU_DEFAULT_PORT, port);
		expect(curl_url_get(handle, CURLUPART_USER, &(char *){NULL}, 0) == CURLUE_NO_USER);
	}
	curl_url_cleanup(handle);
}

static void follow(const struct url *from, const char *location, bool allow_http)
{
	struct url to;

	if (redirect_next(from, location, allow_http, &to))
		return;
	expect(strlen(to.text) < URL_MAX && to.path <= strlen(to.text) && to.host[0] != '\0');
	expect(to.https || (!from->https && (allow_http || url_is_loopback(&to))));
	expect(!url_is_local(&to) || strcmp(from->host, to.host) == 0 ||
	       (url_is_loopback(from) && url_is_loopback(&to)));
	expect_same(&to);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *location;
	struct url from;

	expect(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	location = strchr(text, '\n');
	if (location)
		*location++ = '\0';
	if (!url_read(text, &from)) {
		expect_same(&from);
		follow(&from, location ? location : "", false);
		follow(&from, location ? location : "", true);
	}
	free(text);
	return 0;
}
