#include "updater/cycle.h"

#include <string.h>
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/text.h"
#include "updater/arbiter.h"
#include "updater/download.h"
#include "updater/errand.h"
#include "updater/move.h"
#include "updater/obey.h"
#include "updater/pending.h"
#include "updater/recovery.h"

static void follow_install(struct course *c, enum install_result result, int64_t now)
{
	struct world *w = &c->world;
	struct install *in = &c->install;
	char text[sizeof(in->text) + STATE_NAME];
	struct text t;
	if (result == INSTALL_WAIT)
		return;
	text_begin(&t, text, sizeof(text));
	text_addf(&t, "%s: %s", w->state.tag, in->text);
	switch (result) {
	case INSTALL_WAIT: return;
	case INSTALL_DONE: {
		char tag[STATE_NAME];
		memcpy(tag, w->state.tag, sizeof(tag));
		install_end(in);
		if (pending_hold(c, tag, now))
			return;
		move_begin(c, tag, course_is_ordered(c) ? STATE_ASKED : STATE_UPDATE, now);
		return;
	}
	case INSTALL_BAD:
		log_error("%s; it is not tried again unless it changes", text);
		course_tell_failed(c, in->code, w->state.tag, in->text);
		course_mark_bad(c, w->state.tag, in->asset.digest, in->text, now);
		course_settle(c, in->code, text, course_next_poll(c), now);
		return;
	case INSTALL_FAILED:
		log_error("%s", text);
		course_tell_failed(c, in->code, w->state.tag, in->text);
		course_settle_badly(c, in->code, text, now);
		return;
	}
}

/* This very release, by digest, lies whole on the disk from before. */
static bool is_on_disk(const struct world *w, const struct release *r, int asset)
{
	char digest[RELEASE_DIGEST];
	if (!store_has(&w->store, r->tag))
		return false;
	if (w->config->channel.kind == CHANNEL_BRANCH) /* the tag names the commit */
		return world_is_sound(w, r->tag);
	if (!world_is_vouched_for(w, r->tag))
		return false;
	world_digest(w, r->tag, digest);
	return digest[0] != '\0' && strcmp(digest, r->assets[asset].digest) == 0 && world_is_sound(w, r->tag);
}

static void found(struct course *c, int64_t now)
{
	struct world *w = &c->world;
	const struct release *r = &c->look.list.releases[c->look.plan.chosen];
	const struct plan_finding *f = &c->look.plan.findings[c->look.plan.chosen];
	char text[STATE_NAME + 100];
	course_tell_found(c, r->tag, "");
	if (!course_is_ordered(c) && (w->config->mode != CONFIG_RESTART || course_is_paused(c))) {
		struct text t;
		text_begin(&t, text, sizeof(text));
		text_addf(&t, "%s is there; %s`moult update` installs it", r->tag,
			  course_is_paused(c) ? "updates are paused: `moult resume` or " : "");
		course_remark(c, text);
		int64_t again = clock_wall() + LOOK_AGAIN, paused = w->state.paused_until;
		look_hold(&c->look, course_is_paused(c) && paused < again ? paused : again, text);
		course_settle_well(c, text, now);
		return;
	}
	bool on_disk = is_on_disk(w, r, f->asset);
	if (on_disk && pending_hold(c, r->tag, now))
		return;
	course_say(c, "Detected a new release %s, going to update now.", r->tag);
	state_forgive(&w->state, course_is_ordered(c) ? r->tag : "");
	c->move_began = now;
	if (on_disk) {
		download_sweep(w);
		move_begin(c, r->tag, course_is_ordered(c) ? STATE_ASKED : STATE_UPDATE, now);
		return;
	}
	c->doing = COURSE_INSTALLING;
	follow_install(c, install_begin(&c->install, r, f, now), now);
}

/* Nothing to install. What runs may be outside the pin all the same: nobody is taken down unasked. */
static void rest(struct course *c, int64_t now)
{
	const struct pin *pin = &c->world.config->pin;
	char text[PLAN_REASON + 200], current[STORE_NAME];
	const char *tag = world_tag(&c->world, world_current(&c->world, current));
	struct text t;
	text_begin(&t, text, sizeof(text));
	if (version_is(tag) && !pin_allows(pin, tag)) {
		text_addf(&t, "%s is outside GH_PIN=%s and stays; `moult update TAG` goes to one that is within", tag,
			  pin->text);
		course_remark(c, text);
	} else {
		text_addf(&t, "%s is the newest%s%s", tag, pin->count > 0 ? " within GH_PIN=" : "", pin->text);
		if (c->look.beyond)
			text_addf(&t, " of the last %d releases; older ones are not looked at", LOOK_RELEASES);
		log_debug("%s", text);
		c->said[0] = '\0';
	}
	course_settle_well(c, text, now);
}

/* A hook did not let it in before, and nothing newer is there; what the forge has withdrawn meanwhile is let go. */
static bool ask_again(struct course *c, int64_t now)
{
	struct world *w = &c->world;
	char name[STORE_NAME];
	if (c->deferred_reason == STATE_UPDATE && course_is_paused(c) && !course_is_ordered(c))
		return false;
	memcpy(name, c->deferred, sizeof(name));
	c->deferred[0] = '\0';
	if (name[0] == '\0' || (c->deferred_reason == STATE_UPDATE && !look_saw_no_change(&c->look)))
		return false;
	if (!store_has(&w->store, name) || world_bad(w, name) != NULL || !world_has_programs(w, name))
		return false;
	if (c->deferred_reason != STATE_UPDATE || !pending_hold(c, name, now))
		move_begin(c, name, c->deferred_reason, now);
	return true;
}

/* Somebody has to do something about the release; one who asked for it hears so at once. */
static void refused(struct course *c)
{
	const struct look *l = &c->look;
	course_complain(c, l->text);
	if (c->order == COURSE_POLL && l->plan.chosen != -1)
		course_tell_failed(c, "refused", l->list.releases[l->plan.chosen].tag, l->text);
}

/* An outage passes by itself; a token that is not accepted does not. */
static bool is_for_people(const char *code)
{
	return strcmp(code, "denied") == 0 || strcmp(code, "missing") == 0;
}

static void follow_look(struct course *c, enum look_result result, int64_t now)
{
	struct look *l = &c->look;
	char text[sizeof(l->text) + 80];
	struct text t;
	if (result == LOOK_WAIT)
		return;
	if (c->order == COURSE_PLAN && result != LOOK_FAILED) {
		course_settle(c, "", "", course_next_poll(c), now);
		return;
	}
	text_begin(&t, text, sizeof(text));
	switch (result) {
	case LOOK_WAIT: return;
	case LOOK_NOTHING:
		if (ask_again(c, now))
			return;
		pending_drop(c);
		if (c->order == COURSE_START) /* the newest is what is there: it has to be up as well */
			errand_tell(c, COURSE_START, now);
		else
			rest(c, now);
		return;
	case LOOK_FOUND: found(c, now); return;
	case LOOK_PENDING:
		if (ask_again(c, now))
			return;
		course_remark(c, l->text);
		if (l->plan.chosen != -1)
			course_tell_found(c, l->list.releases[l->plan.chosen].tag, l->text);
		course_settle(c, "pending", l->text, pending_seconds(c), now);
		return;
	case LOOK_REFUSED:
		pending_drop(c);
		if (strcmp(l->code, "none") == 0)
			course_remark(c, l->text);
		else
			refused(c);
		course_settle(c, "refused", l->text, course_next_poll(c), now);
		return;
	case LOOK_FAILED:
		text_addf(&t, "Cannot obtain the latest release information! %s (%s)", l->text, l->code);
		log_error("%s", text);
		if (is_for_people(l->code))
			course_tell_failed(c, l->code, "", l->text);
		if (c->order != COURSE_POLL || !pending_take(c, now))
			course_settle_badly(c, l->code, text, now);
		return;
	}
}

static void begin_look(struct course *c, enum course_order order, const char *tag, int64_t now)
{
	enum look_for whom = order == COURSE_POLL ? LOOK_BY_CLOCK : order == COURSE_PLAN ? LOOK_DRY : LOOK_BY_PERSON;
	c->order = order;
	c->doing = COURSE_LOOKING;
	c->poll_at = c->window_at = CLOCK_NEVER;
	c->move_began = now;
	follow_look(c, look_begin(&c->look, tag[0] != '\0' ? tag : NULL, whom, now), now);
}

/* ---- what happens ---- */

static void follow_reading(struct course *c, enum reading_result result, int64_t now);

static void job_ended(struct course *c, int64_t now)
{
	if (helper_busy(&c->world.helper))
		return;
	if (c->doing == COURSE_LOOKING)
		follow_look(c, look_ended(&c->look, now), now);
	else if (c->doing == COURSE_INSTALLING)
		follow_install(c, install_ended(&c->install, now), now);
	else if (c->doing == COURSE_READING)
		follow_reading(c, reading_ended(&c->reading), now);
	else if (c->doing == COURSE_NOTING)
		errand_notes_ended(c, now);
}

void cycle_helper_spoke(struct course *c, int64_t now)
{
	struct wire packet;
	struct install *in = &c->install;
	while (helper_next(&c->world.helper, &packet) == HELPER_DATA) {
		if (c->doing == COURSE_LOOKING) {
			look_packet(&c->look, &packet);
			continue;
		}
		if (c->doing == COURSE_READING) {
			reading_packet(&c->reading, &packet);
			continue;
		}
		if (c->doing == COURSE_NOTING) {
			errand_notes_packet(c, &packet);
			continue;
		}
		install_packet(in, &packet, now);
		if (in->step == INSTALL_ARCHIVE && c->listener.progress != NULL)
			c->listener.progress(c->listener.context, in->done, in->total);
	}
	job_ended(c, now);
}

/* ---- the start ---- */

void cycle_start(struct course *c, int64_t now)
{
	if (c->world.store.dir == -1)
		course_tell_ready(c);
	c->boot_by = now + COURSE_BOOT_MS;
	if (c->notify_fd != -1)
		c->ready_by = now + COURSE_READY_MS;
}

static void hook_ended(struct course *c, int64_t now)
{
	enum moment_answer answer = moment_ended(&c->moment, now);
	if (c->doing == COURSE_LEAVING)
		recovery_left(c, now);
	else
		move_answered(c, answer, now);
}

void cycle_hook_spoke(struct course *c)
{
	hook_read(&c->world.hook);
}

void cycle_child_died(struct course *c, int pid, int status, int64_t now)
{
	bool ours = pid == c->world.helper.pid;
	if (hook_reaped(&c->world.hook, pid, status))
		hook_ended(c, now);
	notice_reaped(&c->notice, pid, status, now);
	helper_reaped(&c->world.helper, pid, status);
	if (ours)
		cycle_helper_spoke(c, now); /* what it said last */
}

void cycle_service_changed(struct course *c, int64_t now)
{
	if (c->doing == COURSE_BOOT && c->world.service.contact != SERVICE_LOST)
		recovery_begin(c, now);
	else if (c->doing == COURSE_SWITCHING)
		move_follow(c, switch_step(&c->switching, now), now);
	else if (c->doing == COURSE_PROVING)
		move_look_at_app(c, now);
	else if (c->doing == COURSE_TELLING)
		errand_tell_step(c, now);
}

/* ---- orders ---- */

/* Begins it; nothing else is under way. False: refused. */
static bool begin(struct course *c, enum course_order order, const char *argument, int64_t now)
{
	switch (obey_order(c, order, argument, now)) {
	case OBEY_REFUSED: return false;
	case OBEY_MOVE: return true;
	case OBEY_LOOK: begin_look(c, order, c->wanted, now); return true;
	case OBEY_TELL: errand_tell(c, order, now); return true;
	case OBEY_NOTES: errand_notes(c, c->wanted, now); return true;
	case OBEY_VERIFY: errand_verify(c, c->wanted, now); return true;
	}
	return false;
}

/* The profile is read before anything is done: one that is wrong changes nothing. */
static void follow_reading(struct course *c, enum reading_result result, int64_t now)
{
	switch (result) {
	case READING_WAIT: return;
	case READING_FAILED: course_end_order(c, c->reading.code, c->reading.text, now); return;
	case READING_DONE:
		c->dresses = true;
		memcpy(c->profile, c->reading.used, sizeof(c->profile));
		if (!begin(c, COURSE_START, c->selector, now))
			course_end_order(c, c->answer.code, c->answer.text, now);
		return;
	}
}

/* The same for an order as it was given: `start SELECTOR PROFILE` has two words. */
static bool obey(struct course *c, enum course_order order, const char *argument, int64_t now)
{
	const char *profile = order == COURSE_START ? strchr(argument, ' ') : NULL;
	if (profile == NULL || c->world.store.dir == -1)
		return begin(c, order, argument, now);
	struct text t;
	text_begin(&t, c->selector, sizeof(c->selector));
	text_addf(&t, "%.*s", (int)(profile - argument), argument);
	if (strcmp(profile + 1, PROFILE_NONE) != 0) {
		c->doing = COURSE_READING;
		follow_reading(c, reading_begin(&c->reading, profile + 1, now), now);
		return true;
	}
	c->dresses = true;
	c->profile[0] = '\0';
	if (begin(c, order, c->selector, now))
		return true;
	c->dresses = false;
	return false;
}

bool cycle_take_order(struct course *c, enum course_order order, const char *argument, int64_t now)
{
	const char *fault = obey_fault(order, argument);
	bool polling = c->doing == COURSE_LOOKING && c->order == COURSE_POLL;
	if (fault != NULL) {
		course_answer(c, "usage", "%s", fault);
		return false;
	}
	if (c->doing == COURSE_LOOKING && order == COURSE_CHECK && c->order != COURSE_PLAN)
		return true; /* that is what is being done */
	if (c->has_waiting || (c->doing != COURSE_IDLE && !polling)) {
		course_answer(c, "busy", "something is under way already; `moult status` says what");
		return false;
	}
	if (!polling)
		return obey(c, order, argument, now);
	c->has_waiting = true;
	c->waiting = order;
	text_cut(c->waiting_tag, sizeof(c->waiting_tag), "%s", argument);
	return true;
}

static void take_waiting(struct course *c, int64_t now)
{
	c->has_waiting = false;
	if (!obey(c, c->waiting, c->waiting_tag, now) && c->listener.ended != NULL)
		c->listener.ended(c->listener.context, false, c->answer.code, c->answer.text);
}

/* ---- the clock ---- */

/* UPDATE_WINDOW is about to open, or was to. A last look at the forge, where it may be asked. */
static void look_out_of_window(struct course *c, int64_t now)
{
	course_watch_window(c, now);
	if (c->window_at != CLOCK_NEVER)
		return;
	if (world_not_before(&c->world) == 0)
		begin_look(c, COURSE_POLL, "", now);
	else
		(void)pending_take(c, now);
}

static bool must_prove(const struct course *c)
{
	return c->unproven && c->notify_fd == -1;
}

/* The deadline of what is being done. */
static int64_t doing_deadline(const struct course *c)
{
	switch (c->doing) {
	case COURSE_BOOT: return c->boot_by;
	case COURSE_IDLE:
		if (must_prove(c) || c->has_waiting)
			return 0;
		return c->poll_at < c->window_at ? c->poll_at : c->window_at;
	case COURSE_LOOKING:
	case COURSE_READING:
	case COURSE_NOTING:
	case COURSE_INSTALLING: return c->world.helper.deadline;
	case COURSE_ASKING:
	case COURSE_LEAVING: return c->world.hook.deadline;
	case COURSE_SWITCHING: return c->switching.deadline;
	case COURSE_PROVING: return c->probation.deadline;
	case COURSE_TELLING: return c->tell.deadline;
	case COURSE_VERIFYING: return 0;
	}
	return CLOCK_NEVER;
}

int64_t cycle_deadline(const struct course *c)
{
	int64_t doing = doing_deadline(c);
	return doing < c->ready_by ? doing : c->ready_by;
}

void cycle_tick(struct course *c, int64_t now)
{
	if (now >= c->ready_by) {
		log_warn("the first look takes more than 30 seconds: the app need not wait for it");
		course_tell_ready(c);
	}
	if (now < doing_deadline(c))
		return;
	switch (c->doing) {
	case COURSE_BOOT: recovery_begin(c, now); return;
	case COURSE_IDLE:
		if (must_prove(c))
			move_prove(c, now);
		else if (c->has_waiting)
			take_waiting(c, now);
		else if (now < c->poll_at)
			look_out_of_window(c, now);
		else
			begin_look(c, COURSE_POLL, "", now);
		return;
	case COURSE_LOOKING:
	case COURSE_READING:
	case COURSE_NOTING:
	case COURSE_INSTALLING:
		helper_expire(&c->world.helper);
		job_ended(c, now);
		return;
	case COURSE_ASKING:
	case COURSE_LEAVING: hook_expire(&c->world.hook, now); return;
	case COURSE_SWITCHING: move_follow(c, switch_step(&c->switching, now), now); return;
	case COURSE_PROVING: move_look_at_app(c, now); return;
	case COURSE_TELLING: errand_tell_step(c, now); return;
	case COURSE_VERIFYING: errand_verify_step(c, now); return;
	}
}
