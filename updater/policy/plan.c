#include "updater/policy/plan.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "lib/text.h"
#include "updater/policy/order.h"
#include "updater/policy/skip.h"
#include "updater/policy/when.h"

/* Writes the reason against a release; one that is too long for its place is cut, being for people only. */
#define AGAINST(f, ...) ((void)text_cut((f)->reason, sizeof((f)->reason), __VA_ARGS__))

/* The bad mark that stands against this tag and digest. A mark without a digest stands against all of them. */
static const struct plan_bad *bad_mark(const struct plan_world *w, const char *tag, const char *digest)
{
	for (size_t i = 0; i < w->nbad; i++) {
		const struct plan_bad *b = &w->bad[i];
		if (strcmp(b->tag, tag) == 0 && (b->digest[0] == '\0' || strcmp(b->digest, digest) == 0))
			return b;
	}
	return NULL;
}

/* A world, and what was found out from all of its releases at once. */
struct court {
	const struct plan_world *w;
	const char *line;  /* a tag of the line that is followed; NULL: there are no versions, the time decides */
	const char *rival; /* nothing runs, and there are several lines to choose from: a tag of another one */
};

/* The line that is followed: that of what runs; else bare versions; else the only project there is. */
static void find_line(struct court *c)
{
	const struct plan_world *w = c->w;
	c->line = version_is(w->current) ? w->current : NULL;
	for (size_t i = 0; c->line != w->current && i < w->list->count; i++) {
		const char *tag = w->list->releases[i].tag;
		if (version_tag_fault(tag) != NULL || !version_is(tag))
			continue;
		if (version_line(tag) == 0) {
			c->line = tag;
			c->rival = NULL;
			return;
		}
		if (c->line == NULL)
			c->line = tag;
		else if (!version_same_line(tag, c->line))
			c->rival = tag;
	}
}

static bool is_newer(const struct plan_world *w, const struct release *r)
{
	bool version = version_is(r->tag);
	if (version && version_is(w->current))
		return version_compare(r->tag, w->current) > 0;
	if (w->current[0] == '\0' || (version && w->current_published == 0))
		return true;
	return r->published > w->current_published;
}

/* A person went back from a release that this one is not above. Another project's does not count. */
static bool is_below_floor(const struct plan_world *w, const struct release *r)
{
	if (w->floor[0] == '\0' || (version_is(w->floor) && version_is(r->tag) && !version_same_line(w->floor, r->tag)))
		return false;
	return order_compare(r->tag, r->published, w->floor, w->floor_published) <= 0;
}

/* What the policy says against a release that is newer or might be; it does not apply to one that was asked for. */
static bool policy_speaks_against(const struct court *c, const struct release *r, struct plan_finding *f)
{
	static const struct channel stable = {0};
	const struct plan_world *w = c->w;
	const struct channel *channel = w->channel != NULL ? w->channel : &stable;
	if (w->skip != NULL && skip_names(w->skip, r->tag))
		AGAINST(f, "is in UPDATE_SKIP");
	else if (c->line != NULL && !version_is(r->tag))
		AGAINST(f, "its tag is no version (like v1.2.3), and %s is one", c->line);
	else if (c->rival != NULL)
		AGAINST(f, "several projects release here (%s, %s): install one by name, it is followed then", c->line,
			c->rival);
	else if (c->line != NULL && !version_same_line(r->tag, c->line))
		AGAINST(f, "is another project's than %s", c->line);
	else if (!channel_takes(channel, r->tag, r->prerelease))
		AGAINST(f, "is a prerelease%s%s", channel->kind == CHANNEL_SUFFIX ? ", and not of GH_CHANNEL=-" : "",
			channel->word);
	else if (!is_newer(w, r))
		AGAINST(f, "is not newer than %s", w->current);
	else if (w->pin != NULL && !pin_allows(w->pin, r->tag))
		AGAINST(f, "is outside GH_PIN=%s", w->pin->text);
	else if (is_below_floor(w, r))
		AGAINST(f, "a person went back from %s (moult update %s takes it all the same)", w->floor, r->tag);
	else
		return false;
	return true;
}

/* The archive that runs was exchanged on the forge: nobody can tell why, and its tag means two things by now. */
static bool has_moved(const struct plan_world *w, const struct release *r, struct plan_finding *f)
{
	if (w->current_asset == NULL || w->current_digest == NULL || w->current_digest[0] == '\0')
		return false;
	for (size_t i = 0; i < r->nassets; i++) {
		const struct release_asset *a = &r->assets[i];
		if (strcmp(a->name, w->current_asset) != 0 || a->digest[0] == '\0' ||
		    strcmp(a->digest, w->current_digest) == 0)
			continue;
		AGAINST(f,
			"is what runs, but the forge has another %s under this tag now: its sha256 was %.16s..., "
			"and is %.16s...; it is not taken",
			a->name, w->current_digest, a->digest);
		return true;
	}
	return false;
}

/* What its tag and flags alone say against a release. */
static bool tag_speaks_against(const struct court *c, const struct release *r, struct plan_finding *f)
{
	const struct plan_world *w = c->w;
	const char *fault = version_tag_fault(r->tag);
	if (fault != NULL)
		AGAINST(f, "its tag %s", fault);
	else if (w->wanted != NULL && strcmp(w->wanted, r->tag) != 0)
		AGAINST(f, "not the one asked for");
	else if (strcmp(r->tag, w->current) == 0 && has_moved(w, r, f))
		f->moved = true;
	else if (strcmp(r->tag, w->current) == 0)
		AGAINST(f, "is what runs");
	else if (r->draft)
		AGAINST(f, "is a draft");
	else
		return w->wanted == NULL && policy_speaks_against(c, r, f);
	return true;
}

/* The names of a release's assets, for the functions of updater/policy/asset. NULL: ENOMEM. The caller frees it. */
static const char **asset_names(const struct release *r)
{
	const char **names = calloc(r->nassets + 1, sizeof(*names));
	for (size_t i = 0; names != NULL && i < r->nassets; i++)
		names[i] = r->assets[i].name;
	return names;
}

/* Since when a release is what it is: an asset that was put in the place of another one makes it young again. */
static int64_t born(const struct release *r)
{
	int64_t born = r->published;
	for (size_t i = 0; r->published > 0 && i < r->nassets; i++)
		if (r->assets[i].created > born)
			born = r->assets[i].created;
	return born;
}

/* UPDATE_MIN_AGE is not over. A release whose age is not known is never old enough. */
static bool is_too_young(const struct plan_world *w, const struct release *r, struct plan_finding *f)
{
	char when[WHEN_TEXT];
	f->eligible = r->published > 0 ? born(r) + (int64_t)w->min_age : 0;
	if (w->min_age == 0 || (f->eligible > 0 && f->eligible <= w->now))
		return false;
	when_text(f->eligible, when);
	if (f->eligible > 0)
		AGAINST(f, "is too young: UPDATE_MIN_AGE is over at %s", when);
	else
		AGAINST(f, "the forge does not say when it was published, and UPDATE_MIN_AGE is set");
	return true;
}

/* The forge keeps a repository's old name working when it moves, also to somebody else: then its assets stand below
 * another owner, as URL/OWNER/REPO/releases/... The asset that does; NULL where all is well, or cannot be told. */
static const char *strangers_page(const struct plan_world *w, const struct release *r)
{
	size_t base = w->url != NULL ? strlen(w->url) : 0, own = w->owner != NULL ? strlen(w->owner) : 0;
	for (size_t i = 0; base > 0 && own > 0 && i < r->nassets; i++) {
		const char *page = r->assets[i].url;
		if (strncmp(page, w->url, base) != 0 || page[base] != '/')
			continue;
		page += base + 1;
		size_t owner = strcspn(page, "/"), repo = page[owner] == '/' ? strcspn(page + owner + 1, "/") : 0;
		bool release = repo > 0 && strncmp(page + owner + 1 + repo, "/releases/", 10) == 0;
		if (release && (owner != own || strncasecmp(page, w->owner, own) != 0))
			return page;
	}
	return NULL;
}

static bool is_a_strangers(const struct plan_world *w, const struct release *r, struct plan_finding *f)
{
	const char *page = strangers_page(w, r);
	if (page == NULL)
		return false;
	size_t owner = strcspn(page, "/"), repo = strcspn(page + owner + 1, "/");
	AGAINST(f, "the repository is %.*s's now, as %.*s: set GH_USER and GH_REPO to follow it there",
		owner > 100 ? 100 : (int)owner, page, repo > 100 ? 100 : (int)repo, page + owner + 1);
	return true;
}

/* What is wrong with one of the files that it takes. */
static const char *file_fault(const struct release_asset *a, bool is_signature)
{
	if (!a->uploaded)
		return "still being uploaded";
	if (is_signature && a->size == 0)
		return "empty";
	if (is_signature && a->size > SIGNATURE_SIZE_MAX && a->size != RELEASE_UNSIZED)
		return "larger than 10 KiB, and no signature";
	return NULL;
}

/* True when all files that it takes are there; else the reason is set. */
static bool is_all_there(const struct release *r, struct plan_finding *f)
{
	int all[2 + SIGNATURE_FORMS] = {f->asset, f->sums};
	memcpy(all + 2, f->signatures, sizeof(f->signatures));
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		const char *fault = all[i] == -1 ? NULL : file_fault(&r->assets[all[i]], i >= 2);
		if (fault == NULL)
			continue;
		AGAINST(f, "%s is %s", r->assets[all[i]].name, fault);
		return false;
	}
	return true;
}

/* What vouches for an asset, and why that is too little. */
static void say_too_little(const struct plan_world *w, enum trust least, struct plan_finding *f)
{
	static const char *const offered[TRUST_LEVELS] = {
		"nothing vouches for it: the forge says no digest of it, and it has no checksums file",
		"only the forge's digest vouches for it",
		"only a checksums file vouches for it",
		"",
	};
	const char *has = offered[f->trust], *less = trust_word(f->trust);
	if (w->trust.named)
		AGAINST(f, "%s, and UPDATE_VERIFY=%s", has, trust_word(least));
	else if (w->trust.pinned)
		AGAINST(f, "%s, and no signature of the kind of a pinned key (UPDATE_VERIFY=%s takes it all the same)",
			has, less);
	else if (w->trust.last == least && least > TRUST_DIGEST)
		AGAINST(f, "%s, and the last release was verified by its %s (UPDATE_VERIFY=%s takes it all the same)",
			has, trust_word(least), less);
	else
		AGAINST(f, "%s (UPDATE_VERIFY=%s takes it all the same)", has, less);
}

/* Finds what vouches for the asset. False when it is too little, with the reason. */
static bool is_vouched_for(const struct plan_world *w, const struct release *r, const char *const *names,
			   struct plan_finding *f)
{
	enum trust least = trust_least(&w->trust);
	f->sums = signature_sums(names, r->nassets, (size_t)f->asset, w->kinds);
	if (signature_find(names, r->nassets, (size_t)f->asset, f->sums, w->kinds, f->signatures))
		f->trust = TRUST_SIGNATURE;
	else if (f->sums != -1)
		f->trust = TRUST_CHECKSUMS;
	else
		f->trust = r->assets[f->asset].digest[0] != '\0' ? TRUST_DIGEST : TRUST_NONE;
	if (f->trust < least)
		say_too_little(w, least, f);
	return f->trust >= least;
}

static void judge_assets(const struct plan_world *w, const struct release *r, const char *const *names,
			 struct plan_finding *f)
{
	bool fresh = w->now - r->published < PLAN_PATIENCE;
	f->asset = asset_pick(names, r->nassets, r->tag, w->pattern, &w->host, f->reason, sizeof(f->reason));
	if (f->asset == -1) {
		/* A release is seen before its assets are: for an hour a missing one is only late. */
		bool late = fresh && strncmp(f->reason, "several", 7) != 0;
		f->verdict = late ? PLAN_PENDING : PLAN_REJECTED;
		return;
	}
	if (!is_vouched_for(w, r, names, f) || !is_all_there(r, f)) {
		f->verdict = fresh ? PLAN_PENDING : PLAN_REJECTED;
		return;
	}
	const struct release_asset *a = &r->assets[f->asset];
	const struct plan_bad *bad = w->wanted == NULL ? bad_mark(w, r->tag, a->digest) : NULL;
	if (bad != NULL)
		AGAINST(f, "was tried and is bad: %s", bad->reason);
	else if (a->size == 0)
		AGAINST(f, "%s is empty", a->name);
	else if (f->trust == TRUST_SIGNATURE && signature_is_of_another(a->name, r->tag))
		AGAINST(f, "%s is named after another version, whose signature proves nothing here", a->name);
	else
		f->verdict = PLAN_FITS;
}

/* What a branch is at is wanted unless it runs, or was found wanting: there is nothing to compare it with. */
static void judge_commit(const struct plan_world *w, const struct release *r, struct plan_finding *f)
{
	const struct plan_bad *bad = bad_mark(w, r->tag, "");
	const char *fault = version_tag_fault(r->tag);
	if (fault != NULL || r->nassets == 0) {
		AGAINST(f, "its %s", fault != NULL ? "tag cannot be a path" : "sources are nowhere");
		return;
	}
	f->asset = 0;
	if (w->wanted != NULL && strcmp(w->wanted, r->tag) != 0) {
		AGAINST(f, "not the one asked for");
	} else if (strcmp(r->tag, w->current) == 0) {
		AGAINST(f, "is what runs");
	} else if (w->wanted == NULL && w->skip != NULL && skip_names(w->skip, r->tag)) {
		AGAINST(f, "is in UPDATE_SKIP");
	} else if (w->wanted == NULL && strcmp(r->tag, w->floor) == 0) {
		AGAINST(f, "a person went back from it (moult update %s takes it all the same)", r->tag);
	} else if (w->wanted == NULL && bad != NULL) {
		f->considered = true;
		AGAINST(f, "was tried and is bad: %s", bad->reason);
	} else {
		f->considered = true;
		f->verdict = PLAN_FITS;
	}
}

static int judge(const struct court *c, const struct release *r, struct plan_finding *f)
{
	*f = (struct plan_finding){.verdict = PLAN_REJECTED, .asset = -1, .sums = -1, .signatures = {-1, -1, -1, -1}};
	if (c->w->channel != NULL && c->w->channel->kind == CHANNEL_BRANCH) {
		judge_commit(c->w, r, f);
		return 0;
	}
	if (tag_speaks_against(c, r, f))
		return 0;
	f->considered = true;
	if (is_a_strangers(c->w, r, f))
		return 0;
	const char **names = asset_names(r);
	if (names == NULL)
		return -1;
	judge_assets(c->w, r, names, f);
	if (f->verdict != PLAN_REJECTED && c->w->wanted == NULL && is_too_young(c->w, r, f))
		f->verdict = PLAN_YOUNG;
	free(names);
	return 0;
}

static int compare(const struct plan_world *w, int i, int j)
{
	const struct release *a = &w->list->releases[i], *b = &w->list->releases[j];
	return order_compare(a->tag, a->published, b->tag, b->published);
}

/* Of the releases with this verdict the newest, -1 none. Of the rejected ones those count that are so for what they
 * hold and not for what they are: people want to hear of that. */
static int newest(const struct plan_world *w, const struct plan *plan, enum plan_verdict verdict)
{
	int best = -1;
	for (size_t i = 0; i < plan->count; i++) {
		if (plan->findings[i].verdict != verdict || !plan->findings[i].considered)
			continue;
		if (best == -1 || compare(w, (int)i, best) > 0)
			best = (int)i;
	}
	return best;
}

/* When the first of those that are too young is old enough; 0: none is, or it is not known. */
static int64_t first_eligible(const struct plan *plan)
{
	int64_t first = 0;
	for (size_t i = 0; i < plan->count; i++) {
		const struct plan_finding *f = &plan->findings[i];
		if (f->verdict == PLAN_YOUNG && f->eligible > 0 && (first == 0 || f->eligible < first))
			first = f->eligible;
	}
	return first;
}

static void decide(const struct plan_world *w, struct plan *plan)
{
	int fits = newest(w, plan, PLAN_FITS), pending = newest(w, plan, PLAN_PENDING);
	int rejected = newest(w, plan, PLAN_REJECTED), young = newest(w, plan, PLAN_YOUNG);
	plan->eligible = first_eligible(plan);
	/* One restart is better than two: what is newer and nearly there is waited for. What is too young is not: a
	 * project that releases every day would never come to one that is old enough. */
	if (pending != -1 && (fits == -1 || compare(w, pending, fits) > 0)) {
		plan->decision = PLAN_WAIT;
		plan->chosen = pending;
	} else if (fits != -1) {
		plan->decision = PLAN_INSTALL;
		plan->chosen = fits;
	} else if (young != -1) {
		plan->decision = PLAN_WAIT;
		plan->chosen = young;
	} else {
		plan->decision = rejected != -1 || w->wanted != NULL ? PLAN_REFUSED : PLAN_NOTHING;
		plan->chosen = rejected;
	}
	for (size_t i = 0; w->wanted != NULL && plan->decision == PLAN_REFUSED && i < plan->count; i++)
		if (strcmp(w->list->releases[i].tag, w->wanted) == 0)
			plan->chosen = (int)i;
}

int plan_make(const struct plan_world *w, struct plan *plan)
{
	struct court court = {.w = w};
	*plan = (struct plan){.chosen = -1, .count = w->list->count};
	plan->findings = calloc(plan->count + 1, sizeof(*plan->findings));
	if (plan->findings == NULL)
		return -1;
	find_line(&court);
	plan->by_time = court.line == NULL;
	for (size_t i = 0; i < plan->count; i++)
		if (judge(&court, &w->list->releases[i], &plan->findings[i]) == -1) {
			plan_free(plan);
			return -1;
		}
	decide(w, plan);
	return 0;
}

void plan_free(struct plan *plan)
{
	free(plan->findings);
	*plan = (struct plan){.chosen = -1};
}
