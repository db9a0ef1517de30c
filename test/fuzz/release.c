/* The JSON of a list of releases, in pieces as they come from the network: the first byte is their size, whether it is
 * a list or one, and by its second bit whose dialect it is. */
#include <stdbool.h>
#include <string.h>
#include "test/fuzz/fuzz.h"
#include "updater/fetch/redirect.h"
#include "updater/fetch/release.h"
#include "updater/fetch/split.h"

static void expect_word(const char *s, size_t size)
{
	expect(memchr(s, '\0', size) != NULL && s[0] != '\0');
	for (; *s; s++)
		expect((unsigned char)*s > ' ' && *s != 0x7f);
}

static void expect_url(const char *s)
{
	struct url u;

	expect(url_read(s, &u) == NULL && redirect_start(&u, false) == NULL);
}

/* Whatever gets this far can be sent as lines of a packet. */
static const char *told(void *context, const struct release *r, const struct asset *a)
{
	(void)context;
	expect_word(r->tag, sizeof r->tag);
	expect(r->published >= 0);
	if (!a)
		return NULL;
	expect_word(a->name, sizeof a->name);
	expect(!strchr(a->name, '/'));
	expect_word(a->state, sizeof a->state);
	expect(a->digest[0] == '\0' || strlen(a->digest) == strlen("sha256:") + 64);
	expect_url(a->url);
	if (a->api[0])
		expect_url(a->api);
	return NULL;
}

static const char *on_object(void *context, const char *json, size_t n)
{
	expect(strlen(json) == n && n > 1 && json[0] == '{');
	return release_read(json, n, context, false, told, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char room[4096];
	struct split s;
	const struct dialect *d = dialect_of(size && (data[0] & 64) ? "gitlab" : "gitea");
	struct dialect_names names = d->names;
	size_t step = size ? data[0] % 64 + 1u : 1;

	split_begin(&s, size && data[0] < 128, room, sizeof room);
	for (size_t at = 1; at < size; at += step)
		if (split_feed(&s, (const char *)data + at, size - at < step ? size - at : step, on_object, &names))
			break;
	return 0;
}
