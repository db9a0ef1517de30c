#include "updater/switch.h"

#include <errno.h>
#include <string.h>
#include "lib/clock.h"
#include "lib/io.h"
#include "lib/log.h"
#include "lib/text.h"
#include "updater/disk/carry.h"
#include "updater/disk/profile.h"

#define KILL_WAIT_MS 10000 /* a process that does not die of KILL within this time is stuck in the kernel */

void switch_init(struct switching *s, struct world *w)
{
	*s = (struct switching){.world = w, .deadline = CLOCK_NEVER};
}

static void because(struct switching *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void because(struct switching *s, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	text_cutv(s->why, sizeof(s->why), format, args);
	va_end(args);
}

static enum switch_result refuse(struct switching *s)
{
	s->deadline = CLOCK_NEVER;
	return SWITCH_REFUSED;
}

void switch_give_back(struct switching *s)
{
	if (s->world->state.start && s->world->service.contact != SERVICE_ABSENT)
		service_say(&s->world->service, "up");
}

static void tell_edited(const char *path)
{
	log_warn("%s was changed by the app and is shipped by the release: the app's is kept beside it", path);
}

/* Both releases opened for a carry. */
struct two {
	struct manifest before, after;
	bool has_after;
	struct carry carry;
};

static void close_two(struct two *t)
{
	io_close(&t->carry.from);
	io_close(&t->carry.to);
	manifest_close(&t->before);
	manifest_close(&t->after);
}

/* -1: errno and *what. */
static int open_two(struct switching *s, struct two *t, const char **what)
{
	const struct state *st = &s->world->state;
	const struct store *store = &s->world->store;
	*t = (struct two){.carry = {.from = -1, .to = -1}};
	*what = "the manifest of the release before";
	if (store_manifest(store, st->from, &t->before) == -1)
		return -1;
	t->has_after = store_manifest(store, st->to, &t->after) == 0;
	*what = "the directory of the release before";
	t->carry.from = store_directory(store, st->from);
	if (t->carry.from == -1)
		return -1;
	*what = "the directory of the release";
	t->carry.to = store_directory(store, st->to);
	if (t->carry.to == -1)
		return -1;
	t->carry.before = &t->before;
	t->carry.after = t->has_after ? &t->after : NULL;
	t->carry.old_tag = world_tag(s->world, st->from);
	t->carry.edited = tell_edited;
	return 0;
}

static bool has_something_to_carry(const struct state *st)
{
	return st->from[0] != '\0' && strcmp(st->from, st->to) != 0;
}

/* Without its manifest nobody can tell what in a release is the app's. It stays on disk then, for people to look at. */
static bool is_unknown(int error)
{
	return error == ENOENT || error == EBADMSG;
}

int switch_check(struct switching *s)
{
	struct two t;
	const char *what;
	/* A former life may have ended, or a disk have failed, before the release was there for good. */
	if (io_sync_dir(s->world->store.releases) == -1) {
		because(s, "the release cannot be brought to the disk: %s", strerror(errno));
		return -1;
	}
	if (!has_something_to_carry(&s->world->state))
		return 0;
	if (open_two(s, &t, &what) == -1) {
		int error = errno;
		close_two(&t);
		because(s, "%s: %s", what, strerror(error));
		return is_unknown(error) ? 0 : -1;
	}
	int r = carry_check(&t.carry);
	if (r == -1)
		because(s, "%s, which the app wrote, cannot be taken along: %s", t.carry.path, strerror(errno));
	close_two(&t);
	return r;
}

static int carry(struct switching *s)
{
	const struct state *st = &s->world->state;
	struct two t;
	const char *what;
	if (!has_something_to_carry(st))
		return 0;
	if (open_two(s, &t, &what) == -1) {
		int error = errno;
		close_two(&t);
		because(s, "%s: %s", what, strerror(error));
		if (is_unknown(error))
			log_warn("%s; what the app wrote stays in releases/%s", s->why, st->from);
		return is_unknown(error) ? 0 : -1;
	}
	int r = carry_over(&t.carry);
	if (r == -1)
		because(s, "%s, which the app wrote, cannot be taken along: %s", t.carry.path, strerror(errno));
	else if (t.carry.carried > 0)
		log_info("took %llu files of the app along, %llu of them under another name",
			 (unsigned long long)t.carry.carried, (unsigned long long)t.carry.kept_beside);
	if (r == 0 && t.carry.skipped > 0)
		log_warn("%llu sockets or devices of the app could not be taken along",
			 (unsigned long long)t.carry.skipped);
	close_two(&t);
	if (r == 0 && store_set_carried(&s->world->store, st->from, true) == -1)
		log_warn_errno("releases/%s.carried cannot be written", st->from);
	return r;
}

/* The bad release must go whatever of its files can follow; those stay in its directory.
 *
 * From here to the turned link the phase is not written down: what STATE_STOP recorded says all that a later start
 * needs, together with the link, and the app is down while a disk is waited for. */
static int do_carry(struct switching *s)
{
	s->world->state.phase = STATE_CARRY;
	if (carry(s) == 0)
		return 0;
	if (s->world->state.reason != STATE_BACK)
		return -1;
	log_error("%s; it stays in releases/%s", s->why, s->world->state.from);
	return 0;
}

static int turn(struct switching *s)
{
	struct world *w = s->world;
	const struct state *st = &w->state;
	w->state.phase = STATE_SWITCH;
	char current[STORE_NAME];
	if (store_set_carried(&w->store, st->to, false) == -1 || store_set_link(&w->store, "current", st->to) == -1) {
		because(s, "the link %s/current cannot be turned: %s", w->config->state_dir, strerror(errno));
		if (strcmp(world_current(w, current), st->to) != 0)
			return -1;
		log_warn("%s; it is, but a power cut may turn it back", s->why);
	}
	log_info("switched from %s to %s", st->from[0] == '\0' ? "nothing" : world_tag(w, st->from),
		 world_tag(w, st->to));
	return 0;
}

/* What the app is started with, forward and back. It starts in any case. */
static void dress(struct world *w)
{
	char used[PROFILE_USED], name[PROFILE_NAME_MAX + 1];
	profile_current(w->store.dir, used);
	if (strcmp(used, w->state.profile_to) == 0)
		return;
	profile_name(w->state.profile_to, name);
	if (profile_turn(w->store.dir, w->state.profile_to) == -1)
		log_error_errno("%s/profile cannot be turned: the app starts with the one before",
				w->config->state_dir);
	else
		log_info("profile %s is in force", name[0] == '\0' ? PROFILE_NONE : name);
}

enum switch_result switch_resume(struct switching *s)
{
	struct world *w = s->world;
	const struct state *st = &w->state;
	s->deadline = CLOCK_NEVER;
	dress(w);
	if (st->start && w->service.contact != SERVICE_ABSENT)
		service_say(&w->service, "up");
	/* The link is turned: what cannot be written now is found out from the link at the next start. */
	if (world_enter(w, STATE_START) == -1)
		log_warn("going on all the same");
	if (has_something_to_carry(st) && st->reason != STATE_BACK &&
	    store_set_link(&w->store, "previous", st->from) == -1)
		log_warn_errno("%s/previous cannot be turned", w->config->state_dir);
	return SWITCH_STARTED;
}

static enum switch_result dead(struct switching *s, int64_t now)
{
	s->deadline = CLOCK_NEVER;
	if (s->world->service.contact == SERVICE_SEEN)
		log_info("%s is stopped, after %lld ms", s->world->service.name, (long long)(now - s->began));
	return do_carry(s) == -1 || turn(s) == -1 ? refuse(s) : SWITCH_TURNED;
}

static enum switch_result overdue(struct switching *s, int64_t now)
{
	const struct service *app = &s->world->service;
	if (app->contact == SERVICE_LOST) {
		because(s, "init cannot be reached in RUN_DIR=%s", app->run_dir);
		return refuse(s);
	}
	if (s->killed) {
		because(s, "%s (pid %llu) does not die", app->name, (unsigned long long)app->pid);
		return refuse(s);
	}
	log_warn("%s did not stop within %llu seconds (SVWAIT): killing it", app->name,
		 (unsigned long long)s->world->config->stop_wait);
	s->killed = true;
	s->deadline = now + KILL_WAIT_MS;
	service_say(&s->world->service, "kill");
	return SWITCH_WAIT;
}

enum switch_result switch_step(struct switching *s, int64_t now)
{
	struct service *app = &s->world->service;
	if (app->contact == SERVICE_ABSENT)
		return dead(s, now);
	if (app->refused[0] != '\0') {
		because(s, "init does not let us stop %s: %s", app->name, app->refused);
		return refuse(s);
	}
	if (!app->asking && service_is_down(app))
		return dead(s, now);
	return now >= s->deadline ? overdue(s, now) : SWITCH_WAIT;
}

enum switch_result switch_begin(struct switching *s, int64_t now)
{
	struct world *w = s->world;
	s->killed = false;
	s->began = now;
	s->why[0] = '\0';
	w->state.tries++;
	if (world_enter(w, STATE_STOP) == -1) {
		because(s, "the state cannot be written");
		return SWITCH_REFUSED;
	}
	s->deadline = now + (int64_t)w->config->stop_wait * 1000;
	if (w->service.contact == SERVICE_ABSENT)
		return dead(s, now);
	service_say(&w->service, "down");
	return SWITCH_WAIT; /* even a service that is down already has to have heard it, or it starts under our hands */
}
