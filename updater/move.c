#include "updater/move.h"

#include <string.h>
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/text.h"
#include "updater/arbiter.h"
#include "updater/policy/order.h"

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
		s->start = w->service.contact != SERVICE_SEEN || w->service.want_up;
		s->unwell = service_is_unwell(&w->service, w->config->ready);
	}
	c->unproven = false;
	c->move_began = now;
	c->doing = COURSE_SWITCHING;
	if (reason != STATE_BACK && switch_check(&c->switching) == -1)
		move_follow(c, SWITCH_REFUSED, now);
	else
		move_follow(c, switch_begin(&c->switching, now), now);
}

/* The release that was started does not stay up. The mark is on disk before the old one comes back. */
void move_give_up(struct course *c, const char *reason, int64_t now)
{
	struct world *w = &c->world;
	struct state *s = &w->state;
	char digest[RELEASE_DIGEST], good[STORE_NAME], bad[STORE_NAME];
	struct text t;
	memcpy(bad, s->to, sizeof(bad));
	const char *tag = world_tag(w, bad);
	world_digest(w, bad, digest);
	course_mark_bad(c, tag, digest, reason, now);
	text_begin(&t, c->setback, sizeof(c->setback));
	text_addf(&t, "%s is bad: %s", tag, reason);
	log_error("%s", c->setback);
	if (!arbiter_good(w, bad, s->from, good)) {
		log_error("there is nothing to go back to: %s stays, and the next release may heal it", tag);
		text_add(&t, "; there is nothing to go back to, the next release may heal it");
		s->to[0] = s->from[0] = '\0';
		course_settle(c, "bad", c->setback, course_next_poll(c), now);
		return;
	}
	course_say(c, "going back to %s", world_tag(w, good));
	move_begin(c, good, STATE_BACK, now);
}

static void tell_removed(const char *tag)
{
	log_info("removed %s, which is old", tag);
}

static void sweep_old(struct course *c, const char *from)
{
	struct world *w = &c->world;
	char current[STORE_NAME];
	world_current(w, current);
	if (store_gc(&w->store, w->config->keep, current, from, tell_removed) == -1)
		log_warn_errno("old releases cannot be removed");
}

/* A person who went down does not want to be taken up again by what was left, or by what is older. */
static void move_floor(struct world *w)
{
	struct state *s = &w->state;
	const char *tag = world_tag(w, s->to), *old = world_tag(w, s->from);
	bool crossed = version_is(tag) && version_is(old) && !version_same_line(tag, old);
	if (s->reason == STATE_ASKED && !crossed && store_compare(&w->store, s->to, s->from) < 0) {
		course_keep(s->floor, sizeof(s->floor), old);
		s->floor_published = world_published(w, s->from);
	} else if (s->reason != STATE_BACK &&
		   (crossed || order_compare(tag, world_published(w, s->to), s->floor, s->floor_published) > 0)) {
		s->floor[0] = '\0';
		s->floor_published = 0;
	}
}

static void commit(struct course *c, int64_t now)
{
	struct world *w = &c->world;
	struct state *s = &w->state;
	char text[400], from[STORE_NAME];
	const char *tag = world_tag(w, s->to), *old = world_tag(w, s->from);
	bool back = s->reason == STATE_BACK;
	struct text t;
	memcpy(from, s->from, sizeof(from));
	text_begin(&t, text, sizeof(text));
	if (back)
		text_addf(&t, "%s; back to %s", c->setback, tag);
	else
		text_addf(&t, "%s is in place", tag);
	move_floor(w);
	if (!back)
		state_forgive(s, tag); /* an earlier archive of this tag was bad, this one is not */
	world_remember(w, back ? "back" : "installed", old, tag, back ? c->setback : state_reason_name(s->reason),
		       now - c->move_began);
	s->from[0] = s->to[0] = '\0';
	s->tries = 0;
	if (world_enter(w, STATE_IDLE) == -1)
		log_warn("the next start will watch it once more");
	log_info("%s", text);
	c->said[0] = '\0';
	if (back)
		course_settle(c, "bad", text, course_next_poll(c), now);
	else
		course_settle_well(c, text, now);
	sweep_old(c, from);
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
	}
}

void move_follow(struct course *c, enum switch_result result, int64_t now)
{
	struct world *w = &c->world;
	char text[600], digest[RELEASE_DIGEST];
	struct text t;
	switch (result) {
	case SWITCH_WAIT: return;
	case SWITCH_STARTED:
		/* At the container's first start init waits for us: a still newer release may come before the app runs.
		 */
		if (w->state.reason == STATE_IMAGE && c->notify_fd != -1 && course_polls(c)) {
			c->unproven = true;
			c->doing = COURSE_IDLE;
			c->poll_at = now;
			return;
		}
		move_prove(c, now);
		return;
	case SWITCH_REFUSED:
		text_begin(&t, text, sizeof(text));
		text_addf(&t, "%s is not switched to: %s", world_tag(w, w->state.to), c->switching.why);
		log_error("%s", text);
		if (w->state.tries >= MOVE_TRIES) { /* each may have cost the app a stop */
			world_digest(w, w->state.to, digest);
			course_mark_bad(c, world_tag(w, w->state.to), digest, c->switching.why, now);
		}
		course_settle_badly(c, "refused", text, now);
		return;
	}
}
