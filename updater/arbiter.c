#include "updater/arbiter.h"

#include <string.h>
#include "lib/log.h"
#include "updater/policy/order.h"

static bool is_bad(const struct world *w, const char *name)
{
	return world_bad(w, name) != NULL;
}

static void take(char out[STORE_NAME], const char *name)
{
	memmove(out, name, strlen(name) + 1);
}

static int list(const struct world *w, char names[STORE_MAX][STORE_NAME])
{
	int count = store_list(&w->store, names);
	if (count == -1)
		log_error_errno("%s/releases cannot be read", w->config->state_dir);
	return count;
}

/* An app may remove what it does not need any more, but not well its programs. */
static bool may_run(const struct world *w, const char *name)
{
	return !is_bad(w, name) && world_has_programs(w, name);
}

static bool is_another(const char *name, const char *current)
{
	return strcmp(name, current) != 0 && strcmp(name, STORE_BAKED) != 0;
}

bool arbiter_best(const struct world *w, char name[STORE_NAME])
{
	char names[STORE_MAX][STORE_NAME], current[STORE_NAME];
	int count = list(w, names), best = 0;
	world_current(w, current);
	bool waits = !world_is_open(w) && current[0] != '\0' && may_run(w, current);
	while (best < count && ((waits && is_another(names[best], current)) || !may_run(w, names[best])))
		best++;
	if (best >= count) {
		take(name, current[0] != '\0' ? current : count > 0 ? names[0] : "");
		return name[0] != '\0';
	}
	take(name, names[best]);
	if (current[0] == '\0' || !may_run(w, current))
		return true;
	if (w->config->channel.kind == CHANNEL_BRANCH) { /* what it was built from is no version */
		take(name, current);
		return true;
	}
	bool same = store_compare(&w->store, current, name) == 0;
	bool chosen = w->state.floor[0] != '\0' && order_compare(world_tag(w, name), world_published(w, name),
								 w->state.floor, w->state.floor_published) <= 0;
	if (same || chosen)
		take(name, current);
	return true;
}

bool arbiter_highest(const struct world *w, char name[STORE_NAME])
{
	char names[STORE_MAX][STORE_NAME];
	int count = list(w, names);
	for (int i = 0; i < count; i++)
		if (may_run(w, names[i])) {
			take(name, names[i]);
			return true;
		}
	return false;
}

bool arbiter_good(const struct world *w, const char *bad, const char *wanted, char name[STORE_NAME])
{
	char names[STORE_MAX][STORE_NAME];
	if (wanted[0] != '\0' && store_has(&w->store, wanted) && !is_bad(w, wanted) && world_is_sound(w, wanted)) {
		take(name, wanted);
		return true;
	}
	int count = list(w, names);
	for (int i = 0; i < count; i++)
		if (strcmp(names[i], bad) != 0 && strcmp(names[i], wanted) != 0 && !is_bad(w, names[i]) &&
		    world_is_sound(w, names[i])) {
			take(name, names[i]);
			return true;
		}
	return false;
}

bool arbiter_previous(const struct world *w, char name[STORE_NAME])
{
	char names[STORE_MAX][STORE_NAME], current[STORE_NAME];
	world_current(w, current);
	if (store_link(&w->store, "previous", name) && strcmp(name, current) != 0 && !is_bad(w, name))
		return true;
	int count = list(w, names);
	for (int i = 0; i < count; i++)
		if (store_compare(&w->store, names[i], current) < 0 && !is_bad(w, names[i])) {
			take(name, names[i]);
			return true;
		}
	return false;
}
