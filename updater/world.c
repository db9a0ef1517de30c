#include "updater/world.h"

#include "lib/clock.h"
#include "lib/log.h"
#include "updater/history.h"

int world_save(struct world *w)
{
	if (state_save(w->store.dir, &w->state) == 0)
		return 0;
	log_error_errno("%s/state cannot be written", w->config->state_dir);
	return -1;
}

int world_enter(struct world *w, enum state_phase phase)
{
	w->state.phase = phase;
	return world_save(w);
}

void world_remember(struct world *w, const char *what, const char *from, const char *to, const char *why,
		    int64_t took_ms)
{
	struct history_event event = {clock_wall(), what, from, to, why, took_ms};
	if (history_add(w->store.dir, &event) == -1)
		log_warn_errno("%s/history cannot be written", w->config->state_dir);
}

const char *world_current(const struct world *w, char name[STORE_NAME])
{
	store_link(&w->store, "current", name);
	return name;
}

const char *world_tag(const struct world *w, const char *name)
{
	return name[0] == '\0' ? "" : store_tag(&w->store, name);
}
