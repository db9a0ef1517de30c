#include "updater/obey.h"

#include <string.h>
#include "lib/clock.h"
#include "lib/env.h"
#include "lib/log.h"
#include "updater/arbiter.h"
#include "updater/move.h"
#include "updater/policy/when.h"

#define PAUSE_MAX (10 * 366 * 86400ULL)

static enum obey_result refuse(struct course *c, const char *code, const char *text)
{
	course_answer(c, code, "%s", text);
	return OBEY_REFUSED;
}

/* A release by its tag as people write it: the image's is on disk under another name. */
static const char *find_on_disk(const struct world *w, const char *tag, char name[STORE_NAME])
{
	bool baked = w->store.has_baked && strcmp(tag, w->store.baked_tag) == 0 && !store_has(&w->store, tag);
	memcpy(name, baked ? STORE_BAKED : tag, baked ? sizeof(STORE_BAKED) : strlen(tag) + 1);
	return store_has(&w->store, name) ? name : NULL;
}

static bool is_current(const struct world *w, const char *name)
{
	char current[STORE_NAME];
	return strcmp(name, world_current(w, current)) == 0;
}

static enum obey_result move_to(struct course *c, const char *name, enum course_order order, int64_t now)
{
	struct world *w = &c->world;
	if (is_current(w, name))
		return refuse(c, "refused", "that is what runs");
	if (state_forgive(&w->state, world_tag(w, name)) && world_save(w) == -1)
		return refuse(c, "system", "the state cannot be written");
	c->order = order;
	course_say(c, "going to %s, as asked", world_tag(w, name));
	move_begin(c, name, STATE_ASKED, now);
	return OBEY_MOVE;
}

static enum obey_result move_to_sound(struct course *c, const char *name, enum course_order order, int64_t now)
{
	if (!is_current(&c->world, name) && !world_is_sound(&c->world, name))
		return refuse(
			c, "damaged",
			"it is damaged on disk: `moult verify TAG` shows where, `moult update TAG` fetches it anew");
	return move_to(c, name, order, now);
}

static enum obey_result roll_back(struct course *c, const char *tag, int64_t now)
{
	struct world *w = &c->world;
	char name[STORE_NAME];
	if (tag[0] != '\0' && find_on_disk(w, tag, name) == NULL)
		return refuse(c, "missing", "no such release is on disk; `moult list` shows those that are");
	if (tag[0] == '\0' && !arbiter_previous(w, name))
		return refuse(c, "missing", "there is no release to go back to");
	return move_to_sound(c, name, COURSE_ROLLBACK, now);
}

static enum obey_result look_for(struct course *c, const char *tag)
{
	if (c->idle_for_good)
		return refuse(c, "config", c->why_idle);
	if (world_not_before(&c->world) > 0)
		return refuse(c, "limited",
			      "the forge asked not to be asked again yet; `moult status` says until when");
	text_cut(c->wanted, sizeof(c->wanted), "%s", tag);
	return OBEY_LOOK;
}

/* A release that lies sound on the disk need not be asked for. */
static enum obey_result go_to(struct course *c, enum course_order order, const char *tag, int64_t now)
{
	char name[STORE_NAME];
	const struct world *w = &c->world;
	if (tag[0] != '\0' && find_on_disk(w, tag, name) != NULL && world_bad(w, name) == NULL &&
	    world_is_sound(w, name))
		return move_to(c, name, order, now);
	return look_for(c, tag);
}

static enum obey_result start(struct course *c, const char *selector, int64_t now)
{
	const struct world *w = &c->world;
	char name[STORE_NAME], current[STORE_NAME];
	memcpy(name, world_current(w, current), sizeof(name));
	if (strcmp(selector, ":new") == 0)
		return look_for(c, "");
	if (strcmp(selector, ":latest") == 0 && !arbiter_highest(w, name))
		return refuse(c, "missing", "no good release is on disk; `moult list` shows what is");
	if (strcmp(selector, ":stable") == 0 && !store_link(&w->store, "stable", name))
		return refuse(c, "missing", "no release is marked stable; `moult stable mark` marks the one that runs");
	if (strcmp(selector, ":current") == 0)
		selector = "";
	if (selector[0] != ':' && selector[0] != '\0' && find_on_disk(w, selector, name) == NULL)
		return look_for(c, selector);
	if (name[0] == '\0')
		return refuse(c, "missing", "no release is on disk yet; `moult start :new` gets the newest");
	if (is_current(w, name))
		return OBEY_TELL;
	if (selector[0] == ':')
		return move_to_sound(c, name, COURSE_START, now);
	return go_to(c, COURSE_START, selector, now);
}

static enum obey_result verify(struct course *c, const char *tag)
{
	struct world *w = &c->world;
	char name[STORE_NAME] = "";
	if (tag[0] == '\0')
		world_current(w, name);
	if (tag[0] == '\0' ? name[0] == '\0' : find_on_disk(w, tag, name) == NULL)
		return refuse(c, "missing", "no such release is on disk; `moult list` shows those that are");
	text_cut(c->wanted, sizeof(c->wanted), "%s", name);
	return OBEY_VERIFY;
}

enum obey_result obey_order(struct course *c, enum course_order order, const char *argument, int64_t now)
{
	if (c->world.store.dir == -1)
		return refuse(c, "system", c->why_idle);
	switch (order) {
	case COURSE_POLL:
	case COURSE_CHECK:
	case COURSE_PLAN: return look_for(c, "");
	case COURSE_UPDATE: return go_to(c, order, argument, now);
	case COURSE_ROLLBACK: return roll_back(c, argument, now);
	case COURSE_START: return start(c, argument, now);
	case COURSE_STOP: return OBEY_TELL;
	case COURSE_NOTES: return look_for(c, argument) == OBEY_LOOK ? OBEY_NOTES : OBEY_REFUSED;
	case COURSE_VERIFY: return verify(c, argument);
	}
	return OBEY_REFUSED;
}

/* SELECTOR or SELECTOR PROFILE */
static const char *start_fault(const char *argument)
{
	static const char *const selectors[] = {":current", ":new", ":latest", ":stable"};
	char selector[STATE_NAME];
	const char *profile = strchr(argument, ' ');
	size_t len = profile == NULL ? strlen(argument) : (size_t)(profile - argument);
	if (len >= sizeof(selector))
		return "is longer than 128 bytes";
	memcpy(selector, argument, len);
	selector[len] = '\0';
	if (profile != NULL && profile_name_fault(profile + 1) != NULL)
		return "the profile's name has to be 1 to 64 letters, digits and . _ + -, the first not . or -";
	if (selector[0] != ':')
		return version_tag_fault(selector);
	for (size_t i = 0; i < sizeof(selectors) / sizeof(selectors[0]); i++)
		if (strcmp(selector, selectors[i]) == 0)
			return NULL;
	return "is no selector; there are :current, :new, :latest and :stable";
}

const char *obey_fault(enum course_order order, const char *argument)
{
	if (argument[0] == '\0')
		return NULL;
	return order == COURSE_START ? start_fault(argument) : version_tag_fault(argument);
}

/* ---- at once ---- */

static void pause_updates(struct course *c, const char *duration)
{
	struct world *w = &c->world;
	char text[WHEN_TEXT];
	uint64_t seconds = 0;
	if (duration[0] != '\0' && env_seconds(duration, 1, PAUSE_MAX, &seconds) == -1) {
		course_answer(c, "usage", "%.40s: has to be seconds (or 90m, 12h, 7d), up to 10 years", duration);
		return;
	}
	int64_t before = w->state.paused_until, until = seconds == 0 ? INT64_MAX : clock_wall() + (int64_t)seconds;
	w->state.paused_until = until;
	if (world_save(w) == -1) {
		w->state.paused_until = before;
		course_answer(c, "system", "the state cannot be written");
		return;
	}
	when_text(until, text);
	if (seconds == 0)
		course_answer(c, "", "nothing is installed by itself until `moult resume`");
	else
		course_answer(c, "", "nothing is installed by itself until %s, or `moult resume`", text);
	log_info("%s", c->answer.text);
}

static void resume_updates(struct course *c, int64_t now)
{
	struct world *w = &c->world;
	int64_t before = w->state.paused_until;
	w->state.paused_until = 0;
	if (before != 0 && world_save(w) == -1) {
		w->state.paused_until = before;
		course_answer(c, "system", "the state cannot be written");
		return;
	}
	if (c->look.look_at > 0) /* what was held back is looked at properly */
		c->look.look_at = clock_wall();
	if (before != 0 && c->doing == COURSE_IDLE && course_polls(c) && world_not_before(w) == 0)
		c->poll_at = now;
	course_answer(c, "", before != 0 ? "newer releases are installed again" : "nothing was paused");
	log_info("%s", c->answer.text);
}

static void mark_stable(struct course *c, const char *tag)
{
	struct world *w = &c->world;
	char name[STORE_NAME];
	const char *fault = tag[0] == '\0' ? NULL : version_tag_fault(tag);
	if (fault != NULL) {
		course_answer(c, "usage", "%s", fault);
		return;
	}
	if (tag[0] == '\0')
		world_current(w, name);
	if (tag[0] == '\0' ? name[0] == '\0' : find_on_disk(w, tag, name) == NULL)
		course_answer(c, "missing", "no such release is on disk; `moult list` shows those that are");
	else if (world_bad(w, name) != NULL)
		course_answer(c, "refused", "it is bad: %s", world_bad(w, name)->reason);
	else if (c->doing == COURSE_PROVING && strcmp(name, w->state.to) == 0)
		course_answer(c, "busy", "it has to pass its probation first; `moult status` shows when it has");
	else if (store_set_link(&w->store, "stable", name) == -1)
		course_answer(c, "system", "the link STATE_DIR/stable cannot be turned");
	else
		course_answer(c, "", "%s is the stable one; it is not removed, and `moult start :stable` starts it",
			      world_tag(w, name));
}

struct removal {
	struct course *course;
	unsigned count;
};

static void tell_removed(void *context, const char *tag)
{
	struct removal *r = context;
	r->count++;
	log_info("removed %s, as asked", tag);
}

static void collect_garbage(struct course *c)
{
	struct world *w = &c->world;
	struct removal removal = {c, 0};
	char current[STORE_NAME];
	if (c->doing != COURSE_IDLE) {
		course_answer(c, "busy", "something is under way already; `moult status` says what");
		return;
	}
	world_current(w, current);
	if (store_gc(&w->store, w->config->keep, current, "", tell_removed, &removal) == -1)
		course_answer(c, "system", "%u releases are removed, the next cannot be; the log says more",
			      removal.count);
	else
		course_answer(c, "",
			      "%u releases are removed; the running, previous and stable one stay, %llu others "
			      "(UPDATE_KEEP), and"
			      " what holds files of the app's",
			      removal.count, (unsigned long long)w->config->keep);
}

void obey_at_once(struct course *c, enum obey_what what, const char *argument, int64_t now)
{
	if (c->world.store.dir == -1) {
		course_answer(c, "system", "%s", c->why_idle);
		return;
	}
	switch (what) {
	case OBEY_PAUSE: pause_updates(c, argument); return;
	case OBEY_RESUME: resume_updates(c, now); return;
	case OBEY_MARK: mark_stable(c, argument); return;
	case OBEY_GC: collect_garbage(c); return;
	}
}
