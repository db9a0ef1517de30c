#include "updater/errand.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "lib/io.h"
#include "lib/log.h"
#include "updater/ask.h"
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

void errand_notes(struct course *c, const char *tag, int64_t now)
{
	struct world *w = &c->world;
	struct wire request;
	char path[STORE_PATH];
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int fds[] = {-1, null, STDERR_FILENO};
	c->doing = COURSE_NOTING;
	world_asks(w, w->config->api);
	ask_release(&request, w->config, tag);
	wire_put_number(&request, "notes", 1);
	int r = text_format(path, sizeof(path), "%s/moult-fetch", w->helper_dir);
	if (r != -1)
		r = helper_start(&w->helper, path, fds, 3, &request, now + (ASK_SECONDS + 10) * 1000);
	io_close(&null);
	if (r == -1)
		course_end_order(c, "system", "moult-fetch cannot be started", now);
}

void errand_notes_packet(struct course *c, const struct wire *packet)
{
	char kind[16];
	if (wire_get(packet, "kind", kind, sizeof(kind)) == -1)
		kind[0] = '\0';
	if (strcmp(kind, "wait") == 0)
		world_wait(&c->world, packet);
	else if (strcmp(kind, "note") == 0 && c->listener.packet != NULL)
		c->listener.packet(c->listener.context, packet);
}

void errand_notes_ended(struct course *c, int64_t now)
{
	const struct helper *h = &c->world.helper;
	course_end_order(c, h->ok ? "" : h->code, h->ok ? "" : h->text, now);
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
