#include "test/unit.h"
#include "updater/policy/plan.h"

#include <stdio.h>
#include <string.h>

#define NOW 1700000000
#define DIGEST "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define OTHER "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

/* A forge for one test: releases with one asset each that fits, changed from there. */
struct forge {
	struct release releases[8];
	struct release_asset assets[8][2];
	struct release_list list;
};

static struct release *publish(struct forge *f, const char *tag)
{
	size_t i = f->list.count++;
	f->assets[i][0] = (struct release_asset){
		(char *)"app_linux_amd64.tar.gz", (char *)"https://x", (char *)"https://x", 1000, true, DIGEST, 0};
	f->releases[i] = (struct release){(char *)tag, NOW - 86400, false, false, f->assets[i], 1};
	f->list.releases = f->releases;
	return &f->releases[i];
}

static struct plan_world world(const struct forge *f, const char *current)
{
	return (struct plan_world){
		.list = &f->list, .current = current, .floor = "", .host = {ASSET_AMD64, ASSET_MUSL}, .now = NOW};
}

static void expect(const struct plan_world *w, enum plan_decision decision, const char *tag, const char *reason)
{
	struct plan plan;
	assert_int_equal(plan_make(w, &plan), 0);
	assert_int_equal(plan.decision, decision);
	if (tag == NULL) {
		assert_int_equal(plan.chosen, -1);
	} else {
		assert_int_not_equal(plan.chosen, -1);
		assert_string_equal(w->list->releases[plan.chosen].tag, tag);
		assert_non_null(strstr(plan.findings[plan.chosen].reason, reason));
		if (decision == PLAN_INSTALL)
			assert_string_equal(plan.findings[plan.chosen].reason, "");
	}
	plan_free(&plan);
}

static void takes_the_newest_by_version(void **state)
{
	struct forge f = {0};
	(void)state;
	publish(&f, "v1.9.0"); /* a backport, published last, is the forge's `latest` */
	publish(&f, "v1.10.0");
	publish(&f, "v1.2.0");
	struct plan_world w = world(&f, "v1.8.0");
	expect(&w, PLAN_INSTALL, "v1.10.0", "");
}

static void never_goes_down(void **state)
{
	struct forge f = {0};
	(void)state;
	publish(&f, "v1.0.0"); /* v1.1.0 was withdrawn */
	struct plan_world w = world(&f, "v1.1.0");
	expect(&w, PLAN_NOTHING, NULL, "");
	w.current = "v1.0.0";
	expect(&w, PLAN_NOTHING, NULL, "");
	w.current = "dev";
	expect(&w, PLAN_INSTALL, "v1.0.0", "");
	w.current = "";
	expect(&w, PLAN_INSTALL, "v1.0.0", "");
}

static void takes_no_draft_and_no_prerelease(void **state)
{
	struct forge f = {0};
	(void)state;
	publish(&f, "v2.0.0")->draft = true;
	publish(&f, "v1.9.0")->prerelease = true;
	publish(&f, "v1.8.0-rc.1"); /* the flag was forgotten */
	publish(&f, "nightly");
	publish(&f, "../../etc");
	struct plan_world w = world(&f, "v1.0.0");
	expect(&w, PLAN_NOTHING, NULL, "");
	w.wanted = "v1.9.0"; /* by name, a prerelease is what was asked for */
	expect(&w, PLAN_INSTALL, "v1.9.0", "");
	w.wanted = "v2.0.0";
	expect(&w, PLAN_REFUSED, "v2.0.0", "is a draft");
	w.wanted = "v7";
	expect(&w, PLAN_REFUSED, NULL, "");
}

static void waits_for_assets(void **state)
{
	struct forge f = {0};
	(void)state;
	struct release *late = publish(&f, "v1.2.0");
	publish(&f, "v1.1.0");
	struct plan_world w = world(&f, "v1.0.0");
	late->published = NOW - 60;
	late->assets[0].uploaded = false;
	expect(&w, PLAN_WAIT, "v1.2.0", "still being uploaded");
	late->nassets = 0;
	expect(&w, PLAN_WAIT, "v1.2.0", "no assets");
	late->published = NOW - PLAN_PATIENCE - 1; /* it will not come any more */
	expect(&w, PLAN_INSTALL, "v1.1.0", "");
}

static void waits_for_the_checksums(void **state)
{
	struct forge f = {0};
	(void)state;
	struct release *r = publish(&f, "v1.1.0");
	r->published = NOW;
	r->nassets = 2;
	r->assets[1] = (struct release_asset){(char *)"checksums.txt", (char *)"", (char *)"", 10, false, "", 0};
	struct plan_world w = world(&f, "v1.0.0");
	expect(&w, PLAN_WAIT, "v1.1.0", "checksums.txt is still being uploaded");
	r->assets[1].uploaded = true;
	expect(&w, PLAN_INSTALL, "v1.1.0", "");
}

static void does_not_try_a_bad_one_again(void **state)
{
	struct forge f = {0};
	struct plan_bad bad = {"v1.2.0", DIGEST, "it died", 1};
	(void)state;
	struct release *r = publish(&f, "v1.2.0");
	struct plan_world w = world(&f, "v1.0.0");
	w.bad = &bad;
	w.nbad = 1;
	expect(&w, PLAN_REFUSED, "v1.2.0", "was tried and is bad: it died");
	memcpy(r->assets[0].digest, OTHER, sizeof(OTHER)); /* its bytes changed */
	expect(&w, PLAN_INSTALL, "v1.2.0", "");
	bad.digest[0] = '\0'; /* a mark against whatever has this tag */
	expect(&w, PLAN_REFUSED, "v1.2.0", "bad");
	w.wanted = "v1.2.0";
	expect(&w, PLAN_INSTALL, "v1.2.0", "");
	w.wanted = NULL;
	publish(&f, "v1.3.0"); /* the next one heals */
	expect(&w, PLAN_INSTALL, "v1.3.0", "");
}

static void respects_that_a_person_went_back(void **state)
{
	struct forge f = {0};
	(void)state;
	publish(&f, "v1.1.0");
	publish(&f, "v1.2.0");
	struct plan_world w = world(&f, "v1.0.0");
	w.floor = "v1.2.0";
	expect(&w, PLAN_NOTHING, NULL, "");
	w.wanted = "v1.1.0";
	expect(&w, PLAN_INSTALL, "v1.1.0", "");
	w.wanted = NULL;
	publish(&f, "v1.2.1");
	expect(&w, PLAN_INSTALL, "v1.2.1", "");
}

static void names_what_cannot_be_chosen(void **state)
{
	struct forge f = {0};
	(void)state;
	struct release *r = publish(&f, "v1.1.0");
	r->nassets = 2;
	r->assets[1] = r->assets[0];
	r->assets[1].name = (char *)"tool_linux_amd64.tar.gz";
	struct plan_world w = world(&f, "v1.0.0");
	expect(&w, PLAN_REFUSED, "v1.1.0", "several assets fit");
	r->published = NOW; /* more assets do not make fewer */
	expect(&w, PLAN_REFUSED, "v1.1.0", "several assets fit");
	r->assets[0].name = (char *)"app_linux_arm64.tar.gz";
	r->nassets = 1;
	r->published = NOW - 86400;
	expect(&w, PLAN_REFUSED, "v1.1.0", "another processor");
}

static void expect_reason(const struct plan_world *w, size_t i, const char *reason)
{
	struct plan plan;
	assert_int_equal(plan_make(w, &plan), 0);
	assert_int_not_equal(plan.findings[i].verdict, PLAN_FITS);
	if (strstr(plan.findings[i].reason, reason) == NULL)
		fail_msg("%s: %s", w->list->releases[i].tag, plan.findings[i].reason);
	plan_free(&plan);
}

static void follows_a_channel(void **state)
{
	static const struct channel all = {CHANNEL_PRERELEASE, "", ""}, beta = {CHANNEL_SUFFIX, "beta", ""};
	struct forge f = {0};
	(void)state;
	publish(&f, "v2.0.0-rc.1");
	publish(&f, "v1.9.0-beta.2"); /* its flag was forgotten */
	publish(&f, "v1.8.0")->prerelease = true;
	publish(&f, "v1.7.0");
	struct plan_world w = world(&f, "v1.0.0");
	expect(&w, PLAN_INSTALL, "v1.7.0", "");
	w.channel = &beta;
	expect(&w, PLAN_INSTALL, "v1.9.0-beta.2", "");
	expect_reason(&w, 0, "is a prerelease, and not of GH_CHANNEL=-beta");
	expect_reason(&w, 2, "is a prerelease, and not of");
	w.channel = &all;
	expect(&w, PLAN_INSTALL, "v2.0.0-rc.1", "");
	publish(&f, "v2.0.0"); /* what it was a candidate for */
	expect(&w, PLAN_INSTALL, "v2.0.0", "");
	w.channel = &beta;
	expect(&w, PLAN_INSTALL, "v2.0.0", "");
	w.current = "v2.0.0";
	expect(&w, PLAN_NOTHING, NULL, "");
}

static void stays_within_the_pin(void **state)
{
	char why[200];
	struct pin pin;
	struct forge f = {0};
	(void)state;
	publish(&f, "v2.1.0");
	publish(&f, "v1.9.0");
	publish(&f, "v1.8.0");
	struct plan_world w = world(&f, "v1.0.0");
	assert_true(pin_parse("^1", &pin, why, sizeof(why)));
	w.pin = &pin;
	expect(&w, PLAN_INSTALL, "v1.9.0", "");
	expect_reason(&w, 0, "is outside GH_PIN=^1");
	w.current = "v2.0.0"; /* outside: it does not go down by itself, and not up either */
	expect(&w, PLAN_NOTHING, NULL, "");
	w.wanted = "v2.1.0";
	expect(&w, PLAN_INSTALL, "v2.1.0", "");
	w.wanted = NULL;
	w.current = "v1.0.0";
	assert_true(pin_parse("v1.8.0", &pin, why, sizeof(why)));
	expect(&w, PLAN_INSTALL, "v1.8.0", "");
}

static void skips_what_is_to_be_skipped(void **state)
{
	struct forge f = {0};
	(void)state;
	publish(&f, "v1.2.0");
	publish(&f, "v1.1.0");
	struct plan_world w = world(&f, "v1.0.0");
	w.skip = "1.2.0, v3";
	expect(&w, PLAN_INSTALL, "v1.1.0", "");
	expect_reason(&w, 0, "is in UPDATE_SKIP");
	w.wanted = "v1.2.0";
	expect(&w, PLAN_INSTALL, "v1.2.0", "");
}

static void waits_until_it_is_old_enough(void **state)
{
	struct plan plan;
	struct forge f = {0};
	(void)state;
	struct release *newest = publish(&f, "v1.3.0"), *middle = publish(&f, "v1.2.0");
	struct plan_world w = world(&f, "v1.0.0");
	w.min_age = 86400;
	newest->published = NOW - 3600;
	middle->published = NOW - 7200;
	expect(&w, PLAN_WAIT, "v1.3.0", "is too young: UPDATE_MIN_AGE is over at 2023-11-15 21:13:20 UTC");
	assert_int_equal(plan_make(&w, &plan), 0);
	assert_int_equal(plan.eligible, NOW - 7200 + 86400); /* of the one that is the first to be */
	plan_free(&plan);
	w.now += 86400 - 7201;
	expect(&w, PLAN_WAIT, "v1.3.0", "too young");
	w.now++;
	expect(&w, PLAN_INSTALL, "v1.2.0", ""); /* a project that releases every hour holds nobody back */
	w.now += 3600;
	expect(&w, PLAN_INSTALL, "v1.3.0", "");
	w.now = NOW;
	w.wanted = "v1.3.0";
	expect(&w, PLAN_INSTALL, "v1.3.0", "");
	w.wanted = NULL;
	newest->published = NOW - 60;
	newest->nassets = 0; /* its assets are late as well: there is time */
	expect(&w, PLAN_WAIT, "v1.3.0", "too young");
}

/* Whoever takes a project over may exchange the assets of an old release, so that nothing looks new. */
static void an_exchanged_asset_is_young(void **state)
{
	struct forge f = {0};
	(void)state;
	struct release *r = publish(&f, "v1.1.0");
	struct plan_world w = world(&f, "v1.0.0");
	w.min_age = 3600;
	expect(&w, PLAN_INSTALL, "v1.1.0", "");
	r->assets[0].created = NOW - 86400 + 60; /* uploaded right after it was published */
	expect(&w, PLAN_INSTALL, "v1.1.0", "");
	r->assets[0].created = NOW - 600;
	expect(&w, PLAN_WAIT, "v1.1.0", "is too young: UPDATE_MIN_AGE is over at 2023-11-14 23:03:20 UTC");
	w.min_age = 0;
	expect(&w, PLAN_INSTALL, "v1.1.0", "");
}

static void an_unknown_age_is_never_enough(void **state)
{
	struct plan plan;
	struct forge f = {0};
	(void)state;
	publish(&f, "v1.2.0")->published = 0;
	struct plan_world w = world(&f, "v1.0.0");
	expect(&w, PLAN_INSTALL, "v1.2.0", "");
	w.min_age = 1;
	expect(&w, PLAN_WAIT, "v1.2.0", "does not say when");
	assert_int_equal(plan_make(&w, &plan), 0);
	assert_int_equal(plan.eligible, 0);
	plan_free(&plan);
}

static void keeps_to_its_project(void **state)
{
	struct forge f = {0};
	(void)state;
	publish(&f, "lib-v9.0.0");
	publish(&f, "app-v1.2.0");
	struct plan_world w = world(&f, "app-v1.0.0");
	expect(&w, PLAN_INSTALL, "app-v1.2.0", "");
	expect_reason(&w, 0, "is another project's than app-v1.0.0");
	w.current = "dev"; /* which one is meant? */
	expect(&w, PLAN_NOTHING, NULL, "");
	expect_reason(&w, 0, "several projects release here (lib-v9.0.0, app-v1.2.0)");
	w.wanted = "app-v1.2.0";
	expect(&w, PLAN_INSTALL, "app-v1.2.0", "");
	w.wanted = NULL;
	w.current = "app-v1.0.0";
	w.floor = "lib-v9.0.0"; /* from where a person came is another project */
	expect(&w, PLAN_INSTALL, "app-v1.2.0", "");
	w.floor = "";
	w.current = "dev";
	publish(&f, "v1.1.0"); /* that is the repository's own */
	expect(&w, PLAN_INSTALL, "v1.1.0", "");
	w.current = "v1.0.0";
	expect(&w, PLAN_INSTALL, "v1.1.0", "");
	struct forge one = {0};
	publish(&one, "app-v1.2.0");
	publish(&one, "app-v1.3.0");
	struct plan_world alone = world(&one, "");
	expect(&alone, PLAN_INSTALL, "app-v1.3.0", "");
}

/* No version anywhere: the last one published is the newest, and nothing older than what runs comes. */
static void goes_by_time_where_there_are_no_versions(void **state)
{
	struct plan plan;
	char why[200];
	struct pin pin;
	struct forge f = {0};
	(void)state;
	publish(&f, "build-9")->published = NOW - 300;
	publish(&f, "build-10")->published = NOW - 400;
	publish(&f, "nightly-2024-05-01")->published = NOW - 500;
	struct plan_world w = world(&f, "");
	expect(&w, PLAN_INSTALL, "build-9", "");
	assert_int_equal(plan_make(&w, &plan), 0);
	assert_true(plan.by_time);
	plan_free(&plan);
	w.current = "dev";
	expect(&w, PLAN_INSTALL, "build-9", "");
	w.current = "build-10";
	w.current_published = NOW - 400;
	expect(&w, PLAN_INSTALL, "build-9", "");
	expect_reason(&w, 2, "is not newer than build-10");
	w.floor = "build-9";
	w.floor_published = NOW - 300;
	expect(&w, PLAN_NOTHING, NULL, "");
	expect_reason(&w, 0, "a person went back from build-9");
	w.floor = "";
	assert_true(pin_parse("=build-10", &pin, why, sizeof(why)));
	w.pin = &pin;
	expect(&w, PLAN_NOTHING, NULL, "");
	w.pin = NULL;
	w.wanted = "nightly-2024-05-01"; /* older, by name */
	expect(&w, PLAN_INSTALL, "nightly-2024-05-01", "");
	w.wanted = NULL;
	w.min_age = 350;
	w.current = "nightly-2024-05-01";
	w.current_published = NOW - 500;
	expect(&w, PLAN_INSTALL, "build-10", "");
	w.min_age = 0;
	f.releases[0].published = f.releases[1].published = 0; /* when is not known: not after anything */
	expect(&w, PLAN_NOTHING, NULL, "");
}

/* One version, and those count alone. */
static void versions_beside_what_is_none(void **state)
{
	struct forge f = {0};
	(void)state;
	publish(&f, "nightly")->published = NOW - 100;
	publish(&f, "v1.0.0")->published = NOW - 1000;
	struct plan_world w = world(&f, "");
	expect(&w, PLAN_INSTALL, "v1.0.0", "");
	expect_reason(&w, 0, "its tag is no version (like v1.2.3), and v1.0.0 is one");
	w.current = "v1.0.0";
	expect(&w, PLAN_NOTHING, NULL, "");
	w.current = "build-7"; /* from before there were versions, or installed by name */
	w.current_published = NOW - 2000;
	expect(&w, PLAN_INSTALL, "v1.0.0", "");
	w.current_published = NOW - 500;
	expect(&w, PLAN_NOTHING, NULL, "");
	expect_reason(&w, 1, "is not newer than build-7");
	w.current_published = 0;
	expect(&w, PLAN_INSTALL, "v1.0.0", "");
	f.list.count = 1; /* only the nightly is left, but versions are what is followed */
	w.current = "v1.0.0";
	expect(&w, PLAN_NOTHING, NULL, "");
	w.wanted = "nightly";
	expect(&w, PLAN_INSTALL, "nightly", "");
}

static void a_tag_that_moved_is_suspicious(void **state)
{
	struct plan plan;
	struct forge f = {0};
	(void)state;
	publish(&f, "v1.0.0");
	struct plan_world w = world(&f, "v1.0.0");
	w.current_asset = "app_linux_amd64.tar.gz";
	w.current_digest = DIGEST;
	expect_reason(&w, 0, "is what runs");
	w.current_digest = OTHER;
	expect(&w, PLAN_NOTHING, NULL, "");
	expect_reason(
		&w, 0,
		"the forge has another app_linux_amd64.tar.gz under this tag now: its sha256 was bbbbbbbbbbbbbbbb..., "
		"and is aaaaaaaaaaaaaaaa...");
	w.wanted = "v1.0.0";
	expect(&w, PLAN_REFUSED, "v1.0.0", "the forge has another");
	w.wanted = NULL;
	w.current_asset = "other.tar.gz"; /* GH_ASSET was another one then */
	assert_int_equal(plan_make(&w, &plan), 0);
	assert_string_equal(plan.findings[0].reason, "is what runs");
	assert_false(plan.findings[0].moved);
	plan_free(&plan);
	w.current_asset = "app_linux_amd64.tar.gz";
	w.current_digest = ""; /* came with the image */
	expect(&w, PLAN_NOTHING, NULL, "");
	publish(&f, "v1.1.0"); /* it says nothing of the next release */
	w.current_digest = OTHER;
	expect(&w, PLAN_INSTALL, "v1.1.0", "");
}

/* A release of which the forge has these files, the archive first; "-" before a name: it has no digest. */
static struct release *publish_files(struct forge *f, struct release_asset *assets, const char *const *names)
{
	struct release *r = publish(f, "v1.1.0");
	r->nassets = 0;
	for (; names[r->nassets] != NULL; r->nassets++) {
		const char *name = names[r->nassets];
		assets[r->nassets] = f->assets[0][0];
		assets[r->nassets].name = (char *)(*name == '-' ? name + 1 : name);
		if (*name == '-')
			assets[r->nassets].digest[0] = '\0';
	}
	r->assets = assets;
	return r;
}

#define ARCHIVE "app_linux_amd64.tar.gz"

static void takes_only_what_enough_vouches_for(void **state)
{
	static const struct {
		struct trust_rule rule;
		unsigned kinds;
		const char *names[6];
		const char *reason; /* NULL: it fits */
		enum trust trust;
	} table[] = {
		/* nothing is set */
		{{0}, 0, {ARCHIVE}, NULL, TRUST_DIGEST},
		{{0}, 0, {"-" ARCHIVE, "SHA256SUMS"}, NULL, TRUST_CHECKSUMS},
		{{0}, 0, {"-" ARCHIVE}, "nothing vouches for it: the forge says no digest of it", TRUST_NONE},
		{{0}, 0, {"-" ARCHIVE, ARCHIVE ".minisig"}, "(UPDATE_VERIFY=none takes it all the same)", TRUST_NONE},
		/* less than last time */
		{{.last = TRUST_CHECKSUMS}, 0, {ARCHIVE, "SHA256SUMS"}, NULL, TRUST_CHECKSUMS},
		{{.last = TRUST_CHECKSUMS},
		 0,
		 {ARCHIVE},
		 "only the forge's digest vouches for it, and the last release was verified by its checksums "
		 "(UPDATE_VERIFY=digest takes it all the same)",
		 TRUST_DIGEST},
		{{.last = TRUST_SIGNATURE},
		 0,
		 {ARCHIVE, "SHA256SUMS", ARCHIVE ".minisig"},
		 "only a checksums file vouches for it, and the last release was verified by its signature "
		 "(UPDATE_VERIFY=checksums takes it all the same)",
		 TRUST_CHECKSUMS},
		/* named */
		{{true, TRUST_NONE, false, TRUST_SIGNATURE}, 0, {"-" ARCHIVE}, NULL, TRUST_NONE},
		{{true, TRUST_DIGEST, false, TRUST_SIGNATURE}, 0, {ARCHIVE}, NULL, TRUST_DIGEST},
		{{true, TRUST_CHECKSUMS, false, 0},
		 0,
		 {ARCHIVE},
		 "forge's digest vouches for it, and UPDATE_VERIFY=checksums",
		 TRUST_DIGEST},
		/* keys are pinned */
		{{.pinned = true}, KEY_MINISIGN, {ARCHIVE, ARCHIVE ".minisig"}, NULL, TRUST_SIGNATURE},
		{{.pinned = true}, KEY_P256, {ARCHIVE, "SHA256SUMS", "SHA256SUMS.sig"}, NULL, TRUST_SIGNATURE},
		{{.pinned = true}, KEY_P256, {ARCHIVE}, "no signature of the kind of a pinned key", TRUST_DIGEST},
		{{.pinned = true}, KEY_P256, {ARCHIVE, ARCHIVE ".minisig"}, "no signature of the kind", TRUST_DIGEST},
		{{.pinned = true}, KEY_P256, {ARCHIVE, "SHA256SUMS"}, "only a checksums file vouches", TRUST_CHECKSUMS},
		{{true, TRUST_SIGNATURE, true, 0},
		 KEY_MINISIGN,
		 {ARCHIVE},
		 "and UPDATE_VERIFY=signature",
		 TRUST_DIGEST},
		{{true, TRUST_DIGEST, true, 0}, KEY_MINISIGN, {ARCHIVE}, NULL, TRUST_DIGEST},
		{{true, TRUST_DIGEST, true, 0}, KEY_MINISIGN, {ARCHIVE, ARCHIVE ".minisig"}, NULL, TRUST_SIGNATURE},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct forge f = {0};
		struct release_asset assets[6];
		struct release *r = publish_files(&f, assets, table[i].names);
		struct plan_world w = world(&f, "v1.0.0");
		struct plan plan;
		print_message("row %zu\n", i);
		w.trust = table[i].rule;
		w.kinds = table[i].kinds;
		assert_int_equal(plan_make(&w, &plan), 0);
		assert_int_equal(plan.findings[0].trust, table[i].trust);
		assert_int_equal(plan.decision, table[i].reason == NULL ? PLAN_INSTALL : PLAN_REFUSED);
		if (table[i].reason != NULL)
			assert_non_null(strstr(plan.findings[0].reason, table[i].reason));
		plan_free(&plan);
		w.wanted = "v1.1.0"; /* a person who names it gets no less */
		assert_int_equal(plan_make(&w, &plan), 0);
		assert_int_equal(plan.decision, table[i].reason == NULL ? PLAN_INSTALL : PLAN_REFUSED);
		plan_free(&plan);
		w.wanted = NULL;
		r->published = NOW - 100; /* what is missing may come yet */
		assert_int_equal(plan_make(&w, &plan), 0);
		assert_int_equal(plan.decision, table[i].reason == NULL ? PLAN_INSTALL : PLAN_WAIT);
		plan_free(&plan);
	}
}

static void waits_for_the_signature(void **state)
{
	static const char *const names[] = {ARCHIVE, "SHA256SUMS", "SHA256SUMS.minisig", NULL};
	struct forge f = {0};
	struct release_asset assets[6];
	(void)state;
	struct release *r = publish_files(&f, assets, names);
	struct plan_world w = world(&f, "v1.0.0");
	w.trust.pinned = true;
	w.kinds = KEY_MINISIGN;
	r->published = NOW - 100;
	assets[2].uploaded = false;
	expect(&w, PLAN_WAIT, "v1.1.0", "SHA256SUMS.minisig is still being uploaded");
	assets[2].uploaded = true;
	assets[2].size = 0;
	expect(&w, PLAN_WAIT, "v1.1.0", "SHA256SUMS.minisig is empty");
	r->published = NOW - 86400;
	expect(&w, PLAN_REFUSED, "v1.1.0", "SHA256SUMS.minisig is empty");
	assets[2].size = 10241;
	expect(&w, PLAN_REFUSED, "v1.1.0", "SHA256SUMS.minisig is larger than 10 KiB");
	assets[2].size = RELEASE_UNSIZED;
	expect(&w, PLAN_INSTALL, "v1.1.0", "");
}

/* A signature over bytes says nothing of the release they stand in: of that the name says something. */
static void an_old_archive_under_a_new_tag(void **state)
{
	static const char *const names[] = {"app_1.0.5_linux_amd64.tar.gz", "app_1.0.5_linux_amd64.tar.gz.minisig",
					    NULL};
	struct forge f = {0};
	struct release_asset assets[6];
	(void)state;
	publish_files(&f, assets, names);
	struct plan_world w = world(&f, "v1.0.0");
	expect(&w, PLAN_INSTALL, "v1.1.0", ""); /* as whoever has no key always did */
	w.trust.pinned = true;
	w.kinds = KEY_MINISIGN;
	expect(&w, PLAN_REFUSED, "v1.1.0", "app_1.0.5_linux_amd64.tar.gz is named after another version");
}

/* The forge leads on from an old name, wherever that is. */
static void follows_nobody_to_a_stranger(void **state)
{
	struct forge f = {0};
	(void)state;
	struct release *r = publish(&f, "v1.1.0");
	struct plan_world w = world(&f, "v1.0.0");
	w.url = "https://github.com";
	w.owner = "me";
	static const char *const ours[] = {
		"https://github.com/me/app/releases/download/v1.1.0/a.tgz",
		"https://github.com/Me/app/releases/download/v1.1.0/a.tgz",
		"https://github.com/me/renamed/releases/download/v1.1.0/a.tgz",
		"https://elsewhere.example/you/app/releases/download/v1.1.0/a.tgz",
		"https://github.com.example/you/app/releases/download/v1.1.0/a.tgz",
		"https://github.com/group/project/-/releases/v1.1.0/downloads/a.tgz",
		"https://github.com/you",
		"https://github.com/",
	};
	static const char *const others[] = {
		"https://github.com/you/app/releases/download/v1.1.0/a.tgz",
		"https://github.com/me2/app/releases/download/v1.1.0/a.tgz",
		"https://github.com/m/app/releases/download/v1.1.0/a.tgz",
	};
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		r->assets[0].url = (char *)ours[i];
		expect(&w, PLAN_INSTALL, "v1.1.0", "");
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		r->assets[0].url = (char *)others[i];
		expect(&w, PLAN_REFUSED, "v1.1.0", "'s now, as app: set GH_USER and GH_REPO to follow it there");
		w.wanted = "v1.1.0";
		expect(&w, PLAN_REFUSED, "v1.1.0", "the repository is ");
		w.wanted = NULL;
	}
	w.owner = NULL;
	expect(&w, PLAN_INSTALL, "v1.1.0", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_the_newest_by_version),
		cmocka_unit_test(never_goes_down),
		cmocka_unit_test(takes_no_draft_and_no_prerelease),
		cmocka_unit_test(waits_for_assets),
		cmocka_unit_test(waits_for_the_checksums),
		cmocka_unit_test(does_not_try_a_bad_one_again),
		cmocka_unit_test(respects_that_a_person_went_back),
		cmocka_unit_test(names_what_cannot_be_chosen),
		cmocka_unit_test(follows_nobody_to_a_stranger),
		cmocka_unit_test(an_exchanged_asset_is_young),
		cmocka_unit_test(follows_a_channel),
		cmocka_unit_test(stays_within_the_pin),
		cmocka_unit_test(skips_what_is_to_be_skipped),
		cmocka_unit_test(waits_until_it_is_old_enough),
		cmocka_unit_test(goes_by_time_where_there_are_no_versions),
		cmocka_unit_test(versions_beside_what_is_none),
		cmocka_unit_test(a_tag_that_moved_is_suspicious),
		cmocka_unit_test(an_unknown_age_is_never_enough),
		cmocka_unit_test(keeps_to_its_project),
		cmocka_unit_test(takes_only_what_enough_vouches_for),
		cmocka_unit_test(waits_for_the_signature),
		cmocka_unit_test(an_old_archive_under_a_new_tag),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
