#include "updater/move.h"

#include <string.h>
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/text.h"
#include "updater/arbiter.h"
#include "updater/disk/profile.h"
#include "updater/policy/order.h"

static void finish(struct course *c, int64_t now);

static void ask(struct course *c, enum moment_name name, int64_t now)
{
	c->doing = COURSE_ASKING;
	move_answered(c, moment_begin(&c->moment, name, now), now);
}

/* The app is where it was. */
static void not_moved(struct course *c, int64_t now)
{
	struct world *w = &c->world;
	char text[600], digest[RELEASE_DIGEST];
	struct text t;
	text_begin(&t, text, sizeof(text));
	text_addf(&t, "%s is not switched to: %s", world_tag(w, w->state.to), c->switching.why);
	log_error("%s", text);
	if (w->state.tries >= MOVE_TRIES) { /* each may have cost the app a stop */
		world_digest(w, w->state.to, digest);
		course_mark_bad(c, world_tag(w, w->state.to), digest, c->switching.why, now);
	}
	course_tell_failed(c, "refused", world_tag(w, w->state.to), c->switching.why);
	course_settle_badly(c, "refused", text, now);
}

/* A hook does not let it in. It stays on disk, and the hook is asked again as long as the forge has nothing newer; a
 * person who asked by name asks again by himself. */
static void defer(struct course *c)
{
	struct world *w = &c->world;
	if (w->state.reason == STATE_ASKED || w->config->mode != CONFIG_RESTART)
		return;
	memcpy(c->deferred, w->state.to, sizeof(c->deferred));
	c->deferred_reason = w->state.reason;
	if (w->state.reason == STATE_UPDATE)
		look_is_dealt_with(&c->look);
}

static void follow_pre(struct course *c, enum moment_answer answer, int64_t now)
{
	struct world *w = &c->world;
	char text[600];
	const char *tag = world_tag(w, w->state.to);
	struct text t;
	if (answer == MOMENT_GO) {
		c->move_began = now;
		c->doing = COURSE_SWITCHING;
		move_follow(c, switch_begin(&c->switching, now), now);
		return;
	}
	text_begin(&t, text, sizeof(text));
	text_addf(&t, "%s stays on disk and is not switched to: %s", tag, c->moment.why);
	defer(c);
	if (answer == MOMENT_LATER) {
		course_remark(c, text);
		course_settle(c, "later", text, course_next_poll(c), now);
		return;
	}
	log_error("%s", text);
	world_remember(w, "refused", world_tag(w, w->state.from), tag, c->moment.why, now - c->move_began);
	course_tell_failed(c, "hook", tag, c->moment.why);
	course_settle_badly(c, "hook", text, now);
}

void move_answered(struct course *c, enum moment_answer answer, int64_t now)
{
	if (answer == MOMENT_WAIT)
		return;
	switch (c->moment.name) {
	case MOMENT_PRE: follow_pre(c, answer, now); return;
	case MOMENT_BACK:
		c->doing = COURSE_SWITCHING;
		move_follow(c, switch_resume(&c->switching), now);
		return;
	case MOMENT_UNDO:
		switch_give_back(&c->switching);
		not_moved(c, now);
		return;
	case MOMENT_POST: finish(c, now); return;
	}
}

static void choose_profile(struct course *c)
{
	struct state *s = &c->world.state;
	profile_current(c->world.store.dir, s->profile_from);
	memcpy(s->profile_to, c->dresses ? c->profile : s->profile_from, sizeof(s->profile_to));
}

void move_begin(struct course *c, const char *to, enum state_reason reason, int64_t now)
{
	struct world *w = &c->world;
	struct state *s = &w->state;
	if (strcmp(s->to, to) != 0 || s->reason != reason)
		s->tries = 0;
	memmove(s->to, to, strlen(to) + 1);
	world_current(w, s->from);
	s->reason = reason;
	if (reason != STATE_BACK) { /* going back, the app is to run if it was to run before */
		s->start = c->order == COURSE_START || w->service.contact != SERVICE_SEEN || w->service.want_up;
		s->unwell = service_is_unwell(&w->service, w->config->ready);
	}
	s->staged[0] = '\0';
	if (reason == STATE_BACK)
		memcpy(s->profile_to, s->profile_from, sizeof(s->profile_to));
	else
		choose_profile(c);
	c->unproven = false;
	c->deferred[0] = '\0';
	c->move_began = now;
	c->doing = COURSE_SWITCHING;
	if (reason == STATE_BACK)
		move_follow(c, switch_begin(&c->switching, now), now);
	else if (switch_check(&c->switching) == -1)
		not_moved(c, now);
	else
		ask(c, MOMENT_PRE, now);
}

/* The same release, in another profile: that is to blame, and goes. */
static void undress(struct course *c, const char *reason, int64_t now)
{
	struct world *w = &c->world;
	char name[PROFILE_NAME_MAX + 1], release[STORE_NAME];
	struct text t;
	profile_name(w->state.profile_to, name);
	text_begin(&t, c->setback, sizeof(c->setback));
	text_addf(&t, "%s does not run with profile %s: %s", world_tag(w, w->state.to),
		  name[0] == '\0' ? PROFILE_NONE : name, reason);
	log_error("%s", c->setback);
	memcpy(release, w->state.to, sizeof(release));
	move_begin(c, release, STATE_BACK, now);
}

/* The release that was started does not stay up. The mark is on disk before the old one comes back. */
void move_give_up(struct course *c, const char *reason, int64_t now)
{
	struct world *w = &c->world;
	char digest[RELEASE_DIGEST];
	if (strcmp(w->state.from, w->state.to) == 0) {
		undress(c, reason, now);
		return;
	}
	world_digest(w, w->state.to, digest);
	course_mark_bad(c, world_tag(w, w->state.to), digest, reason, now);
	move_go_back(c, reason, now);
}

void move_go_back(struct course *c, const char *reason, int64_t now)
{
	struct world *w = &c->world;
	struct state *s = &w->state;
	char good[STORE_NAME], bad[STORE_NAME];
	struct text t;
	memcpy(bad, s->to, sizeof(bad));
	const char *tag = world_tag(w, bad);
	text_begin(&t, c->setback, sizeof(c->setback));
	text_addf(&t, "%s is bad: %s", tag, reason);
	log_error("%s", c->setback);
	if (!arbiter_good(w, bad, s->from, good)) {
		log_error("there is nothing to go back to: %s stays, and the next release may heal it", tag);
		text_add(&t, "; there is nothing to go back to, the next release may heal it");
		course_tell_failed(c, "bad", tag, c->setback);
		s->to[0] = s->from[0] = '\0';
		course_settle(c, "bad", c->setback, course_next_poll(c), now);
		return;
	}
	course_say(c, "going back to %s", world_tag(w, good));
	move_begin(c, good, STATE_BACK, now);
}

static void tell_removed(void *context, const char *tag)
{
	(void)context;
	log_info("removed %s, which is old", tag);
}

static void sweep_old(struct course *c, const char *from)
{
	struct world *w = &c->world;
	char current[STORE_NAME];
	world_current(w, current);
	if (store_gc(&w->store, w->config->keep, current, from, tell_removed, NULL) == -1)
		log_warn_errno("old releases cannot be removed");
	if (profile_sweep(w->store.dir) == -1)
		log_warn_errno("%s/profiles.used cannot be swept", w->config->state_dir);
}

/* A person who went down does not want to be taken up again by what was left, or by what is older. */
static void move_floor(struct world *w)
{
	struct state *s = &w->state;
	const char *tag = world_tag(w, s->to), *old = world_tag(w, s->from);
	bool crossed = version_is(tag) && version_is(old) && !version_same_line(tag, old);
	if (s->reason == STATE_ASKED && !crossed && store_compare(&w->store, s->to, s->from) < 0) {
		text_cut(s->floor, sizeof(s->floor), "%s", old);
		s->floor_published = world_published(w, s->from);
	} else if (s->reason != STATE_BACK &&
		   (crossed || order_compare(tag, world_published(w, s->to), s->floor, s->floor_published) > 0)) {
		s->floor[0] = '\0';
		s->floor_published = 0;
	}
}

/* All is done, and said. */
static void finish(struct course *c, int64_t now)
{
	struct state *s = &c->world.state;
	bool back = s->reason == STATE_BACK;
	char from[STORE_NAME];
	memcpy(from, s->from, sizeof(from));
	s->from[0] = s->to[0] = '\0';
	s->tries = 0;
	if (world_enter(&c->world, STATE_IDLE) == -1)
		log_warn("the next start will watch it once more");
	log_info("%s", c->verdict);
	c->said[0] = '\0';
	if (back)
		course_settle(c, "bad", c->verdict, course_next_poll(c), now);
	else
		course_settle_well(c, c->verdict, now);
	sweep_old(c, from);
}

void move_again_told(struct course *c, int64_t now)
{
	struct text t;
	text_begin(&t, c->verdict, sizeof(c->verdict));
	text_addf(&t, "%s is in place", world_tag(&c->world, c->world.state.to));
	ask(c, MOMENT_POST, now);
}

static void commit(struct course *c, int64_t now)
{
	struct world *w = &c->world;
	struct state *s = &w->state;
	const char *tag = world_tag(w, s->to), *old = world_tag(w, s->from);
	bool back = s->reason == STATE_BACK;
	struct text t;
	text_begin(&t, c->verdict, sizeof(c->verdict));
	if (back)
		text_addf(&t, "%s; back to %s", c->setback, tag);
	else
		text_addf(&t, "%s is in place", tag);
	move_floor(w);
	if (!back)
		state_forgive(s, tag); /* an earlier archive of this tag was bad, this one is not */
	world_remember(w, back ? "back" : "installed", old, tag, back ? c->setback : state_reason_name(s->reason),
		       now - c->move_began);
	notice_ended(&c->notice, back, old, tag, back ? c->setback : state_reason_name(s->reason));
	if (back)
		finish(c, now);
	else
		ask(c, MOMENT_POST, now);
}

static struct probation_sight sight_of(const struct service *app)
{
	return (struct probation_sight){.up = service_is_up(app),
					.ready = app->ready,
					.want_up = app->want_up || app->asking,
					.asked = app->asked,
					.deaths = app->deaths,
					.asked_for = app->asked_for,
					.code = app->code,
					.sig = app->sig};
}

void move_look_at_app(struct course *c, int64_t now)
{
	struct world *w = &c->world;
	const struct service *app = &w->service;
	struct probation_sight sight = sight_of(app);
	if (app->refused[0] != '\0') {
		log_error("init does not start %s: %s", app->name, app->refused);
		commit(c, now);
		return;
	}
	if (app->contact != SERVICE_SEEN)
		return;
	switch (probation_look(&c->probation, &sight, now)) {
	case PROBATION_WAIT: return;
	case PROBATION_READY:
		course_say(c, "%s is ready, %lld ms after the old version was told to stop", world_tag(w, w->state.to),
			   (long long)(now - c->move_began));
		if (w->state.reason == STATE_BACK)
			commit(c, now);
		else if (world_enter(w, STATE_PROBATION) == -1)
			log_warn("going on all the same");
		return;
	case PROBATION_PASSED: commit(c, now); return;
	case PROBATION_FAILED:
		if (w->state.reason != STATE_BACK && w->state.unwell) {
			log_warn("%s: %s; the app was no better before it came, so it stays", world_tag(w, w->state.to),
				 c->probation.reason);
			commit(c, now);
			return;
		}
		if (w->state.reason != STATE_BACK) {
			move_give_up(c, c->probation.reason, now);
			return;
		}
		log_error("%s: %s; it is left to init to start it again", world_tag(w, w->state.to),
			  c->probation.reason);
		commit(c, now);
		return;
	}
}

/* The app was told to start, or is about to be started for the first time, by init, once we are ready. */
void move_prove(struct course *c, int64_t now)
{
	struct world *w = &c->world;
	c->unproven = false;
	c->doing = COURSE_PROVING;
	struct probation_sight sight = sight_of(&w->service);
	probation_begin(&c->probation, w->config->ready, w->config->probation, &sight, now);
	if (world_enter(w, STATE_READY) == -1)
		log_warn("going on all the same");
	course_tell_ready(c);
	if (!w->state.start || w->service.contact == SERVICE_ABSENT) {
		log_info("%s is not started: %s", w->service.name,
			 w->state.start ? "init runs no such service" : "a person stopped it before");
		commit(c, now);
		return;
	}
	move_look_at_app(c, now); /* it may be up already, with nothing more to tell of it */
}

void move_follow(struct course *c, enum switch_result result, int64_t now)
{
	struct world *w = &c->world;
	bool back = w->state.reason == STATE_BACK;
	switch (result) {
	case SWITCH_WAIT: return;
	case SWITCH_TURNED:
		if (back)
			ask(c, MOMENT_BACK, now);
		else
			move_follow(c, switch_resume(&c->switching), now);
		return;
	case SWITCH_STARTED:
		/* At the container's first start init waits for us: a still newer release may come before the app runs.
		 */
		if (w->state.reason == STATE_IMAGE && c->app_waits && c->notify_fd != -1 && course_polls(c)) {
			c->unproven = true;
			c->doing = COURSE_IDLE;
			c->poll_at = now;
			return;
		}
		move_prove(c, now);
		return;
	case SWITCH_REFUSED:
		if (!back) {
			ask(c, MOMENT_UNDO, now);
			return;
		}
		switch_give_back(&c->switching);
		not_moved(c, now);
		return;
	}
}
