#include "updater/policy/plan.h"

#include <stdlib.h>
#include <string.h>
#include "lib/text.h"

/* Writes the reason against a release; one that is too long for its place is cut, being for people only. */
#define AGAINST(f, ...)                                                                                                \
	do {                                                                                                           \
		struct text against_;                                                                                  \
		text_begin(&against_, (f)->reason, sizeof((f)->reason));                                               \
		text_addf(&against_, __VA_ARGS__);                                                                     \
	} while (0)

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

/* What its tag and flags alone say against a release. */
static bool tag_speaks_against(const struct plan_world *w, const struct release *r, struct plan_finding *f)
{
	const char *fault = version_tag_fault(r->tag);
	if (fault != NULL) {
		AGAINST(f, "its tag %s", fault);
		return true;
	}
	if (w->wanted != NULL && strcmp(w->wanted, r->tag) != 0) {
		AGAINST(f, "not the one asked for");
		return true;
	}
	if (!version_is(r->tag))
		AGAINST(f, "its tag is no version (like v1.2.3)");
	else if (strcmp(r->tag, w->current) == 0)
		AGAINST(f, "is what runs");
	else if (r->draft)
		AGAINST(f, "is a draft");
	else if (w->wanted != NULL)
		return false;
	else if (r->prerelease || version_is_prerelease(r->tag))
		AGAINST(f, "is a prerelease");
	else if (version_compare(r->tag, w->current) <= 0)
		AGAINST(f, "is not newer than %s", w->current);
	else if (w->floor[0] != '\0' && version_compare(r->tag, w->floor) <= 0)
		AGAINST(f, "a person went back from %s (moult update %s takes it all the same)", w->floor, r->tag);
	else
		return false;
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
	f->sums = asset_sums(names, r->nassets, (size_t)f->asset);
	const struct release_asset *a = &r->assets[f->asset];
	bool sums_there = f->sums == -1 || r->assets[f->sums].uploaded;
	if (!a->uploaded || !sums_there) {
		AGAINST(f, "%s is still being uploaded", a->uploaded ? names[f->sums] : names[f->asset]);
		f->verdict = fresh ? PLAN_PENDING : PLAN_REJECTED;
		return;
	}
	const struct plan_bad *bad = w->wanted == NULL ? bad_mark(w, r->tag, a->digest) : NULL;
	if (bad != NULL)
		AGAINST(f, "was tried and is bad: %s", bad->reason);
	else if (a->size == 0)
		AGAINST(f, "%s is empty", a->name);
	else
		f->verdict = PLAN_FITS;
}

static int judge(const struct plan_world *w, const struct release *r, struct plan_finding *f)
{
	*f = (struct plan_finding){.verdict = PLAN_REJECTED, .asset = -1, .sums = -1};
	if (tag_speaks_against(w, r, f))
		return 0;
	const char **names = asset_names(r);
	if (names == NULL)
		return -1;
	judge_assets(w, r, names, f);
	free(names);
	return 0;
}

/* True when release i was rejected for what it holds and not for what it is: people want to hear of that. */
static bool wished_for(const struct plan_world *w, size_t i)
{
	struct plan_finding f = {0};
	return !tag_speaks_against(w, &w->list->releases[i], &f);
}

/* Of the releases with this verdict the newest, -1 none. */
static int newest(const struct plan_world *w, const struct plan *plan, enum plan_verdict verdict)
{
	int best = -1;
	for (size_t i = 0; i < plan->count; i++) {
		if (plan->findings[i].verdict != verdict || (verdict == PLAN_REJECTED && !wished_for(w, i)))
			continue;
		if (best == -1 || version_compare(w->list->releases[i].tag, w->list->releases[best].tag) > 0)
			best = (int)i;
	}
	return best;
}

static void decide(const struct plan_world *w, struct plan *plan)
{
	int fits = newest(w, plan, PLAN_FITS), pending = newest(w, plan, PLAN_PENDING);
	int rejected = newest(w, plan, PLAN_REJECTED);
	/* One restart is better than two: what is newer and nearly there is waited for. */
	if (pending != -1 &&
	    (fits == -1 || version_compare(w->list->releases[pending].tag, w->list->releases[fits].tag) > 0)) {
		plan->decision = PLAN_WAIT;
		plan->chosen = pending;
	} else if (fits != -1) {
		plan->decision = PLAN_INSTALL;
		plan->chosen = fits;
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
	*plan = (struct plan){.chosen = -1, .count = w->list->count};
	plan->findings = calloc(plan->count + 1, sizeof(*plan->findings));
	if (plan->findings == NULL)
		return -1;
	for (size_t i = 0; i < plan->count; i++)
		if (judge(w, &w->list->releases[i], &plan->findings[i]) == -1) {
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
