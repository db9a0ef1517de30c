#include "updater/look.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "lib/clock.h"
#include "lib/io.h"
#include "lib/log.h"
#include "lib/text.h"
#include "updater/ask.h"
#include "updater/branch.h"
#include "updater/policy/schedule.h"

#define PAGES_MAX (LOOK_RELEASES / 10)

void look_init(struct look *l, struct world *w)
{
	*l = (struct look){.world = w, .plan = {.chosen = -1}};
}

static enum look_result fail(struct look *l, const char *code, const char *text)
{
	text_cut(l->code, sizeof(l->code), "%s", code);
	text_cut(l->text, sizeof(l->text), "%s", text);
	return LOOK_FAILED;
}

static enum look_result start(struct look *l, const struct wire *request, int64_t now)
{
	struct world *w = l->world;
	char path[STORE_PATH];
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int fds[] = {-1, null, STDERR_FILENO};
	int r = text_format(path, sizeof(path), "%s/moult-fetch", w->helper_dir);
	if (r != -1)
		r = helper_start(&w->helper, path, fds, 3, request, now + (ASK_SECONDS + 10) * 1000);
	int error = errno;
	io_close(&null);
	if (r != -1)
		return LOOK_WAIT;
	log_error("%s cannot be started: %s", path, strerror(error));
	return fail(l, "system", "moult-fetch cannot be started");
}

/* Without a token the forge is asked what is newest where that costs nothing. A directory has no such page, and that
 * page tells of no prerelease. */
static bool asks_for_list_at_once(const struct config *c)
{
	return c->token[0] != '\0' || c->forge == CONFIG_DIRECTORY || c->channel.kind != CHANNEL_STABLE;
}

static enum look_result ask_for_list(struct look *l, int64_t now)
{
	struct world *w = l->world;
	struct wire request;
	bool due = l->look_at > 0 && l->look_at <= clock_wall(); /* nothing need have changed but the time */
	bool conditional = l->whom == LOOK_BY_CLOCK && l->page == 1 && l->probed[0] == '\0' && !due;
	if (l->whom != LOOK_DRY && world_enter(w, STATE_PLAN) == -1)
		return fail(l, "system", "the state cannot be written");
	l->step = LOOK_LIST;
	world_asks(w, w->config->api);
	ask_list(&request, w->config, conditional ? w->state.list_etag : "", l->page);
	return start(l, &request, now);
}

static enum look_result ask_for_commit(struct look *l, int64_t now)
{
	struct world *w = l->world;
	struct wire request;
	if (l->whom != LOOK_DRY && world_enter(w, STATE_PROBE) == -1)
		return fail(l, "system", "the state cannot be written");
	l->step = LOOK_BRANCH;
	world_asks(w, w->config->url);
	ask_ref(&request, w->config);
	return start(l, &request, now);
}

enum look_result look_begin(struct look *l, const char *wanted, enum look_for whom, int64_t now)
{
	struct world *w = l->world;
	struct wire request;
	struct text t;
	text_begin(&t, l->wanted, sizeof(l->wanted));
	text_add(&t, wanted == NULL ? "" : wanted);
	l->whom = whom;
	l->page = 1;
	l->more = l->unchanged = l->beyond = false;
	l->probed[0] = l->etag[0] = l->code[0] = l->text[0] = '\0';
	if (w->config->channel.kind == CHANNEL_BRANCH)
		return ask_for_commit(l, now);
	if (whom == LOOK_DRY)
		return ask_for_list(l, now);
	if (world_enter(w, STATE_PROBE) == -1)
		return fail(l, "system", "the state cannot be written");
	if (l->wanted[0] != '\0') {
		l->step = LOOK_RELEASE;
		world_asks(w, w->config->api);
		ask_release(&request, w->config, l->wanted);
		return start(l, &request, now);
	}
	if (asks_for_list_at_once(w->config))
		return ask_for_list(l, now);
	l->step = LOOK_PROBE;
	world_asks(w, w->config->url);
	ask_probe(&request, w->config);
	return start(l, &request, now);
}

static void forget_list(struct look *l)
{
	plan_free(&l->plan);
	release_free(&l->list);
}

static void take_cache(struct look *l, const struct wire *packet)
{
	uint64_t number = 0;
	if (wire_get_number(packet, "unchanged", 0, 1, &number) == 0 && number == 1) {
		l->unchanged = true;
		return;
	}
	if (l->page == 1)
		forget_list(l);
	l->more = wire_get_number(packet, "more", 0, 1, &number) == 0 && number == 1;
	if (l->page == 1 && wire_get(packet, "etag", l->etag, sizeof(l->etag)) == -1)
		l->etag[0] = '\0';
}

static void take_commit(struct look *l, const struct wire *packet)
{
	forget_list(l);
	if (branch_add(l->world->config, packet, clock_wall(), &l->list) == -1)
		helper_refuse(&l->world->helper, "helper", "it told of a commit not as agreed");
}

/* Said once in a life. A forge leads on from the old name only until somebody takes it. */
static void tell_renamed(struct look *l, const struct wire *packet)
{
	const struct config *c = l->world->config;
	char name[300];
	if (l->told_renamed || wire_get(packet, "moved", name, sizeof(name)) <= 0)
		return;
	l->told_renamed = true;
	log_warn("%s/%s is %s now: set GH_USER and GH_REPO, before somebody else takes the old name", c->user, c->repo,
		 name);
}

void look_packet(struct look *l, const struct wire *packet)
{
	char kind[16];
	struct helper *h = &l->world->helper;
	if (wire_get(packet, "kind", kind, sizeof(kind)) == -1)
		kind[0] = '\0';
	if (strcmp(kind, "lacks") == 0) {
		world_lacks(l->world, packet);
	} else if (strcmp(kind, "wait") == 0) {
		world_wait(l->world, packet);
	} else if (l->step == LOOK_PROBE) {
		if (wire_get(packet, "tag", l->probed, sizeof(l->probed)) == -1)
			l->probed[0] = '\0'; /* one that cannot be a tag here: the list will say more */
		tell_renamed(l, packet);
	} else if (l->step == LOOK_BRANCH) {
		take_commit(l, packet);
	} else if (strcmp(kind, "cache") == 0) {
		take_cache(l, packet);
	} else {
		if (l->step == LOOK_RELEASE && strcmp(kind, "release") == 0)
			forget_list(l);
		if (release_add(&l->list, packet) == -1)
			helper_refuse(h, "helper",
				      errno == ENOMEM ? "out of memory" : "it told of releases not as agreed");
	}
}

/* The forge's `latest` is what it was when the list was last looked at, or nothing to go up to. A newer one that did
 * not fit is looked at again now and then: its assets may have been put right, or it is old enough by now. */
static bool is_old_news(const struct look *l)
{
	const struct world *w = l->world;
	char current[STORE_NAME];
	const char *tag = world_tag(w, world_current(w, current));
	if (l->probed[0] == '\0' || strcmp(l->probed, w->state.seen) != 0)
		return false;
	if (w->state.staged[0] != '\0' && l->look_at == 0)
		return false; /* what waits for the window since a former life may not be what is wanted any more */
	if (strcmp(l->probed, tag) == 0 || (version_same_line(l->probed, tag) && version_compare(l->probed, tag) <= 0))
		return l->look_at == 0 || (l->whom == LOOK_BY_CLOCK && clock_wall() < l->look_at);
	int64_t wall = clock_wall(), age = wall - w->state.listed;
	bool due = l->look_at > 0 && l->look_at <= wall;
	return l->whom == LOOK_BY_CLOCK && age >= 0 && age < LOOK_AGAIN && !due;
}

/* Nothing has changed since the last plan: what it waited for is waited for still. */
static enum look_result nothing_new(struct look *l)
{
	if (l->look_at == 0)
		return LOOK_NOTHING;
	memcpy(l->text, l->waiting, sizeof(l->text));
	return LOOK_PENDING;
}

static enum look_result probe_ended(struct look *l, int64_t now)
{
	if (!l->world->helper.ok) {
		enum look_result failed = fail(l, l->world->helper.code, l->world->helper.text);
		/* Before the first release nothing is wrong: so does every repository begin. */
		return strcmp(l->code, "none") == 0 ? LOOK_REFUSED : failed;
	}
	if (is_old_news(l))
		return nothing_new(l);
	return ask_for_list(l, now);
}

/* Said once in a life; nothing is done about it. */
static void tell_moved(struct look *l)
{
	for (size_t i = 0; i < l->plan.count && !l->told_moved; i++)
		if (l->plan.findings[i].moved) {
			log_error("%s: %s", l->list.releases[i].tag, l->plan.findings[i].reason);
			l->told_moved = true;
		}
}

static int make_plan(struct look *l)
{
	struct world *w = l->world;
	char current[STORE_NAME];
	struct manifest m = {0}; /* of what runs */
	if (world_current(w, current)[0] != '\0' && store_manifest(&w->store, current, &m) == -1)
		log_debug("%s has no manifest to tell what it was installed from", world_tag(w, current));
	struct plan_world p = {
		.list = &l->list,
		.current = world_tag(w, current),
		.current_published = m.published,
		.current_asset = m.asset,
		.current_digest = m.digest,
		.floor_published = w->state.floor_published,
		.floor = w->state.floor,
		.wanted = l->wanted[0] != '\0' ? l->wanted : NULL,
		.bad = w->state.bad,
		.nbad = w->state.nbad,
		.url = w->config->url,
		.owner = w->config->user,
		.pattern = w->config->asset[0] != '\0' ? w->config->asset : NULL,
		.host = w->host,
		.trust = world_trust(w),
		.kinds = key_kinds(&w->config->keyring.keys),
		.channel = &w->config->channel,
		.pin = &w->config->pin,
		.skip = w->config->skip[0] != '\0' ? w->config->skip : NULL,
		.min_age = w->config->min_age,
		.now = clock_wall(),
	};
	plan_free(&l->plan);
	int made = plan_make(&p, &l->plan);
	manifest_close(&m);
	if (made == -1)
		return -1;
	tell_moved(l);
	l->planned = p.now;
	for (size_t i = 0; i < l->plan.count; i++)
		if (l->plan.findings[i].verdict != PLAN_FITS)
			log_debug("not %s: %s", l->list.releases[i].tag, l->plan.findings[i].reason);
	return 0;
}

/* Of the releases so far one is what runs, or what it followed: all further ones are older still. */
static bool has_reached_ours(const struct look *l)
{
	char current[STORE_NAME];
	const char *ours = world_tag(l->world, world_current(l->world, current));
	int64_t published = version_is(ours) || current[0] == '\0' ? 0 : world_published(l->world, current);
	for (size_t i = 0; i < l->list.count; i++) {
		const struct release *r = &l->list.releases[i];
		if (version_same_line(r->tag, ours) ? version_compare(r->tag, ours) <= 0 : r->published < published)
			return true;
	}
	return false;
}

/* What the forge calls its latest is among the releases so far. */
static bool has_reached_latest(const struct look *l)
{
	for (size_t i = 0; i < l->list.count; i++)
		if (strcmp(l->list.releases[i].tag, l->probed) == 0)
			return true;
	return l->probed[0] == '\0';
}

/* The newest by version may stand on a later page, behind backports, or behind what the policy does not want; but not
 * behind what runs. Nor is it known before the last page that a repository has no versions at all. */
static bool wants_next_page(struct look *l)
{
	bool to_ours = l->plan.decision == PLAN_NOTHING || l->plan.by_time;
	bool enough = to_ours ? has_reached_ours(l) : has_reached_latest(l);
	l->beyond = l->more && !enough && l->page >= PAGES_MAX;
	return l->more && !enough && !l->beyond;
}

/* What was looked at to the end need not be looked at again until it changes. */
static int settle(struct look *l, bool settled)
{
	struct state *s = &l->world->state;
	settled = settled && l->wanted[0] == '\0';
	memcpy(s->list_etag, settled ? l->etag : "", settled ? strlen(l->etag) + 1 : 1);
	memcpy(s->seen, settled ? l->probed : "", settled ? strlen(l->probed) + 1 : 1);
	s->listed = clock_wall();
	return world_save(l->world);
}

static int remember(struct look *l)
{
	enum plan_decision decision = l->plan.decision;
	if (l->whom == LOOK_DRY)
		return 0;
	l->look_at = 0;
	if (decision == PLAN_WAIT && l->plan.findings[l->plan.chosen].verdict == PLAN_YOUNG) {
		l->look_at = l->plan.eligible > 0 ? l->plan.eligible : clock_wall() + LOOK_AGAIN;
		memcpy(l->waiting, l->text, sizeof(l->waiting));
	}
	return settle(l, decision == PLAN_NOTHING || decision == PLAN_REFUSED || l->look_at > 0);
}

void look_is_dealt_with(struct look *l)
{
	if (settle(l, true) == -1)
		log_warn("the forge will be asked for its releases again");
}

bool look_saw_no_change(const struct look *l)
{
	return l->step == LOOK_PROBE || l->unchanged;
}

void look_hold(struct look *l, int64_t until, const char *text)
{
	struct state *s = &l->world->state;
	struct text t;
	if (l->wanted[0] != '\0')
		return;
	memcpy(s->list_etag, l->etag, sizeof(l->etag));
	memcpy(s->seen, l->probed, sizeof(l->probed));
	text_begin(&t, l->waiting, sizeof(l->waiting));
	text_add(&t, text);
	l->look_at = until;
}

static enum look_result decide(struct look *l)
{
	const struct plan *p = &l->plan;
	const char *tag = p->chosen == -1 ? l->wanted : l->list.releases[p->chosen].tag;
	const char *none = l->step == LOOK_BRANCH ? "only what the branch is at now can be built"
						  : "the forge has no such release";
	const char *reason = p->chosen == -1 ? none : p->findings[p->chosen].reason;
	struct text t;
	text_begin(&t, l->text, sizeof(l->text));
	text_addf(&t, "%s: %s", tag, reason);
	if (remember(l) == -1)
		return fail(l, "system", "the state cannot be written");
	switch (p->decision) {
	case PLAN_NOTHING: return LOOK_NOTHING;
	case PLAN_INSTALL: return LOOK_FOUND;
	case PLAN_WAIT: return LOOK_PENDING;
	case PLAN_REFUSED: return LOOK_REFUSED;
	}
	return LOOK_NOTHING;
}

static enum look_result list_ended(struct look *l, int64_t now)
{
	const struct helper *h = &l->world->helper;
	if (!h->ok)
		return fail(l, h->code, h->text);
	if (l->unchanged)
		return nothing_new(l);
	if (make_plan(l) == -1)
		return fail(l, "system", "out of memory");
	if (l->step == LOOK_LIST && wants_next_page(l)) {
		l->page++;
		return ask_for_list(l, now);
	}
	return decide(l);
}

enum look_result look_ended(struct look *l, int64_t now)
{
	return l->step == LOOK_PROBE ? probe_ended(l, now) : list_ended(l, now);
}
