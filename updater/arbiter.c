#include "updater/arbiter.h"

#include <errno.h>
#include <string.h>
#include "lib/io.h"
#include "lib/log.h"

static bool is_bad(const struct world *w, const char *name)
{
	return state_bad(&w->state, world_tag(w, name)) != NULL;
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

/* Every file that it shipped is there, or every program; one that somebody removed would not be noticed before the app
 * misses it. An app may remove what it does not need any more, but not well its programs. */
static bool is_whole(const struct world *w, const char *name, bool programs_only)
{
	struct manifest m;
	char missing[TREE_PATH] = "";
	if (store_manifest(&w->store, name, &m) == -1) {
		log_warn_errno("%s has no manifest to check it by", world_tag(w, name));
		return store_has(&w->store, name);
	}
	int top = store_directory(&w->store, name);
	bool whole = top != -1 && manifest_check(&m, top, programs_only, missing) == 0;
	if (!whole)
		log_error_errno("%s is damaged, %s is missing", world_tag(w, name), missing);
	io_close(&top);
	manifest_close(&m);
	return whole;
}

void arbiter_disown(struct world *w)
{
	char names[STORE_MAX][STORE_NAME];
	int count = list(w, names);
	for (int i = 0; i < count; i++)
		if (strcmp(names[i], STORE_BAKED) != 0 && !is_whole(w, names[i], true) &&
		    store_disown(&w->store, names[i]) == -1)
			log_warn_errno("releases/%s cannot be set aside", names[i]);
}

bool arbiter_best(const struct world *w, char name[STORE_NAME])
{
	char names[STORE_MAX][STORE_NAME], current[STORE_NAME];
	int count = list(w, names), best = 0;
	world_current(w, current);
	while (best < count && is_bad(w, names[best]))
		best++;
	if (best >= count) {
		take(name, current[0] != '\0' ? current : count > 0 ? names[0] : "");
		return name[0] != '\0';
	}
	take(name, names[best]);
	if (current[0] == '\0' || is_bad(w, current))
		return true;
	bool same = version_compare(world_tag(w, current), world_tag(w, name)) == 0;
	bool chosen = w->state.floor[0] != '\0' && version_compare(world_tag(w, name), w->state.floor) <= 0;
	if (same || chosen)
		take(name, current);
	return true;
}

bool arbiter_good(const struct world *w, const char *bad, const char *wanted, char name[STORE_NAME])
{
	char names[STORE_MAX][STORE_NAME];
	if (wanted[0] != '\0' && store_has(&w->store, wanted) && !is_bad(w, wanted) && is_whole(w, wanted, false)) {
		take(name, wanted);
		return true;
	}
	int count = list(w, names);
	for (int i = 0; i < count; i++)
		if (strcmp(names[i], bad) != 0 && !is_bad(w, names[i]) && is_whole(w, names[i], false)) {
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
		if (version_compare(world_tag(w, names[i]), world_tag(w, current)) < 0 && !is_bad(w, names[i])) {
			take(name, names[i]);
			return true;
		}
	return false;
}
