#include "updater/course.h"

#include <string.h>
#include <sys/random.h>
#include <unistd.h>
#include "lib/clock.h"
#include "lib/io.h"
#include "lib/log.h"
#include "lib/text.h"
#include "updater/policy/schedule.h"
#include "updater/zone.h"

#define WINDOW_WATCH 3600 /* seconds */

void course_init(struct course *c, const struct config *config, const char *helper_dir)
{
	c->doing = COURSE_BOOT;
	c->notify_fd = -1;
	c->poll_at = c->window_at = c->ready_by = c->boot_by = CLOCK_NEVER;
	c->world.config = config;
	c->world.helper_dir = helper_dir;
	helper_init(&c->world.helper);
	service_init(&c->world.service, config->app_service, config->run_dir);
	hook_init(&c->world.hook);
	look_init(&c->look, &c->world);
	install_init(&c->install, &c->world);
	moment_init(&c->moment, &c->world);
	notice_init(&c->notice, &c->world);
	switch_init(&c->switching, &c->world);
	reading_init(&c->reading, &c->world);
	tell_init(&c->tell, &c->world);
	verify_init(&c->verify, &c->world);
}

const char *course_doing_word(const struct course *c)
{
	static const char *const words[] = {
		[COURSE_BOOT] = "starting",	      [COURSE_IDLE] = "idle",	    [COURSE_LOOKING] = "looking",
		[COURSE_INSTALLING] = "installing",   [COURSE_ASKING] = "asking",   [COURSE_SWITCHING] = "switching",
		[COURSE_PROVING] = "watching",	      [COURSE_LEAVING] = "leaving", [COURSE_READING] = "reading",
		[COURSE_NOTING] = "asking the forge", [COURSE_TELLING] = "telling", [COURSE_VERIFYING] = "verifying",
	};
	return words[c->doing];
}

void course_answer(struct course *c, const char *code, const char *format, ...)
{
	va_list args;
	text_cut(c->answer.code, sizeof(c->answer.code), "%s", code);
	va_start(args, format);
	text_cutv(c->answer.text, sizeof(c->answer.text), format, args);
	va_end(args);
}

bool course_is_ordered(const struct course *c)
{
	return c->order == COURSE_UPDATE || c->order == COURSE_START;
}

bool course_is_paused(const struct course *c)
{
	return c->world.state.paused_until > clock_wall();
}

void course_say(struct course *c, const char *format, ...)
{
	char line[LOG_MAX];
	va_list args;
	va_start(args, format);
	text_cutv(line, sizeof(line), format, args);
	va_end(args);
	log_info("%s", line);
	if (c->listener.event != NULL)
		c->listener.event(c->listener.context, line);
}

void course_tell_ready(struct course *c)
{
	if (c->notify_fd != -1 && write(c->notify_fd, "\n", 1) == -1)
		log_warn_errno("init cannot be told that the updater is ready");
	io_close(&c->notify_fd);
	c->ready_by = CLOCK_NEVER;
}

bool course_polls(const struct course *c)
{
	return !c->idle_for_good && c->world.config->mode != CONFIG_OFF;
}

static uint64_t chance(void)
{
	uint64_t n = 0;
	if (getrandom(&n, sizeof(n), GRND_NONBLOCK) == -1)
		n = (uint64_t)clock_ms();
	return n;
}

/* The wall clock may be set meanwhile: it is looked at again within the hour. */
void course_watch_window(struct course *c, int64_t now)
{
	int64_t wall = clock_wall(), opens;
	c->window_at = CLOCK_NEVER;
	if (c->world.state.staged[0] == '\0' || c->world.config->mode != CONFIG_RESTART || c->idle_for_good)
		return;
	opens = window_opens(&c->world.config->window, wall, zone_offset);
	if (opens != wall) /* else the polls see to it */
		c->window_at = now + (opens != -1 && opens - wall < WINDOW_WATCH ? opens - wall : WINDOW_WATCH) * 1000;
}

static void schedule(struct course *c, int64_t seconds, int64_t now)
{
	course_watch_window(c, now);
	int64_t peace = world_not_before(&c->world) - clock_wall();
	int64_t allowed = schedule_peace(peace, c->world.config->sleep, chance());
	int64_t paused = c->world.state.paused_until - clock_wall();
	if (paused > 0 && paused < seconds) /* what it held back is installed when it ends, not a poll later */
		seconds = paused;
	c->poll_at = course_polls(c) ? now + (seconds > allowed ? seconds : allowed) * 1000 : CLOCK_NEVER;
}

void course_settle(struct course *c, const char *code, const char *text, int64_t seconds, int64_t now)
{
	struct world *w = &c->world;
	c->doing = COURSE_IDLE;
	c->dresses = false;
	install_end(&c->install);
	if (w->state.phase != STATE_IDLE && world_enter(w, STATE_IDLE) == -1)
		log_warn("the next start will look into what was done");
	if (text[0] != '\0') {
		text_cut(c->last, sizeof(c->last), "%s", text);
		c->last_when = clock_wall();
	}
	schedule(c, seconds, now);
	if (c->listener.ended != NULL && !c->has_waiting)
		c->listener.ended(c->listener.context, code[0] == '\0', code, text);
	course_tell_ready(c);
}

void course_end_order(struct course *c, const char *code, const char *text, int64_t now)
{
	struct world *w = &c->world;
	c->doing = COURSE_IDLE;
	c->dresses = false;
	if (w->state.phase != STATE_IDLE && world_enter(w, STATE_IDLE) == -1)
		log_warn("the next start will look into what was done");
	if (c->poll_at == CLOCK_NEVER)
		schedule(c, course_next_poll(c), now);
	if (c->listener.ended != NULL)
		c->listener.ended(c->listener.context, code[0] == '\0', code, text);
}

int64_t course_next_poll(const struct course *c)
{
	return schedule_wait(c->world.config->sleep, (unsigned)c->world.state.failures, chance());
}

void course_settle_well(struct course *c, const char *text, int64_t now)
{
	bool failed_before = c->world.state.failures > 0;
	c->world.state.failures = 0;
	if (failed_before && world_save(&c->world) == -1)
		log_warn("it is remembered that polls failed");
	course_settle(c, "", text, course_next_poll(c), now);
}

void course_settle_badly(struct course *c, const char *code, const char *text, int64_t now)
{
	c->world.state.failures++;
	if (world_save(&c->world) == -1)
		log_warn("it is not remembered that this failed");
	int64_t seconds = course_next_poll(c);
	course_settle(c, code, text, seconds, now);
	if (c->poll_at != CLOCK_NEVER)
		log_info("trying again in %lld seconds", (long long)(c->poll_at - now) / 1000);
}

/* A person hears it again, the clock does not. */
static bool is_news(struct course *c, const char *text)
{
	bool news = strcmp(c->said, text) != 0 || c->order != COURSE_POLL;
	text_cut(c->said, sizeof(c->said), "%s", text);
	return news;
}

void course_complain(struct course *c, const char *text)
{
	if (is_news(c, text))
		log_error("%s", text);
	else
		log_debug("still: %s", text);
}

void course_remark(struct course *c, const char *text)
{
	if (is_news(c, text))
		log_info("%s", text);
	else
		log_debug("still: %s", text);
}

void course_tell_found(struct course *c, const char *tag, const char *reason)
{
	char current[STORE_NAME];
	notice_found(&c->notice, world_tag(&c->world, world_current(&c->world, current)), tag, reason);
}

void course_tell_failed(struct course *c, const char *code, const char *tag, const char *reason)
{
	char current[STORE_NAME];
	notice_failed(&c->notice, code, world_tag(&c->world, world_current(&c->world, current)), tag, reason);
}

void course_mark_bad(struct course *c, const char *tag, const char *digest, const char *reason, int64_t now)
{
	struct world *w = &c->world;
	char current[STORE_NAME];
	state_mark_bad(&w->state, tag, digest, reason, clock_wall());
	if (world_save(w) == -1)
		log_warn("that %s is bad will be forgotten at the next start", tag);
	/* What runs, or what ran before the link was turned to the bad one. */
	bool turned = strcmp(world_tag(w, world_current(w, current)), tag) == 0;
	world_remember(w, "bad", world_tag(w, turned ? w->state.from : current), tag, reason, now - c->move_began);
}
