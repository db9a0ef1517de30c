#include "updater/recovery.h"

#include <string.h>
#include <sys/stat.h>
#include "lib/clock.h"
#include "lib/log.h"
#include "updater/arbiter.h"
#include "updater/download.h"
#include "updater/move.h"

static void link_first(struct course *c, const char *name)
{
	struct world *w = &c->world;
	if (store_set_link(&w->store, "current", name) == -1)
		log_error_errno("%s/current cannot be made", w->config->state_dir);
	else
		log_info("%s is what runs", world_tag(w, name));
}

static void say_what_runs(const struct world *w, const char *name)
{
	const struct plan_bad *bad = world_bad(w, name);
	const char *tag = world_tag(w, name), *floor = w->state.floor;
	if (bad != NULL)
		log_warn("%s is what runs, though it is bad (%s): nothing on disk is good", tag, bad->reason);
	else if (floor[0] != '\0' && strcmp(floor, tag) != 0)
		log_info("%s is what runs: a person went back to it from %s", tag, floor);
	else
		log_info("%s is what runs: the highest on disk that is not bad%s", tag,
			 world_is_open(w) ? "" : ", or that need not wait for UPDATE_WINDOW");
}

/* Image or volume: the highest one that is not bad. */
static void arbitrate(struct course *c, int64_t now)
{
	struct world *w = &c->world;
	char best[STORE_NAME], current[STORE_NAME];
	c->doing = COURSE_IDLE;
	world_current(w, current);
	if (!arbiter_best(w, best)) {
		log_info("no release is on disk yet: the app runs when the first one is installed");
	} else if (current[0] == '\0') {
		link_first(c, best);
	} else if (strcmp(best, current) != 0) {
		log_info("%s %s is to run instead of %s %s: it is the highest that is not bad",
			 strcmp(best, STORE_BAKED) == 0 ? "the image's" : "the volume's", world_tag(w, best),
			 strcmp(current, STORE_BAKED) == 0 ? "the image's" : "the volume's", world_tag(w, current));
		move_begin(c, best, STATE_IMAGE, now);
		return;
	} else {
		say_what_runs(w, best);
	}
	course_watch_window(c, now);
	int64_t peace = world_not_before(w) - clock_wall();
	if (course_polls(c))
		c->poll_at = now + (peace > 0 ? peace : 0) * 1000;
	if (c->poll_at != now)
		course_tell_ready(c);
}

static void start_app_again(struct course *c)
{
	if (c->world.state.start && c->world.service.contact == SERVICE_SEEN)
		service_say(&c->world.service, "up");
}

void recovery_left(struct course *c, int64_t now)
{
	start_app_again(c);
	c->world.state.to[0] = c->world.state.from[0] = '\0';
	c->world.state.tries = 0;
	if (world_enter(&c->world, STATE_IDLE) == -1)
		log_warn("the next start will undo it once more");
	arbitrate(c, now);
}

/* What `pre` did is undone first. */
static void begin_to_leave(struct course *c, int64_t now)
{
	c->doing = COURSE_LEAVING;
	if (c->world.state.reason == STATE_BACK || moment_begin(&c->moment, MOMENT_UNDO, now) != MOMENT_WAIT)
		recovery_left(c, now);
}

/* A former life ended between stopping the app and knowing that the new release is good, or in a hook after that. */
static void recover_move(struct course *c, int64_t now)
{
	struct world *w = &c->world;
	struct state *s = &w->state;
	char current[STORE_NAME];
	bool same = strcmp(s->from, s->to) == 0; /* only the profile is another: the link tells nothing */
	bool turned = strcmp(world_current(w, current), s->to) == 0 && !(same && s->phase == STATE_STOP);
	const struct plan_bad *bad = world_bad(w, s->to);
	char why[sizeof(bad->reason)];
	c->move_began = now;
	log_warn("the move from %s to %s was interrupted in phase %s", world_tag(w, s->from), world_tag(w, s->to),
		 state_phase_name(s->phase));
	if (!store_has(&w->store, s->to)) {
		begin_to_leave(c, now);
	} else if (s->phase == STATE_POST) {
		move_again_told(c, now);
	} else if (s->phase == STATE_UNDO) {
		if (turned)
			move_follow(c, SWITCH_TURNED, now);
		else
			begin_to_leave(c, now);
	} else if (turned && s->reason != STATE_BACK && bad != NULL) { /* marked, and the way back not yet begun */
		memcpy(why, bad->reason, sizeof(why));
		move_go_back(c, why, now);
	} else if (s->tries >= MOVE_TRIES && s->reason != STATE_BACK && turned) {
		move_give_up(c, "the container or the updater ended three times while it was tried", now);
	} else if (s->tries >= MOVE_TRIES) {
		begin_to_leave(c, now);
	} else if (turned) {
		s->tries++;
		c->doing = COURSE_SWITCHING;
		move_follow(c, s->phase < STATE_START ? SWITCH_TURNED : switch_resume(&c->switching), now);
	} else {
		c->doing = COURSE_SWITCHING;
		move_follow(c, switch_begin(&c->switching, now), now);
	}
}

/* A move whose last word is missing: the image's release waits for the first poll between its link and its first life,
 * and that poll writes its own phases. */
static bool is_unproven(const struct world *w)
{
	char current[STORE_NAME];
	return w->state.to[0] != '\0' && strcmp(world_current(w, current), w->state.to) == 0;
}

static void recover(struct course *c, int64_t now)
{
	struct world *w = &c->world;
	if (store_sweep(&w->store) == -1)
		log_warn_errno("%s/staging cannot be swept", w->config->state_dir);
	/* The variables may be others than in our former life, and what is on disk as well: look properly once. */
	w->state.list_etag[0] = '\0';
	w->state.listed = 0;
	download_sweep(w);
	if (w->state.phase < STATE_STOP && is_unproven(w))
		w->state.tries = 0; /* it was not even started */
	if (w->state.phase >= STATE_STOP || is_unproven(w)) {
		recover_move(c, now);
		return;
	}
	if (w->state.phase != STATE_IDLE) {
		log_info("phase %s was interrupted: it begins anew", state_phase_name(w->state.phase));
		w->state.phase = STATE_IDLE;
	}
	arbitrate(c, now);
}

/* What is installed is of no use where the app is started from somewhere else. */
static void check_app_dir(const struct world *w)
{
	struct stat app, current;
	if (fstatat(w->store.dir, "current", &current, 0) == -1)
		return;
	if (stat(w->config->app_dir, &app) == 0 && app.st_dev == current.st_dev && app.st_ino == current.st_ino)
		return;
	log_warn("APP_DIR=%s does not lead to %s/current: make it a link to that, or releases do not reach the app",
		 w->config->app_dir, w->config->state_dir);
}

void recovery_begin(struct course *c, int64_t now)
{
	c->boot_by = CLOCK_NEVER;
	if (c->world.store.dir == -1) {
		c->doing = COURSE_IDLE;
		return;
	}
	const struct service *app = &c->world.service;
	c->app_waits = app->contact != SERVICE_SEEN || strcmp(app->state, "wait") == 0;
	recover(c, now);
	check_app_dir(&c->world);
}
