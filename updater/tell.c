#include "updater/tell.h"

#include <string.h>
#include "lib/clock.h"
#include "lib/text.h"

void tell_init(struct tell *t, struct world *w)
{
	*t = (struct tell){.world = w, .deadline = CLOCK_NEVER};
}

static enum tell_result end(struct tell *t, enum tell_result result, const char *code, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

static enum tell_result end(struct tell *t, enum tell_result result, const char *code, const char *format, ...)
{
	va_list args;
	t->deadline = CLOCK_NEVER;
	text_cut(t->code, sizeof(t->code), "%s", code);
	va_start(args, format);
	text_cutv(t->text, sizeof(t->text), format, args);
	va_end(args);
	return result;
}

static enum tell_result started(struct tell *t)
{
	char current[STORE_NAME];
	const struct world *w = t->world;
	return end(t, TELL_DONE, "", "%s runs, %s", w->service.name, world_tag(w, world_current(w, current)));
}

static enum tell_result late(struct tell *t)
{
	const struct service *app = &t->world->service;
	if (t->up)
		return end(t, TELL_FAILED, "timeout",
			   "%s is not ready within %llu seconds (UPDATE_READY); init goes on with it", app->name,
			   (unsigned long long)t->world->config->ready);
	return end(t, TELL_FAILED, "timeout",
		   "%s did not stop within %llu seconds (SVWAIT); `sv force-stop %s` kills it", app->name,
		   (unsigned long long)t->world->config->stop_wait, app->name);
}

enum tell_result tell_step(struct tell *t, int64_t now)
{
	const struct service *app = &t->world->service;
	if (app->contact == SERVICE_ABSENT)
		return end(t, TELL_FAILED, "absent", "init runs no service %s", app->name);
	if (app->contact != SERVICE_SEEN)
		return end(t, TELL_FAILED, "lost", "init cannot be reached in RUN_DIR=%s", app->run_dir);
	if (app->refused[0] != '\0')
		return end(t, TELL_FAILED, "denied", "init does not let us: %s", app->refused);
	if (!app->asking && !t->up && service_is_down(app))
		return end(t, TELL_DONE, "", "%s is stopped; `moult start` starts it again", app->name);
	if (!app->asking && t->up && service_is_up(app) && app->ready)
		return started(t);
	if (t->up && app->deaths > t->deaths && (strcmp(app->state, "backoff") == 0 || service_is_down(app)))
		return end(t, TELL_FAILED, "failed", "%s does not stay up", app->name);
	return now >= t->deadline ? late(t) : TELL_WAIT;
}

enum tell_result tell_begin(struct tell *t, bool up, int64_t now)
{
	struct world *w = t->world;
	t->up = up;
	t->deaths = w->service.deaths;
	t->deadline = now + (int64_t)(up ? w->config->ready : w->config->stop_wait) * 1000;
	if (w->service.contact == SERVICE_SEEN)
		service_say(&w->service, up ? "up" : "down");
	return tell_step(t, now);
}
