#include "updater/fetch/release.h"

#include <ctype.h>
#include <string.h>
#include <cjson/cJSON.h>
#include "updater/fetch/date.h"
#include "updater/fetch/redirect.h"

#define MEMBERS_MAX 64 /* of one object; GitHub's have 23 */

/* Two members of one name: which of them counts is what parsers disagree on. */
static const char *check_members(const cJSON *object)
{
	unsigned n = 0;

	if (!cJSON_IsObject(object))
		return "holds something else where an object should be";
	for (const cJSON *m = object->child; m; m = m->next) {
		if (++n > MEMBERS_MAX)
			return "holds an object with more than 64 members";
		for (const cJSON *other = m->next; other; other = other->next)
			if (strcmp(m->string, other->string) == 0)
				return "holds an object with one name twice";
	}
	return NULL;
}

/* Member `name`, NULL when it is absent or null. */
static const cJSON *member(const cJSON *object, const char *name)
{
	const cJSON *m = cJSON_GetObjectItemCaseSensitive(object, name);

	return m && !cJSON_IsNull(m) ? m : NULL;
}

/* Copies a text member: 1 to size - 1 bytes, none of them a space or control byte. False when it is not such a text. */
static bool copy_text(const cJSON *m, char *out, size_t size)
{
	const char *s = cJSON_GetStringValue(m);
	size_t n = s ? strlen(s) : 0;

	if (n == 0 || n >= size)
		return false;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] <= ' ' || s[i] == 0x7f)
			return false;
	memcpy(out, s, n + 1);
	return true;
}

static bool copy_bool(const cJSON *m, bool *out)
{
	*out = cJSON_IsTrue(m);
	return !m || cJSON_IsBool(m);
}

/* A whole number that a double holds exactly. */
static bool copy_size(const cJSON *m, uint64_t *out)
{
	if (!cJSON_IsNumber(m) || !(m->valuedouble >= 0) || m->valuedouble > 9007199254740992.0)
		return false;
	*out = (uint64_t)m->valuedouble;
	return (double)*out == m->valuedouble;
}

/* "sha256:HEX" in lower case. An algorithm we do not know counts as no digest; a broken sha256 does not. */
static bool copy_digest(const cJSON *m, char *out, size_t size)
{
	char text[160];

	out[0] = '\0';
	if (!m)
		return true;
	if (!copy_text(m, text, sizeof text))
		return false;
	if (strncmp(text, "sha256:", 7) != 0)
		return strchr(text, ':') != NULL;
	if (strlen(text) != 7 + 64 || strspn(text + 7, "0123456789abcdefABCDEF") != 64 || size < 7 + 64 + 1)
		return false;
	for (size_t i = 0; i <= 7 + 64; i++)
		out[i] = (char)tolower((unsigned char)text[i]);
	return true;
}

static bool copy_url(const cJSON *m, bool allow_http, char *out, size_t size)
{
	struct url url;

	return copy_text(m, out, size) && url_read(out, &url) == NULL && redirect_start(&url, allow_http) == NULL;
}

static bool copy_state(const cJSON *m, char *out, size_t size)
{
	if (!m)
		return memcpy(out, "uploaded", sizeof "uploaded"), true; /* only GitHub has assets in the making */
	return copy_text(m, out, size) && strspn(out, "abcdefghijklmnopqrstuvwxyz_") == strlen(out);
}

static bool is_word(const cJSON *m, const char *word)
{
	const char *s = cJSON_GetStringValue(m);

	return s && strcmp(s, word) == 0;
}

static const char *read_asset(const cJSON *json, bool allow_http, struct asset *a)
{
	if (!copy_text(member(json, "name"), a->name, sizeof a->name) || strchr(a->name, '/'))
		return "has an asset without a usable name";
	if (!copy_size(member(json, "size"), &a->size))
		return "has an asset without a usable size";
	a->sized = a->size > 0 || !is_word(member(json, "type"), "external"); /* Forgejo does not look at those */
	if (!copy_state(member(json, "state"), a->state, sizeof a->state))
		return "has an asset without a usable state";
	const char *created = cJSON_GetStringValue(member(json, "created_at"));
	a->created = created ? date_iso(created) : 0;
	if (a->created < 0)
		a->created = 0;
	if (!copy_digest(member(json, "digest"), a->digest, sizeof a->digest))
		return "has an asset without a usable digest";
	if (!copy_url(member(json, "browser_download_url"), allow_http, a->url, sizeof a->url))
		return "has an asset without a usable browser_download_url";
	a->api[0] = '\0';
	if (member(json, "url") && !copy_url(member(json, "url"), allow_http, a->api, sizeof a->api))
		return "has an asset without a usable url";
	return NULL;
}

/* A name that a file might have: one word of several parts. */
static bool copy_file_name(const cJSON *m, char *out, size_t size)
{
	return copy_text(m, out, size) && strpbrk(out, ".-_") && !strchr(out, '/');
}

/* The last step of a URL's path. */
static bool copy_last_step(const char *url, char *out, size_t size)
{
	size_t n = strcspn(url, "?#");

	while (n > 0 && url[n - 1] != '/')
		n--;
	return dialect_unescape(url + n, out, size) && !strchr(out, '/');
}

/* A link, or a source archive, which has no name. False: it is of no use. */
static bool read_link(const cJSON *json, bool allow_http, struct asset *a)
{
	const cJSON *url = member(json, "direct_asset_url");

	*a = (struct asset){.state = "uploaded"};
	return copy_url(url ? url : member(json, "url"), allow_http, a->url, sizeof a->url) &&
	       (copy_file_name(member(json, "name"), a->name, sizeof a->name) ||
		copy_last_step(a->url, a->name, sizeof a->name));
}

static const char *read_head(const cJSON *json, const struct dialect_names *names, struct release *r)
{
	const char *refused = check_members(json);

	if (refused)
		return refused;
	if (!copy_text(member(json, "tag_name"), r->tag, sizeof r->tag))
		return "has a release without a usable tag_name";
	if (!copy_bool(member(json, names->draft), &r->draft) || !copy_bool(member(json, "prerelease"), &r->prerelease))
		return "has a release whose draft or prerelease is neither true nor false";
	r->notes = cJSON_GetStringValue(member(json, names->notes));
	const cJSON *published = member(json, names->published);
	const char *when = cJSON_GetStringValue(published);
	r->published = when ? date_iso(when) : 0;
	if ((published && !when) || r->published < 0)
		return "has a release without a usable date of publishing";
	return NULL;
}

/* What is told, and to whom. */
struct telling {
	bool allow_http;
	release_told *told;
	void *context;
	struct release release;
	unsigned assets;
};

static const char *tell_asset(struct telling *t, const cJSON *json, bool link)
{
	struct asset a;
	const char *refused = check_members(json);

	if (++t->assets > RELEASE_ASSETS)
		return "has a release with more than 1000 assets";
	if (refused)
		return refused;
	if (link && !read_link(json, t->allow_http, &a))
		return NULL;
	if (!link)
		refused = read_asset(json, t->allow_http, &a);
	return refused ? refused : t->told(t->context, &t->release, &a);
}

/* An array of them, or nothing. */
static const char *tell_assets(struct telling *t, const cJSON *list, bool links)
{
	const char *refused = NULL;

	if (list && !cJSON_IsArray(list))
		return "has a release whose assets are no array";
	for (const cJSON *m = list ? list->child : NULL; m && !refused; m = m->next)
		refused = tell_asset(t, m, links);
	return refused;
}

static const char *tell(struct telling *t, const cJSON *root, const struct dialect_names *names)
{
	const char *refused = read_head(root, names, &t->release);

	if (!refused)
		refused = t->told(t->context, &t->release, NULL);
	const cJSON *assets = member(root, "assets");
	if (refused || !names->links)
		return refused ? refused : tell_assets(t, assets, false);
	refused = assets ? check_members(assets) : NULL;
	if (!refused)
		refused = tell_assets(t, member(assets, "links"), true);
	return refused ? refused : tell_assets(t, member(assets, "sources"), true);
}

const char *release_read(const char *json, size_t n, const struct dialect_names *names, bool allow_http,
			 release_told *told, void *context)
{
	struct telling t = {.allow_http = allow_http, .told = told, .context = context};
	cJSON *root = cJSON_ParseWithLengthOpts(json, n + 1, NULL, true);
	const char *refused = root ? tell(&t, root, names) : "is not good JSON";

	cJSON_Delete(root);
	return refused;
}
