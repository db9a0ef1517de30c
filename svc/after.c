#include "svc/after.h"

#include <stdbool.h>
#include "lib/log.h"
#include "lib/text.h"
#include "svc/dir.h"
#include "svc/table.h"

#define PAIRS 4096 /* of which each service of a full table has four */

static struct pair {
	uint16_t first, then;
} pairs[PAIRS];
static unsigned npairs;

/* Nobody needs to wait for it, however long it takes from here. */
static bool is_settled(const struct service *other)
{
	switch (other->life.state) {
	case LIFE_DOWN:
	case LIFE_FATAL:
	case LIFE_GONE: return true;
	case LIFE_RUN: return other->life.ready;
	case LIFE_STOPPING: return other->life.want != LIFE_WANT_UP;
	case LIFE_LINGER:
	case LIFE_FINISH: return other->life.want == LIFE_WANT_DOWN || other->life.want == LIFE_WANT_EXIT;
	case LIFE_WAIT:
	case LIFE_BACKOFF:
	case LIFE_START:
	case LIFE_STATES: break;
	}
	return false;
}

/* s waits for somebody who in the end waits for s. */
static bool closes_circle(const struct service *s)
{
	char names[256];
	struct text t;
	const struct service *at = s;
	unsigned steps = 0;

	text_begin(&t, names, sizeof names);
	do {
		text_addf(&t, "%s after ", at->name);
		at = table_at(at->waits);
		if (at == NULL || at->life.state != LIFE_WAIT || ++steps == TABLE_PLACES)
			return false; /* the last: into a circle of others, which is theirs to break */
	} while (at != s);
	log_error("a circle: %s%s; %s goes first", names, s->name, s->name);
	return true;
}

/* The one s has been waiting for: is that over? The clock for it runs from when it stopped waiting itself. */
static bool wait_is_over(struct service *s, int64_t now)
{
	const struct service *other = table_at(s->waits);

	if (other == NULL || is_settled(other))
		return true;
	if (other->life.state != LIFE_WAIT && s->life.due == LIFE_NEVER)
		s->life.due = now + other->up_ms;
	if (now < s->life.due)
		return false;
	log_warn("%s: %s is not ready after %u ms; not waiting any longer", s->name, other->name, other->up_ms);
	return true;
}

/* The next name in `after` that s has to wait for, or NULL. Names that are done with stay so. */
static const struct service *next_to_wait_for(struct service *s, const char *svdir)
{
	struct dir_list list;
	const struct service *found = NULL;
	const char *name;

	(void)dir_list_of(svdir, s->name, DIR_AFTER, &list); /* it has said what is wrong */
	for (unsigned i = 0; found == NULL && (name = dir_next(&list)) != NULL; i++) {
		const struct service *other = i < s->after_done ? NULL : table_find(name);

		if (other == s)
			log_error("a circle: %s after %s; it does not wait for itself", name, name);
		if (other != NULL && other != s && !is_settled(other))
			found = other;
		else if (i >= s->after_done)
			s->after_done++;
	}
	return found;
}

/* True when s may start now. Only who begins to wait can close a circle. */
static bool is_clear(struct service *s, const char *svdir, int64_t now)
{
	const struct service *other;

	if (s->logger)
		return true;
	do {
		if (s->waits != SERVICE_NONE) {
			if (!wait_is_over(s, now))
				return false;
			s->after_done++;
		}
		other = next_to_wait_for(s, svdir);
		s->life.due = LIFE_NEVER;
		s->waits = other == NULL ? SERVICE_NONE : other->slot;
		if (other != NULL && closes_circle(s)) {
			s->after_done++;
			s->waits = SERVICE_NONE;
		}
	} while (other != NULL);
	return true;
}

void after_settle(const char *svdir, int64_t now)
{
	for (struct service *s = table_next(NULL); s != NULL; s = table_next(s)) {
		bool waits = s->life.state == LIFE_WAIT;

		if (waits && !is_clear(s, svdir, now))
			continue;
		s->waits = SERVICE_NONE;
		s->after_done = 0;
		if (waits)
			service_event(s, LIFE_CLEAR, now);
	}
}

static void note_names(const struct service *s, struct dir_list *list)
{
	const char *name;

	while ((name = dir_next(list)) != NULL) {
		const struct service *other = table_find(name);

		if (other == NULL || other == s)
			continue;
		if (npairs == PAIRS) {
			log_error("%s: more than %d names in all `after` files: %s may stop too early", s->name, PAIRS,
				  name);
			return;
		}
		pairs[npairs++] = (struct pair){.first = other->slot, .then = s->slot};
	}
}

void after_note_all(const char *svdir)
{
	struct dir_list list;

	npairs = 0;
	for (struct service *s = table_next(NULL); s != NULL; s = table_next(s)) {
		if (s->logger)
			continue;
		(void)dir_list_of(svdir, s->name, DIR_AFTER, &list); /* it has said what is wrong */
		note_names(s, &list);
	}
}

bool after_needed(const struct service *s)
{
	for (unsigned i = 0; i < npairs; i++) {
		if (pairs[i].first == s->slot && table_at(pairs[i].then) != NULL)
			return true;
	}
	return false;
}
