#include "updater/policy/release.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "updater/policy/asset.h"

#define URL_MAX 2048
#define TAG_TEXT_MAX 256 /* longer than a tag that is accepted: the plan says why it is not */

bool release_digest(const char *text, char out[RELEASE_DIGEST])
{
	out[0] = '\0';
	if (strncasecmp(text, "sha256:", 7) != 0 || strlen(text + 7) != RELEASE_DIGEST - 1)
		return false;
	for (size_t i = 0; i < RELEASE_DIGEST - 1; i++) {
		char c = text[7 + i];
		if (c >= 'A' && c <= 'F')
			c = (char)(c - 'A' + 'a');
		if (strchr("0123456789abcdef", c) == NULL) {
			out[0] = '\0';
			return false;
		}
		out[i] = c;
	}
	out[RELEASE_DIGEST - 1] = '\0';
	return true;
}

/* A copy of a value, NULL with errno when there is none or it is longer than max. */
static char *copy(const struct wire *packet, const char *key, size_t max)
{
	char value[URL_MAX + 1];
	int n = wire_get(packet, key, value, sizeof(value));
	if (n < 0 || (size_t)n > max) {
		errno = EBADMSG;
		return NULL;
	}
	return strdup(value);
}

static int flag(const struct wire *packet, const char *key, bool *out)
{
	uint64_t value;
	if (wire_get_number(packet, key, 0, 1, &value) == -1) {
		errno = EBADMSG;
		return -1;
	}
	*out = value == 1;
	return 0;
}

/* One more element at the end of an array, zeroed. */
static void *grow(void *array, size_t *count, size_t size, size_t limit)
{
	if (*count == limit) {
		errno = EMFILE;
		return NULL;
	}
	char *bigger = reallocarray(array, *count + 1, size);
	if (bigger == NULL)
		return NULL;
	memset(bigger + *count * size, 0, size);
	*count += 1;
	return bigger;
}

static int add_release(struct release_list *list, const struct wire *packet)
{
	struct release *bigger = grow(list->releases, &list->count, sizeof(*bigger), RELEASE_LIMIT);
	if (bigger == NULL)
		return -1;
	list->releases = bigger;
	struct release *r = &bigger[list->count - 1];
	r->tag = copy(packet, "tag", TAG_TEXT_MAX);
	if (r->tag == NULL)
		return -1;
	uint64_t published;
	if (wire_get_number(packet, "published", 0, RELEASE_LAST_SECOND, &published) == -1) {
		errno = EBADMSG;
		return -1;
	}
	r->published = (int64_t)published;
	if (flag(packet, "draft", &r->draft) == -1)
		return -1;
	return flag(packet, "prerelease", &r->prerelease);
}

static int add_asset(struct release_list *list, const struct wire *packet)
{
	if (list->count == 0) {
		errno = EBADMSG;
		return -1;
	}
	struct release *r = &list->releases[list->count - 1];
	struct release_asset *bigger = grow(r->assets, &r->nassets, sizeof(*bigger), RELEASE_ASSET_LIMIT);
	if (bigger == NULL)
		return -1;
	r->assets = bigger;
	struct release_asset *a = &bigger[r->nassets - 1];
	a->name = copy(packet, "name", ASSET_NAME_MAX);
	if (a->name == NULL)
		return -1;
	a->url = copy(packet, "url", URL_MAX);
	if (a->url == NULL)
		return -1;
	a->api = copy(packet, "api", URL_MAX);
	if (a->api == NULL)
		return -1;
	char text[80];
	a->size = RELEASE_UNSIZED;
	if ((wire_get_number(packet, "size", 0, INT64_MAX, &a->size) == -1 && errno != ENOENT) ||
	    wire_get(packet, "state", text, sizeof(text)) == -1) {
		errno = EBADMSG;
		return -1;
	}
	a->uploaded = strcmp(text, "uploaded") == 0;
	uint64_t created = 0;
	if (wire_get_number(packet, "created", 0, RELEASE_LAST_SECOND, &created) == -1 && errno != ENOENT) {
		errno = EBADMSG;
		return -1;
	}
	a->created = (int64_t)created;
	if (wire_get(packet, "digest", text, sizeof(text)) == -1 ||
	    (text[0] != '\0' && !release_digest(text, a->digest))) {
		errno = EBADMSG;
		return -1;
	}
	return 0;
}

int release_add(struct release_list *list, const struct wire *packet)
{
	char kind[16];
	if (wire_get(packet, "kind", kind, sizeof(kind)) == -1)
		kind[0] = '\0';
	if (strcmp(kind, "release") == 0)
		return add_release(list, packet);
	if (strcmp(kind, "asset") == 0)
		return add_asset(list, packet);
	errno = EBADMSG;
	return -1;
}

bool release_copy(struct release_asset *to, const struct release_asset *from)
{
	*to = *from;
	to->name = strdup(from->name);
	to->url = strdup(from->url);
	to->api = strdup(from->api);
	return to->name != NULL && to->url != NULL && to->api != NULL;
}

void release_forget(struct release_asset *a)
{
	free(a->name);
	free(a->url);
	free(a->api);
	*a = (struct release_asset){0};
}

void release_free(struct release_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		struct release *r = &list->releases[i];
		for (size_t j = 0; j < r->nassets; j++) {
			free(r->assets[j].name);
			free(r->assets[j].url);
			free(r->assets[j].api);
		}
		free(r->assets);
		free(r->tag);
	}
	free(list->releases);
	*list = (struct release_list){0};
}
