/* What moult-fetch tells of a forge's releases, should it have been taken over: packets, an empty line between two. The
 * first one is of this test: what runs, what is asked for, and the variables that choose. Nothing that comes of it is a
 * bad path, an asset that is not there, or a way down. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include "test/fuzz/fuzz.h"
#include "updater/policy/channel.h"
#include "updater/policy/pin.h"
#include "updater/policy/plan.h"
#include "updater/policy/release.h"

#define NOW 1795309323

static void expect_release(const struct release *r)
{
	expect(r->tag != NULL && r->published >= 0);
	for (size_t i = 0; i < r->nassets; i++) {
		const struct release_asset *a = &r->assets[i];

		expect(strlen(a->name) <= ASSET_NAME_MAX && a->url != NULL && a->api != NULL);
		expect(a->digest[0] == '\0' || strspn(a->digest, "0123456789abcdef") == RELEASE_DIGEST - 1);
	}
}

/* Asset n of a release, or none. */
static void expect_asset(const struct release *r, int n)
{
	expect(n >= -1 && n < (int)r->nassets);
}

static void expect_there(const struct release *r, int n)
{
	expect(n == -1 || r->assets[n].uploaded);
}

static void expect_fit(const struct plan_world *w, const struct release *r, const struct plan_finding *f)
{
	expect(f->asset != -1 && r->assets[f->asset].size > 0 && f->trust >= trust_least(&w->trust));
	expect_there(r, f->asset);
	expect_there(r, f->sums);
	for (size_t i = 0; i < SIGNATURE_FORMS; i++)
		expect_there(r, f->signatures[i]);
}

static void expect_finding(const struct plan_world *w, const struct release *r, const struct plan_finding *f)
{
	expect_asset(r, f->asset);
	expect_asset(r, f->sums);
	for (size_t i = 0; i < SIGNATURE_FORMS; i++)
		expect_asset(r, f->signatures[i]);
	expect((f->verdict == PLAN_FITS) == (f->reason[0] == '\0') && !strchr(f->reason, '\n'));
	if (f->verdict == PLAN_REJECTED)
		return;
	expect(version_tag_fault(r->tag) == NULL);
	if (w->channel->kind == CHANNEL_BRANCH) { /* it is built here: the forge only says where its sources are */
		expect(f->asset != -1);
		return;
	}
	expect(!r->draft);
	if (f->verdict == PLAN_FITS)
		expect_fit(w, r, f);
}

/* It never goes down by itself, nor to what the variables leave out. */
static void expect_way_up(const struct plan_world *w, const struct release *r)
{
	if (w->wanted != NULL)
		expect(strcmp(r->tag, w->wanted) == 0);
	if (w->wanted != NULL || w->channel->kind == CHANNEL_BRANCH) /* a commit is neither above nor below another */
		return;
	expect(channel_takes(w->channel, r->tag, r->prerelease) && pin_allows(w->pin, r->tag));
	if (w->channel->kind == CHANNEL_STABLE)
		expect(!r->prerelease && !version_is_prerelease(r->tag));
	if (version_is(r->tag) && version_is(w->current))
		expect(version_compare(r->tag, w->current) > 0);
}

/* What may be put in the place of what runs, now. */
static bool is_ripe(const struct plan_world *w, const struct release *r)
{
	if (w->channel->kind == CHANNEL_BRANCH)
		return true;
	for (size_t i = 0; w->wanted == NULL && i < w->nbad; i++)
		if (strcmp(w->bad[i].tag, r->tag) == 0)
			return false;
	return w->wanted != NULL || w->min_age == 0 ||
	       (r->published > 0 && r->published <= w->now - (int64_t)w->min_age);
}

static void make_plan(const struct plan_world *w)
{
	struct plan p;

	expect(plan_make(w, &p) == 0 && p.count == w->list->count);
	for (size_t i = 0; i < p.count; i++) {
		expect_release(&w->list->releases[i]);
		expect_finding(w, &w->list->releases[i], &p.findings[i]);
	}
	expect(p.chosen >= -1 && p.chosen < (int)p.count);
	if (p.decision == PLAN_INSTALL || p.decision == PLAN_WAIT) {
		const struct release *r = p.chosen == -1 ? NULL : &w->list->releases[p.chosen];

		expect(r != NULL && (p.findings[p.chosen].verdict == PLAN_FITS) == (p.decision == PLAN_INSTALL));
		expect(p.findings[p.chosen].verdict != PLAN_REJECTED);
		expect(p.decision == PLAN_WAIT || is_ripe(w, r));
		expect_way_up(w, r);
	}
	plan_free(&p);
}

/* What the first packet says; NULL or "" for what it does not, and for what the updater would not have let in. */
struct given {
	char current[VERSION_TAG_MAX + 1], floor[VERSION_TAG_MAX + 1], wanted[VERSION_TAG_MAX + 1];
	char pattern[129], skip[256];
	struct plan_bad bad;
	struct channel channel;
	struct pin pin;
};

static bool take_tag(const struct wire *packet, const char *key, char out[VERSION_TAG_MAX + 1])
{
	bool good = wire_get(packet, key, out, VERSION_TAG_MAX + 1) > 0 && version_tag_fault(out) == NULL;

	if (!good)
		out[0] = '\0';
	return good;
}

/* UPDATE_VERIFY, what the last one was verified by, and which kinds of keys are pinned. */
static void read_trust(const struct wire *packet, struct plan_world *w)
{
	char word[16];
	uint64_t kinds;

	w->trust.named = wire_get(packet, "verify", word, sizeof word) > 0 && trust_read(word, &w->trust.level);
	if (wire_get(packet, "last", word, sizeof word) > 0)
		(void)trust_read(word, &w->trust.last);
	if (wire_get_number(packet, "kinds", 1, 3, &kinds) == 0) {
		w->kinds = (unsigned)kinds;
		w->trust.pinned = true;
	}
}

static void read_given(const struct wire *packet, struct given *g, struct plan_world *w)
{
	char text[PIN_TEXT], why[300];

	(void)take_tag(packet, "current", g->current);
	(void)take_tag(packet, "floor", g->floor);
	w->wanted = take_tag(packet, "wanted", g->wanted) ? g->wanted : NULL;
	w->nbad = take_tag(packet, "bad", g->bad.tag) ? 1 : 0;
	bool pattern = wire_get(packet, "pattern", g->pattern, sizeof g->pattern) > 0;
	w->pattern = pattern && asset_pattern_fault(g->pattern) == NULL ? g->pattern : NULL;
	if (wire_get(packet, "channel", text, sizeof text) > 0)
		(void)!channel_parse(text, &g->channel, why, sizeof why);
	if (wire_get(packet, "pin", text, sizeof text) > 0)
		(void)!pin_parse(text, &g->pin, why, sizeof why);
	w->skip = wire_get(packet, "skip", g->skip, sizeof g->skip) > 0 ? g->skip : NULL;
	read_trust(packet, w);
	if (wire_get_number(packet, "age", 0, 366 * 86400, &w->min_age) == -1)
		w->min_age = 0;
}

/* The next packet, up to an empty line or the end; false when there is none, or none that a socket would bring. */
static bool next_packet(const uint8_t **data, size_t *size, struct wire *w)
{
	const uint8_t *end = memmem(*data, *size, "\n\n", 2);
	size_t n = end == NULL ? *size : (size_t)(end - *data) + 1, gone = end == NULL ? n : n + 1;

	if (n == 0 || n > WIRE_MAX || memchr(*data, '\0', n) != NULL)
		return false;
	wire_begin(w);
	memcpy(w->bytes, *data, n);
	w->bytes[n] = '\0';
	w->text.len = n;
	*data += gone;
	*size -= gone;
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct wire packet;
	struct release_list list = {0};
	struct given given = {0};
	struct plan_world w = {.list = &list, .current = given.current, .floor = given.floor, .now = NOW};
	w.bad = &given.bad, w.channel = &given.channel, w.pin = &given.pin;
	int r = 0;

	w.host = (struct asset_host){.arch = ASSET_AMD64, .libc = ASSET_MUSL};
	if (next_packet(&data, &size, &packet))
		read_given(&packet, &given, &w);
	while (r == 0 && next_packet(&data, &size, &packet))
		r = release_add(&list, &packet);
	if (r == 0)
		make_plan(&w);
	else /* the job is not heard any further */
		expect(errno == EBADMSG || errno == EMFILE);
	expect(list.count <= RELEASE_LIMIT);
	release_free(&list);
	return 0;
}
