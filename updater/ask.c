#include "updater/ask.h"

#include <string.h>
#include "updater/policy/asset.h"

#define CONNECT_SECONDS 10
#define STALL_SECONDS 30
#define BYTES_MAX (2ULL << 30) /* unpacked */
#define ENTRIES_MAX 100000

static void begin_http(struct wire *w, const struct config *c, const char *what, bool http, int total)
{
	wire_begin(w);
	wire_put(w, "do", what);
	wire_put_number(w, "connect", CONNECT_SECONDS);
	wire_put_number(w, "stall", STALL_SECONDS);
	wire_put_number(w, "total", total);
	if (c->ca_file[0] != '\0')
		wire_put(w, "ca", c->ca_file);
	if (http)
		wire_put(w, "allow", "http");
}

static void begin(struct wire *w, const struct config *c, const char *what, bool http, int total)
{
	begin_http(w, c, what, http, total);
	wire_put(w, "forge", config_forge_word(c));
}

static void put_place(struct wire *w, const struct config *c)
{
	wire_put(w, "owner", c->user);
	wire_put(w, "repo", c->repo);
}

static void put_token(struct wire *w, const struct config *c)
{
	if (c->token[0] != '\0')
		wire_put(w, "token", c->token);
}

void ask_probe(struct wire *w, const struct config *c)
{
	begin(w, c, "probe", c->url_http, ASK_SECONDS);
	wire_put(w, "url", c->url);
	put_place(w, c);
}

void ask_list(struct wire *w, const struct config *c, const char *etag, unsigned page)
{
	begin(w, c, "list", c->api_http, ASK_SECONDS);
	wire_put(w, "api", c->api);
	put_place(w, c);
	put_token(w, c);
	if (etag[0] != '\0')
		wire_put(w, "etag", etag);
	wire_put_number(w, "page", page);
}

void ask_release(struct wire *w, const struct config *c, const char *tag)
{
	begin(w, c, "release", c->api_http, ASK_SECONDS);
	wire_put(w, "api", c->api);
	put_place(w, c);
	put_token(w, c);
	wire_put(w, "tag", tag);
}

void ask_ref(struct wire *w, const struct config *c)
{
	begin(w, c, "ref", c->url_http, ASK_SECONDS);
	wire_put(w, "url", c->url);
	put_place(w, c);
	put_token(w, c);
	wire_put(w, "tag", c->channel.branch);
}

void ask_build(struct wire *w, const struct config *c, const char *tag, const char *commit)
{
	wire_begin(w);
	wire_put(w, "do", "build");
	wire_put(w, "tag", tag);
	wire_put(w, "commit", commit);
	wire_put(w, "name", c->repo);
	wire_put(w, "command", c->build_command);
	wire_put(w, "out", c->build_out);
	wire_put_number(w, "seconds", (int64_t)c->build_time);
	wire_put_number(w, "memory", (int64_t)c->build_memory);
	wire_put_number(w, "disk", (int64_t)c->build_disk);
}

static void put_bytes(struct wire *w, uint64_t cap, uint64_t offset, const char *etag)
{
	wire_put_number(w, "cap", (int64_t)cap);
	if (offset > 0) {
		wire_put_number(w, "offset", (int64_t)offset);
		wire_put(w, "etag", etag);
	}
}

void ask_get(struct wire *w, const struct config *c, const struct release_asset *a, uint64_t cap, uint64_t offset,
	     const char *etag)
{
	bool by_api = c->token[0] != '\0' && a->api[0] != '\0';
	begin(w, c, "get", by_api ? c->api_http : c->url_http, ASK_DOWNLOAD);
	wire_put(w, "url", by_api ? a->api : a->url);
	wire_put(w, "home", c->api);
	put_token(w, c);
	if (by_api)
		wire_put(w, "accept", "octet");
	put_bytes(w, cap, offset, etag);
}

void ask_mirror(struct wire *w, const struct config *c, const char *url, uint64_t cap, uint64_t offset,
		const char *etag)
{
	begin(w, c, "get", strncmp(url, "http://", 7) == 0, ASK_DOWNLOAD);
	wire_put(w, "url", url);
	put_bytes(w, cap, offset, etag);
}

void ask_post(struct wire *w, const struct config *c)
{
	begin_http(w, c, "post", strncmp(c->notify_url, "http://", 7) == 0, ASK_POST);
	wire_put(w, "url", c->notify_url);
	if (c->notify_token[0] != '\0')
		wire_put(w, "token", c->notify_token);
}

static void put_signatures(struct wire *w, const struct config *c, const bool signatures[static SIGNATURE_FORMS])
{
	char keys[KEY_WORDS];
	bool any = false;
	for (int form = 0; form < SIGNATURE_FORMS; form++)
		if (signatures[form]) {
			wire_put_number(w, signature_flag((enum signature_form)form), 1);
			any = true;
		}
	if (!any)
		return;
	key_words(&c->keyring.keys, keys);
	wire_put(w, "keys", keys);
	wire_putf(w, "repo", "%s/%s", c->user, c->repo);
}

void ask_unpack(struct wire *w, const struct config *c, const char *tag, const struct release_asset *a,
		const char *sums, const bool signatures[static SIGNATURE_FORMS])
{
	wire_begin(w);
	wire_put(w, "do", "install");
	wire_put(w, "name", a->name);
	wire_put(w, "tag", tag);
	if (a->digest[0] != '\0')
		wire_putf(w, "digest", "sha256:%s", a->digest);
	if (sums != NULL) {
		wire_put_number(w, "sums", 1);
		wire_put(w, "sums-name", sums);
	}
	put_signatures(w, c, signatures);
	if (asset_is_bare(a->name))
		wire_put(w, "bare", c->repo);
	wire_putf(w, "entry", "run,%s,app", c->repo);
	wire_put_number(w, "max-bytes", (int64_t)BYTES_MAX);
	wire_put_number(w, "max-entries", ENTRIES_MAX);
}

void ask_profile(struct wire *w)
{
	wire_begin(w);
	wire_put(w, "do", "profile");
}
