#include "updater/report.h"

#include <string.h>
#include "lib/clock.h"
#include "updater/disk/history.h"
#include "updater/policy/when.h"
#include "updater/zone.h"

#define PLAN_EXPLAINED 5    /* releases whose assets are gone through, one by one */
#define HISTORY_BYTES 16384 /* of its end */

static const char *mode_word(enum config_mode mode)
{
	static const char *const words[] = {
		[CONFIG_RESTART] = "restart", [CONFIG_CHECK] = "check", [CONFIG_OFF] = "off"};
	return words[mode];
}

/* What runs, what is marked stable, and what ran before; after a way back both links lead to the same release. */
static void put_links(struct wire *w, const struct course *c)
{
	char current[STORE_NAME], previous[STORE_NAME], stable[STORE_NAME];
	const struct store *store = &c->world.store;
	if (store_link(store, "current", current))
		wire_put(w, "current", store_tag(store, current));
	if (store_link(store, "stable", stable))
		wire_put(w, "stable", store_tag(store, stable));
	if (store_link(store, "previous", previous) && strcmp(previous, current) != 0)
		wire_put(w, "previous", store_tag(store, previous));
}

static void put_app(struct wire *w, const struct service *s)
{
	wire_put(w, "app", s->contact == SERVICE_SEEN ? s->state : s->contact == SERVICE_ABSENT ? "absent" : "unknown");
	if (s->contact != SERVICE_SEEN)
		return;
	wire_put_number(w, "pid", (int64_t)s->pid);
	wire_put_number(w, "ready", s->ready);
}

static void put_under_way(struct wire *w, const struct course *c)
{
	const struct state *s = &c->world.state;
	wire_put(w, "phase", state_phase_name(s->phase));
	if (c->doing == COURSE_INSTALLING) {
		wire_put(w, "candidate", s->tag);
		wire_put_number(w, "bytes", (int64_t)c->install.done);
		wire_put_number(w, "total", (int64_t)c->install.total);
	}
	if (c->doing == COURSE_ASKING || c->doing == COURSE_SWITCHING || c->doing == COURSE_PROVING)
		wire_put(w, "candidate", world_tag(&c->world, s->to));
}

static void put_plans(struct wire *w, const struct course *c, int64_t now)
{
	const struct state *s = &c->world.state;
	if (c->poll_at != CLOCK_NEVER)
		wire_put_number(w, "next-poll", c->poll_at > now ? (c->poll_at - now) / 1000 : 0);
	if (world_not_before(&c->world) > 0)
		wire_put_number(w, "not-before", world_not_before(&c->world));
	if (course_is_paused(c)) {
		wire_put_number(w, "paused", 1);
		if (s->paused_until != INT64_MAX)
			wire_put_number(w, "paused-until", s->paused_until);
	}
	wire_put_number(w, "failures", (int64_t)s->failures);
	if (c->world.config->window.count > 0) {
		int64_t wall = clock_wall(), opens = window_opens(&c->world.config->window, wall, zone_offset);
		char when[WHEN_TEXT];
		when_text(opens, when);
		wire_putf(w, "window", "%s%s", opens == wall ? "open" : "opens at ", opens == wall ? "" : when);
	}
	if (s->staged[0] != '\0')
		wire_put(w, "staged", s->staged);
	if (s->floor[0] != '\0')
		wire_put(w, "floor", s->floor);
	if (c->last_when > 0) {
		wire_put_number(w, "last-when", c->last_when);
		wire_put(w, "last", c->last);
	}
}

/* What the least is that has to vouch for a release, whose keys count, and what did for the one that runs. */
static void put_trust(struct wire *w, const struct course *c)
{
	const struct world *world = &c->world;
	const struct trust_rule rule = world_trust(world);
	char keys[KEY_MAX * 32], verified[WORLD_VERIFIED], current[STORE_NAME];
	key_names(&world->config->keyring.keys, keys, sizeof(keys));
	wire_put(w, "verify", trust_word(trust_least(&rule)));
	wire_put(w, "keys", keys);
	wire_put(w, "verified", world_verified(world, world_tag(world, world_current(world, current)), verified));
}

static void put_profile(struct wire *w, const struct course *c)
{
	char used[PROFILE_USED], name[PROFILE_NAME_MAX + 1];
	if (c->world.store.dir == -1 || !profile_current(c->world.store.dir, used))
		return;
	profile_name(used, name);
	wire_put(w, "profile", name);
}

int report_status(int fd, const struct course *c, int64_t now)
{
	const struct config *config = c->world.config;
	struct wire w;
	wire_begin(&w);
	wire_put(&w, "updater", c->idle_for_good ? "off" : course_doing_word(c));
	if (c->idle_for_good)
		wire_put(&w, "problem", c->why_idle);
	if (config->user[0] != '\0' && config->repo[0] != '\0')
		wire_putf(&w, "source", "%s/%s/%s", config->url, config->user, config->repo);
	wire_put(&w, "mode", mode_word(config->mode));
	put_links(&w, c);
	put_trust(&w, c);
	put_profile(&w, c);
	put_under_way(&w, c);
	put_app(&w, &c->world.service);
	put_plans(&w, c, now);
	if (wire_send(fd, &w) == -1)
		return -1;
	for (unsigned i = 0; i < config->nfaults; i++) {
		wire_begin(&w);
		wire_put(&w, "fault", config->faults[i]);
		if (wire_send(fd, &w) == -1)
			return -1;
	}
	return 0;
}

int report_list(int fd, const struct course *c)
{
	char names[STORE_MAX][STORE_NAME], current[STORE_NAME], previous[STORE_NAME], stable[STORE_NAME];
	const struct world *world = &c->world;
	int count = world->store.dir == -1 ? 0 : store_list(&world->store, names);
	world_current(world, current);
	store_link(&world->store, "previous", previous);
	store_link(&world->store, "stable", stable);
	for (int i = 0; i < count; i++) {
		const char *tag = world_tag(world, names[i]);
		const struct plan_bad *bad = world_bad(world, names[i]);
		struct wire w;
		wire_begin(&w);
		wire_put(&w, "tag", tag);
		wire_put_number(&w, "current", strcmp(names[i], current) == 0);
		wire_put_number(&w, "previous", strcmp(names[i], previous) == 0 && strcmp(names[i], current) != 0);
		wire_put_number(&w, "stable", strcmp(names[i], stable) == 0);
		wire_put_number(&w, "image", strcmp(names[i], STORE_BAKED) == 0);
		if (bad != NULL)
			wire_put(&w, "bad", bad->reason);
		if (wire_send(fd, &w) == -1)
			return -1;
	}
	return 0;
}

int report_stable(int fd, const struct course *c)
{
	char stable[STORE_NAME];
	struct wire w;
	if (c->world.store.dir == -1 || !store_link(&c->world.store, "stable", stable))
		return 0;
	wire_begin(&w);
	wire_put(&w, "tag", world_tag(&c->world, stable));
	return wire_send(fd, &w);
}

/* What vouches for a release. */
static void put_vouchers(struct wire *w, const struct release *r, const struct plan_finding *f)
{
	if (f->sums != -1)
		wire_put(w, "sums", r->assets[f->sums].name);
	for (int form = 0; form < SIGNATURE_FORMS; form++)
		if (f->signatures[form] != -1) {
			wire_put(w, "signature", r->assets[f->signatures[form]].name);
			break;
		}
	if (f->asset != -1)
		wire_put(w, "verify", trust_word(f->trust));
}

static bool is_taken(const struct plan_finding *f, int asset)
{
	bool taken = asset == f->asset || asset == f->sums;
	for (int form = 0; form < SIGNATURE_FORMS; form++)
		taken = taken || asset == f->signatures[form];
	return taken;
}

/* What was said against each asset of a release: as many in a packet as it holds. */
static int report_assets(int fd, const struct course *c, size_t release)
{
	const struct release *r = &c->look.list.releases[release];
	const struct plan_finding *f = &c->look.plan.findings[release];
	const struct config *config = c->world.config;
	const char *pattern = config->asset[0] != '\0' ? config->asset : NULL;
	struct wire w;
	unsigned count = 0;
	for (size_t i = 0; i < r->nassets; i++) {
		char key[32];
		const char *name = r->assets[i].name;
		const char *why = asset_against(name, f->asset, r->tag, pattern, &c->world.host);
		if (is_taken(f, (int)i) || text_format(key, sizeof(key), "asset-%u", count + 1) == -1)
			continue;
		if (count > 0 && w.text.len + strlen(key) + strlen(name) + strlen(why) + 8 > WIRE_MAX) {
			if (wire_send(fd, &w) == -1)
				return -1;
			count = 0;
		}
		if (count++ == 0) {
			wire_begin(&w);
			wire_put(&w, "tag", r->tag);
			memcpy(key, "asset-1", sizeof("asset-1"));
		}
		wire_putf(&w, key, "%s: %s", name, why);
	}
	return count > 0 ? wire_send(fd, &w) : 0;
}

/* The assets of what is older than the release that is taken are of no interest. */
static bool explains_assets(const struct plan *p, size_t i)
{
	return p->findings[i].considered &&
	       (p->chosen == -1 || i == (size_t)p->chosen || p->findings[i].verdict != PLAN_FITS);
}

int report_plan(int fd, const struct course *c)
{
	static const char *const verdicts[] = {[PLAN_REJECTED] = "rejected",
					       [PLAN_PENDING] = "pending",
					       [PLAN_YOUNG] = "pending",
					       [PLAN_FITS] = "fits"};
	const struct plan *p = &c->look.plan;
	unsigned explained = c->world.config->channel.kind == CHANNEL_BRANCH ? PLAN_EXPLAINED : 0;
	for (size_t i = 0; i < p->count; i++) {
		const struct release *r = &c->look.list.releases[i];
		const struct plan_finding *f = &p->findings[i];
		struct wire w;
		wire_begin(&w);
		wire_put(&w, "tag", r->tag);
		wire_put(&w, "verdict",
			 p->decision == PLAN_INSTALL && p->chosen == (int)i ? "chosen" : verdicts[f->verdict]);
		if (f->asset != -1)
			wire_put(&w, "asset", r->assets[f->asset].name);
		put_vouchers(&w, r, f);
		wire_put(&w, "reason", f->reason);
		wire_put_number(&w, "when", c->look.planned);
		if (wire_send(fd, &w) == -1)
			return -1;
		if (explained < PLAN_EXPLAINED && explains_assets(p, i)) {
			explained++;
			if (report_assets(fd, c, i) == -1)
				return -1;
		}
	}
	return 0;
}

/* Where the last so many lines begin. */
static char *last_lines(char *text, size_t len, uint64_t lines)
{
	char *at = text + len;
	while (at > text && (at == text + len || at[-1] != '\n' || --lines > 0))
		at--;
	return at;
}

int report_history(int fd, const struct course *c, uint64_t lines)
{
	char text[HISTORY_BYTES];
	long len = c->world.store.dir == -1 ? 0 : history_tail(c->world.store.dir, text, sizeof(text));
	if (len <= 0)
		return 0;
	char *rest = last_lines(text, (size_t)len, lines), *line;
	while ((line = strsep(&rest, "\n")) != NULL && rest != NULL) {
		struct wire w;
		wire_begin(&w);
		wire_put(&w, "event", line);
		if (wire_send(fd, &w) == -1)
			return -1;
	}
	return 0;
}
