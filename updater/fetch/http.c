#include "updater/fetch/http.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <curl/curl.h>
#include "lib/clock.h"
#include "lib/env.h"
#include "lib/text.h"
#include "updater/base64.h"
#include "updater/fetch/peer.h"
#include "updater/fetch/redirect.h"

#define HEADERS_MAX 200 /* lines of one answer; GitHub's have about 30 */
#define STALL_BYTES 64L /* a second; less counts as a stall */

static CURL *curl; /* one handle for all hops, so that a connection can serve twice */

/* One request of a chain, as libcurl's callbacks see it. */
struct hop {
	const struct http_ask *ask;
	struct http_answer *answer;
	unsigned headers;
	bool complete; /* its headers have come to their end */
	bool begun;    /* begin has been called */
	bool wanted;   /* and said yes */
	bool endless_headers;
	bool led_home; /* an address was refused that only this machine should ask */
	char error[CURL_ERROR_SIZE];
};

static bool is_redirect(int status)
{
	return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

static void copy(char *out, size_t size, const char *value)
{
	if (text_format(out, size, "%s", value) < 0)
		out[0] = '\0';
}

static void forget(struct http_answer *a)
{
	a->status = 0;
	a->location[0] = a->etag[0] = a->type[0] = a->range[0] = '\0';
	a->length = -1;
	a->more = false;
	limits_begin(&a->limits);
}

static void take_header(struct http_answer *a, const char *name, const char *value)
{
	uint64_t n;

	if (strcasecmp(name, "location") == 0)
		copy(a->location, sizeof a->location, value);
	else if (strcasecmp(name, "etag") == 0)
		copy(a->etag, sizeof a->etag, strchr(value, ' ') ? "" : value);
	else if (strcasecmp(name, "content-type") == 0)
		copy(a->type, sizeof a->type, value);
	else if (strcasecmp(name, "content-range") == 0)
		copy(a->range, sizeof a->range, value);
	else if (strcasecmp(name, "link") == 0)
		a->more = strstr(value, "rel=\"next\"") != NULL;
	else if (strcasecmp(name, "content-length") == 0)
		a->length = env_number(value, 0, INT64_MAX, &n) == 0 ? (int64_t)n : -1;
	else
		limits_header(&a->limits, name, value);
}

/* libcurl's callback for each header line; a line with a status begins a new answer (after a 100, or in a proxy). */
static size_t on_header(char *bytes, size_t one, size_t n, void *context)
{
	struct hop *h = context;
	char line[4096];
	size_t end = n * one;
	char *colon, *value;

	if (++h->headers > HEADERS_MAX) {
		h->endless_headers = true;
		return 0;
	}
	if (end >= sizeof line)
		return n * one; /* nothing that we read is that long */
	memcpy(line, bytes, end);
	while (end > 0 && strchr(" \t\r\n", line[end - 1]))
		end--;
	line[end] = '\0';
	if (strncmp(line, "HTTP/", 5) == 0) {
		forget(h->answer);
		h->complete = false;
		return n * one;
	}
	h->complete |= end == 0;
	for (const char *s = line; *s; s++)
		if (((unsigned char)*s < ' ' && *s != '\t') || *s == 0x7f)
			return n * one;
	colon = strchr(line, ':');
	if (colon) {
		*colon = '\0';
		value = colon + 1 + strspn(colon + 1, " \t");
		take_header(h->answer, line, value);
	}
	return n * one;
}

/* The headers are complete: asks once whether the body is wanted. The bodies of redirects never are. */
static bool begin(struct hop *h)
{
	long status = 0;

	if (h->begun)
		return h->wanted;
	h->begun = true;
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	h->answer->status = (int)status;
	if (!h->ask->follow || !is_redirect(h->answer->status))
		h->wanted = h->ask->begin(h->ask->context, h->answer);
	return h->wanted;
}

static size_t on_body(char *bytes, size_t one, size_t n, void *context)
{
	struct hop *h = context;

	if (!begin(h))
		return 0;
	h->wanted = h->ask->body(h->ask->context, bytes, n * one);
	return h->wanted ? n * one : 0;
}

/* Where a proxy is set it is the proxy that connects: what we see is its address, and that was configured. */
static bool has_proxy(const struct url *u)
{
	static const char *const names[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "http_proxy"};

	for (size_t i = u->https ? 0 : 2; i < (u->https ? 4 : 5); i++) {
		const char *value = getenv(names[i]);

		if (value && value[0])
			return !url_is_loopback(u);
	}
	return false;
}

/* The configured host may be anywhere, this machine included; then the whole of the loopback may be asked. Anybody
 * else's name must not lead to what only this machine may ask. */
static bool may_connect(const struct hop *h, const struct sockaddr *peer)
{
	const struct url *to = &h->answer->url, *home = &h->ask->request->home;

	return !peer_is_local(peer) || strcmp(to->host, home->host) == 0 || has_proxy(to) ||
	       (url_is_loopback(home) && peer_is_loopback(peer));
}

/* libcurl's callback for each address that it is about to connect to. */
static curl_socket_t on_connect(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct hop *h = context;

	(void)purpose;
	if (may_connect(h, &address->addr))
		return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
	h->led_home = true;
	return CURL_SOCKET_BAD;
}

int http_start(const char *ca, struct job_error *e)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || !(curl = curl_easy_init()))
		return job_fail(e, "system", "libcurl does not start");
	curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(curl, CURLOPT_CAINFO, ca);
	curl_easy_setopt(curl, CURLOPT_PROXY_CAPATH, NULL);
	curl_easy_setopt(curl, CURLOPT_PROXY_CAINFO, ca);
	return 0;
}

void http_end(void)
{
	curl_easy_cleanup(curl);
	curl_global_cleanup();
}

static void set_fixed(struct hop *h)
{
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L); /* updater/fetch/redirect decides */
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https,http");
	curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "moult/" VERSION);
	curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, 65536L);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, h);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, h);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, h->error);
	curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, on_connect);
	curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, h);
}

static void set_limits(const struct request *r, int64_t deadline)
{
	int64_t left = deadline - clock_ms();

	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)r->connect);
	curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, STALL_BYTES);
	curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)r->stall);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)(left < 1 ? 1 : left));
	curl_easy_setopt(curl, CURLOPT_MAX_RECV_SPEED_LARGE, (curl_off_t)r->rate);
}

/* Adds "name: value". False when there is no memory for it; the list then stays as it was. */
static bool add(struct curl_slist **list, const char *name, const char *value)
{
	char line[1700];
	struct curl_slist *longer = NULL;

	if (text_format(line, sizeof line, "%s: %s", name, value) >= 0)
		longer = curl_slist_append(*list, line);
	if (longer)
		*list = longer;
	return longer != NULL;
}

/* Git servers take a token as a password, whatever the user is called. */
static bool add_token(struct curl_slist **list, const struct http_ask *ask)
{
	const struct request *r = ask->request;
	char pair[1100], packed[BASE64_SIZE(sizeof pair)], value[sizeof packed + 16];

	if (!ask->password)
		return text_format(value, sizeof value, "%s%s", r->dialect->scheme, r->token) >= 0 &&
		       add(list, r->dialect->header, value);
	if (text_format(pair, sizeof pair, "x-access-token:%s", r->token) < 0)
		return false;
	base64_encode((const unsigned char *)pair, strlen(pair), packed);
	return text_format(value, sizeof value, "Basic %s", packed) >= 0 && add(list, "Authorization", value);
}

/* The headers of one request. What names us (the token) goes to the origin whose it is, and to no other; nor to that
 * one once another has led us back to it. */
static bool add_headers(struct curl_slist **list, const struct http_ask *ask, bool with_token)
{
	char range[32];

	if (!add(list, "Accept", ask->accept ? ask->accept : "*/*"))
		return false;
	if (with_token && !add_token(list, ask))
		return false;
	if (ask->send && (!add(list, "Content-Type", "application/json") || !add(list, "Expect", "")))
		return false;
	if (ask->etag && !add(list, "If-None-Match", ask->etag))
		return false;
	if (!ask->of_etag)
		return true;
	return text_format(range, sizeof range, "bytes=%llu-", (unsigned long long)ask->offset) >= 0 &&
	       add(list, "Range", range) && add(list, "If-Range", ask->of_etag);
}

/* What libcurl's result means in the helper protocol. The URL is named without its query, which may be a signature. */
static int refuse(const struct hop *h, CURLcode result, struct job_error *e)
{
	const struct url *u = &h->answer->url;
	const char *text = h->error[0] ? h->error : curl_easy_strerror(result);

	if (strchr(text, '@')) /* libcurl shows a proxy that it does not understand with its password */
		text = curl_easy_strerror(result);
	if (h->led_home)
		return job_fail(e, "protocol", "%s leads to an address of this machine or its network link", u->host);
	if (h->endless_headers)
		return job_fail(e, "protocol", "%s answers with more than 200 header lines", u->host);
	switch ((int)result) {
	case CURLE_WEIRD_SERVER_REPLY:
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_BAD_CONTENT_ENCODING: return job_fail(e, "protocol", "%s: %s", u->host, text);
	case CURLE_OUT_OF_MEMORY:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_FAILED_INIT: return job_fail(e, "system", "%s: %s", u->host, text);
	case CURLE_PEER_FAILED_VERIFICATION:
		return job_fail(e, "network", "%s is not trusted: %s (is the clock of this machine right?)", u->host,
				text);
	default: return job_fail(e, "network", "%s: %s", u->host, text);
	}
}

/* One request without its redirects. */
static int ask_once(const struct http_ask *ask, bool with_token, int64_t deadline, struct http_answer *a,
		    struct job_error *e)
{
	struct hop h = {.ask = ask, .answer = a};
	struct curl_slist *headers = NULL;

	CURLcode result = CURLE_OUT_OF_MEMORY;

	forget(a);
	set_fixed(&h);
	set_limits(ask->request, deadline);
	curl_easy_setopt(curl, CURLOPT_URL, a->url.text);
	curl_easy_setopt(curl, CURLOPT_PROXY, url_is_loopback(&a->url) ? "" : NULL); /* NULL: as the environment says */
	if (ask->send)
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, ask->send);
	if (add_headers(&headers, ask, with_token)) {
		curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
		result = curl_easy_perform(curl);
		curl_easy_setopt(curl, CURLOPT_HTTPHEADER, NULL);
	}
	curl_slist_free_all(headers);
	if (result == CURLE_OK && !h.complete) /* libcurl takes the headers that came for all there are */
		return job_fail(e, "network", "%s ended in the middle of an answer", a->url.host);
	if (result == CURLE_OK)
		begin(&h); /* an answer without a body */
	if (result == CURLE_OK || (h.begun && !h.wanted))
		return 0;
	return refuse(&h, result, e);
}

int http_get(const struct http_ask *ask, struct http_answer *a, struct job_error *e)
{
	int64_t deadline = clock_ms() + (int64_t)ask->request->total * 1000;
	bool with_token = ask->request->token[0] != '\0';

	a->url = ask->url;
	for (unsigned hop = 0;; hop++) {
		struct url next;
		const char *refused;

		with_token = with_token && url_same_origin(&ask->request->home, &a->url);
		if (ask_once(ask, with_token, deadline, a, e) < 0)
			return -1;
		if (!ask->follow || !is_redirect(a->status))
			return 0;
		if (hop == REDIRECT_HOPS)
			return job_fail(e, "protocol", "%s redirects more than %d times", ask->url.host, REDIRECT_HOPS);
		refused = a->location[0] ? redirect_next(&a->url, a->location, ask->request->allow_http, &next)
					 : "is missing or too long";
		if (refused)
			return job_fail(e, "protocol", "%s redirects to %.*s, which %s", a->url.host,
					(int)strcspn(a->location, "?"), a->location, refused);
		a->url = next;
	}
}
