#include "updater/errand.h"

#include <string.h>
#include "lib/log.h"
#include "updater/disk/profile.h"
#include "updater/move.h"

static void follow_tell(struct course *c, enum tell_result result, int64_t now)
{
	switch (result) {
	case TELL_WAIT: return;
	case TELL_DONE:
	case TELL_FAILED:
		log_info("%s", c->tell.text);
		course_end_order(c, c->tell.code, c->tell.text, now);
		return;
	}
}

/* The release stays; another profile needs another start all the same. */
static bool dress(struct course *c, int64_t now)
{
	char used[PROFILE_USED], current[STORE_NAME];
	profile_current(c->world.store.dir, used);
	if (!c->dresses || strcmp(used, c->profile) == 0)
		return false;
	move_begin(c, world_current(&c->world, current), STATE_ASKED, now);
	return true;
}

void errand_tell(struct course *c, enum course_order order, int64_t now)
{
	c->order = order;
	if (order == COURSE_START && dress(c, now))
		return;
	c->doing = COURSE_TELLING;
	follow_tell(c, tell_begin(&c->tell, order == COURSE_START, now), now);
}

void errand_tell_step(struct course *c, int64_t now)
{
	follow_tell(c, tell_step(&c->tell, now), now);
}

void errand_verify(struct course *c, const char *name, int64_t now)
{
	c->doing = COURSE_VERIFYING;
	if (verify_begin(&c->verify, name) == VERIFY_BAD)
		course_end_order(c, c->verify.code, c->verify.text, now);
}

void errand_verify_step(struct course *c, int64_t now)
{
	struct wire packet;
	switch (verify_step(&c->verify, &packet)) {
	case VERIFY_WAIT: return;
	case VERIFY_FOUND:
		if (c->listener.packet != NULL)
			c->listener.packet(c->listener.context, &packet);
		return;
	case VERIFY_GOOD:
	case VERIFY_BAD: course_end_order(c, c->verify.code, c->verify.text, now); return;
	}
}
