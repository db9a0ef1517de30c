#include "svc/table.h"

#include <string.h>
#include "lib/clock.h"
#include "lib/kernel.h"
#include "lib/log.h"
#include "lib/text.h"
#include "svc/custom.h"

static struct service places[TABLE_PLACES];
static unsigned used;	  /* no place from here on was ever taken */
static unsigned services; /* in the table now */

static char names[TABLE_PLACES * SERVICE_NAME];
static size_t named; /* bytes of it */

/* Of each name: to look through these is to look through two kilobytes, not through all that is known. */
static uint16_t digests[TABLE_PLACES];

struct service *table_at(unsigned slot)
{
	return slot < used && places[slot].name != NULL ? &places[slot] : NULL;
}

struct service *table_next(const struct service *s)
{
	for (unsigned slot = s == NULL ? 0 : s->slot + 1U; slot < used; slot++) {
		if (places[slot].name != NULL)
			return &places[slot];
	}
	return NULL;
}

static uint16_t digest_of(const char *name)
{
	unsigned n = 0;

	for (; *name != '\0'; name++)
		n = n * 31 + (unsigned char)*name;
	return (uint16_t)(n ^ n >> 16);
}

/* A logger that drains is not found: the name is for the one that comes after it. */
struct service *table_find(const char *name)
{
	uint16_t digest = digest_of(name);

	for (unsigned slot = 0; slot < used; slot++) {
		struct service *s = &places[slot];

		if (digests[slot] == digest && s->name != NULL && strcmp(s->name, name) == 0 &&
		    !(s->logger && s->life.want == LIFE_WANT_EXIT))
			return s;
	}
	return NULL;
}

static struct service *owner_of(const char *name)
{
	struct service *s = table_next(NULL);

	while (s != NULL && s->name != name)
		s = table_next(s);
	return s;
}

/* Names of those that are forgotten go only when there is no room any more. */
static void pack_names(void)
{
	char *to = names, *at = names, *end = names + named;

	while (at < end) {
		size_t len = strlen(at) + 1;
		struct service *s = owner_of(at);

		if (s != NULL) {
			memmove(to, at, len);
			s->name = to;
			to += len;
		}
		at += len;
	}
	named = (size_t)(to - names);
}

/* Packed, there is room for everybody's longest. */
static const char *keep_name(const char *name, const char *suffix)
{
	char *at;
	int len;

	if (sizeof names - named < SERVICE_NAME)
		pack_names();
	at = names + named;
	len = text_format(at, sizeof names - named, "%s%s", name, suffix);
	named += (size_t)len + 1;
	return at;
}

/* There are twice as many places as services, so one is free. */
static struct service *take_place(const char *name, const char *suffix, int64_t now)
{
	unsigned slot = 0;
	struct service *s;

	while (table_at(slot) != NULL)
		slot++;
	if (slot == used)
		used++;
	s = &places[slot];
	*s = (struct service){.pipe = -1, .notify = -1, .messages = -1, .peer = SERVICE_NONE, .waits = SERVICE_NONE};
	s->slot = (uint16_t)slot;
	life_begin(&s->life, now);
	s->name = keep_name(name, suffix);
	digests[slot] = digest_of(s->name);
	return s;
}

struct service *table_add(const char *name, bool with_logger, int64_t now)
{
	int ends[2];
	struct service *s, *logger;

	if (services == TABLE_SERVICES) {
		log_error("%s: not taken: there are %d services already, which is the most", name, TABLE_SERVICES);
		return NULL;
	}
	if (with_logger && kernel_pipe(ends, O_CLOEXEC) == -1) {
		log_error_errno("%s: not taken: no pipe to its logger", name);
		return NULL;
	}
	services++;
	s = take_place(name, "", now);
	if (!with_logger)
		return s;
	logger = take_place(name, "/log", now);
	logger->logger = true;
	logger->pipe = ends[0];
	logger->peer = s->slot;
	s->pipe = ends[1];
	s->peer = logger->slot;
	return s;
}

static void forget(struct service *s, int64_t now)
{
	struct service *peer = table_at(s->peer);

	service_release(s); /* with it the last way to write into the logger's pipe that is ours */
	if (peer != NULL)
		peer->peer = SERVICE_NONE;
	if (!s->logger) {
		services--;
		if (peer != NULL)
			service_event(peer, LIFE_DRAIN, now);
	}
	s->name = NULL;
}

bool table_sweep(int64_t now)
{
	bool replaced = false;

	for (struct service *s = table_next(NULL); s != NULL; s = table_next(s)) {
		if (s->life.state == LIFE_GONE) {
			replaced |= s->moved;
			forget(s, now);
		}
	}
	/* A logger stands behind its service, unless it took an older place. */
	for (struct service *s = table_next(NULL); s != NULL; s = table_next(s)) {
		if (s->logger && s->life.state == LIFE_GONE)
			forget(s, now);
	}
	return replaced;
}

static void look_at_groups(void)
{
	for (struct service *s = table_next(NULL); s != NULL; s = table_next(s))
		service_look(s, clock_ms());
}

/* Most that die are nobody's: they must not cost more than this look. */
void table_died(pid_t pid, int status)
{
	struct service *s = places;

	while (s < places + used && s->pid != pid && s->checker != pid && s->control != pid)
		s++;
	if (s == places + used) {
		if (log_debugs())
			log_debug("reaped the orphan %d", (int)pid);
	} else if (s->pid == pid && s->life.state != LIFE_LINGER)
		service_died(s, status, clock_ms());
	else if (s->checker == pid)
		service_checked(s, status, clock_ms());
	else if (s->control == pid)
		custom_died(s, status);
	if (service_lingering() > 0)
		look_at_groups();
}

int64_t table_due(void)
{
	int64_t due = LIFE_NEVER;

	for (struct service *s = table_next(NULL); s != NULL; s = table_next(s)) {
		if (s->life.due < due)
			due = s->life.due;
	}
	return due;
}

/* What a waiting service is due for is looked at by those who know whom it waits for: svc/after. */
void table_tick(int64_t now)
{
	for (struct service *s = table_next(NULL); s != NULL; s = table_next(s)) {
		if (s->life.state != LIFE_WAIT && s->life.due <= now)
			service_event(s, LIFE_TIMEOUT, now);
	}
}
