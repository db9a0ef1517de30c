#include "updater/pending.h"

#include <string.h>
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/text.h"
#include "updater/move.h"
#include "updater/policy/when.h"
#include "updater/zone.h"

#define LATE_SECONDS 60 /* until a release whose assets are late is looked at again */

int64_t pending_seconds(const struct course *c)
{
	int64_t sleep = (int64_t)c->world.config->sleep, poll = course_next_poll(c);
	if (c->look.look_at == 0)
		return sleep < LATE_SECONDS ? sleep : LATE_SECONDS;
	int64_t left = c->look.look_at - clock_wall();
	return left < poll ? left : poll;
}

bool pending_hold(struct course *c, const char *tag, int64_t now)
{
	struct world *w = &c->world;
	char text[PLAN_REASON], current[STORE_NAME], when[WHEN_TEXT];
	struct text t;
	if (course_is_ordered(c) || world_is_open(w) || world_current(w, current)[0] == '\0')
		return false;
	int64_t opens = window_opens(&w->config->window, clock_wall(), zone_offset);
	when_text(opens, when);
	text_begin(&t, text, sizeof(text));
	text_addf(&t, "%s is on disk and waits for UPDATE_WINDOW, which opens at %s", tag, when);
	text_cut(w->state.staged, sizeof(w->state.staged), "%s", tag);
	look_hold(&c->look, opens, text);
	if (world_save(w) == -1)
		log_warn("that %s waits will be forgotten at the next start", tag);
	course_remark(c, text);
	course_settle(c, "pending", text, pending_seconds(c), now);
	return true;
}

void pending_drop(struct course *c)
{
	struct world *w = &c->world;
	char tag[STATE_NAME];
	memcpy(tag, w->state.staged, sizeof(tag));
	if (tag[0] == '\0')
		return;
	w->state.staged[0] = '\0';
	if (world_save(w) == -1)
		log_warn("the next start may move to %s all the same", tag);
	log_info("%s does not wait for the window any more: it is not what the forge has to install", tag);
}

bool pending_take(struct course *c, int64_t now)
{
	struct world *w = &c->world;
	char tag[STATE_NAME], current[STORE_NAME];
	if (w->state.staged[0] == '\0' || w->config->mode != CONFIG_RESTART || course_is_paused(c) || !world_is_open(w))
		return false;
	memcpy(tag, w->state.staged, sizeof(tag));
	if (!store_has(&w->store, tag) || world_bad(w, tag) != NULL || !world_is_sound(w, tag) ||
	    !world_is_vouched_for(w, tag) || store_compare(&w->store, tag, world_current(w, current)) <= 0) {
		pending_drop(c);
		return false;
	}
	course_say(c, "UPDATE_WINDOW is open: going to %s, which waited for it", tag);
	c->order = COURSE_POLL;
	move_begin(c, tag, STATE_UPDATE, now);
	return true;
}
