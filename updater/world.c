#include "updater/world.h"

#include <errno.h>
#include <string.h>
#include "lib/clock.h"
#include "lib/io.h"
#include "lib/log.h"
#include "lib/text.h"
#include "updater/disk/audit.h"
#include "updater/disk/history.h"
#include "updater/policy/mirror.h"
#include "updater/policy/schedule.h"
#include "updater/zone.h"

#define AUDIT_BYTES (1u << 20)

int world_save(struct world *w)
{
	if (state_save(w->store.dir, &w->state) == 0)
		return 0;
	log_error_errno("%s/state cannot be written", w->config->state_dir);
	return -1;
}

int world_enter(struct world *w, enum state_phase phase)
{
	w->state.phase = phase;
	return world_save(w);
}

void world_lacks(struct world *w, const struct wire *packet)
{
	char what[sizeof(w->lacking)];
	if (wire_get(packet, "what", what, sizeof(what)) <= 0 || strcmp(what, w->lacking) == 0)
		return;
	memcpy(w->lacking, what, sizeof(what));
	log_info("this kernel, or who runs the container, does not give %s to fetch and unpack: the rest confines them",
		 what);
}

const char *world_repo(const struct world *w, char repo[STATE_REPO])
{
	struct text t;
	text_begin(&t, repo, STATE_REPO);
	text_addf(&t, "%s/%s", w->config->user, w->config->repo);
	return repo;
}

struct trust_rule world_trust(const struct world *w)
{
	const struct config *c = w->config;
	char repo[STATE_REPO];
	struct trust_rule rule = {c->keyring.named, c->keyring.least, c->keyring.keys.count > 0, TRUST_NONE};
	if (strcmp(w->state.verified_of, world_repo(w, repo)) == 0)
		rule.last = w->state.verified;
	return rule;
}

bool world_is_vouched_for(const struct world *w, const char *tag)
{
	const struct trust_rule rule = world_trust(w);
	return trust_least(&rule) < TRUST_SIGNATURE || w->config->channel.kind == CHANNEL_BRANCH ||
	       (rule.last == TRUST_SIGNATURE && strcmp(w->state.verified_tag, tag) == 0);
}

const char *world_verified(const struct world *w, const char *tag, char text[WORLD_VERIFIED])
{
	const struct state *s = &w->state;
	char repo[STATE_REPO];
	struct text t;
	text_begin(&t, text, WORLD_VERIFIED);
	if (tag[0] != '\0' && strcmp(s->verified_tag, tag) == 0 && strcmp(s->verified_of, world_repo(w, repo)) == 0)
		text_addf(&t, "%s%s%s", trust_word(s->verified), s->verified_by[0] != '\0' ? " by " : "",
			  s->verified_by);
	return text;
}

void world_remember(struct world *w, const char *what, const char *from, const char *to, const char *why,
		    int64_t took_ms)
{
	char verified[WORLD_VERIFIED];
	struct history_event event = {clock_wall(), what, from, to, why, world_verified(w, to, verified), took_ms};
	if (history_add(w->store.dir, &event) == -1)
		log_warn_errno("%s/history cannot be written", w->config->state_dir);
}

void world_asks(struct world *w, const char *url)
{
	mirror_host(url, w->asked, sizeof(w->asked));
}

void world_wait(struct world *w, const struct wire *packet)
{
	uint64_t until;
	int64_t now = clock_wall();
	if (wire_get_number(packet, "until", 0, INT64_MAX, &until) == 0)
		state_wait(&w->state, w->asked, schedule_not_before((int64_t)until, now), now);
}

int64_t world_not_before(const struct world *w)
{
	char web[STATE_HOST], api[STATE_HOST];
	mirror_host(w->config->url, web, sizeof(web));
	mirror_host(w->config->api, api, sizeof(api));
	int64_t now = clock_wall(), one = state_not_before(&w->state, web, now);
	int64_t other = state_not_before(&w->state, api, now);
	return one > other ? one : other;
}

const char *world_current(const struct world *w, char name[STORE_NAME])
{
	store_link(&w->store, "current", name);
	return name;
}

const char *world_tag(const struct world *w, const char *name)
{
	return name[0] == '\0' ? "" : store_tag(&w->store, name);
}

void world_digest(const struct world *w, const char *name, char digest[RELEASE_DIGEST])
{
	struct manifest m;
	digest[0] = '\0';
	if (store_manifest(&w->store, name, &m) == -1)
		return;
	memcpy(digest, m.digest, RELEASE_DIGEST);
	manifest_close(&m);
}

int64_t world_published(const struct world *w, const char *name)
{
	struct manifest m;
	if (store_manifest(&w->store, name, &m) == -1)
		return 0;
	int64_t published = m.published;
	manifest_close(&m);
	return published;
}

bool world_is_open(const struct world *w)
{
	return window_is_open(&w->config->window, clock_wall(), zone_offset);
}

const struct plan_bad *world_bad(const struct world *w, const char *name)
{
	char digest[RELEASE_DIGEST];
	const char *tag = world_tag(w, name);
	if (state_bad(&w->state, tag) == NULL)
		return NULL;
	world_digest(w, name, digest);
	for (size_t i = 0; i < w->state.nbad; i++) {
		const struct plan_bad *b = &w->state.bad[i];
		bool same = digest[0] == '\0' || b->digest[0] == '\0' || strcmp(b->digest, digest) == 0;
		if (strcmp(b->tag, tag) == 0 && same)
			return b;
	}
	return NULL;
}

bool world_has_programs(const struct world *w, const char *name)
{
	struct manifest m;
	char missing[TREE_PATH] = "";
	if (store_manifest(&w->store, name, &m) == -1) {
		log_warn_errno("%s has no manifest to check it by", world_tag(w, name));
		return store_has(&w->store, name);
	}
	int top = store_directory(&w->store, name);
	bool whole = top != -1 && manifest_check(&m, top, missing) == 0;
	if (!whole)
		log_error_errno("%s is damaged, %s is missing", world_tag(w, name), missing);
	io_close(&top);
	manifest_close(&m);
	return whole;
}

/* Until the first thing that is wrong. */
static bool passes(const struct world *w, const char *name, const struct manifest *m, int top)
{
	struct audit a;
	audit_begin(&a, m, top);
	for (;;) {
		switch (audit_step(&a, AUDIT_BYTES)) {
		case AUDIT_MORE:
		case AUDIT_CHANGED: break;
		case AUDIT_MISSING:
		case AUDIT_DAMAGED:
			log_error("%s is damaged, %s: %s", world_tag(w, name), a.entry.path, a.why);
			audit_end(&a);
			return false;
		case AUDIT_OVER: audit_end(&a); return true;
		}
	}
}

bool world_is_sound(const struct world *w, const char *name)
{
	struct manifest m;
	if (store_manifest(&w->store, name, &m) == -1) {
		log_warn_errno("%s has no manifest to check it by", world_tag(w, name));
		return store_has(&w->store, name);
	}
	int top = store_directory(&w->store, name);
	bool sound = top != -1 && passes(w, name, &m, top);
	io_close(&top);
	manifest_close(&m);
	return sound;
}
