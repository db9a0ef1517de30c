#include "updater/disk/state.h"

#include <errno.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include "lib/env.h"
#include "lib/io.h"
#include "lib/text.h"
#include "updater/policy/schedule.h"

#define FIRST_LINE "moult-state 1"
#define LAST_LINE "end"
#define FILE_MAX 20480 /* all marks and waits at their longest */

static const char *const phases[STATE_PHASES] = {
	[STATE_IDLE] = "idle",		[STATE_PROBE] = "probe",	 [STATE_PLAN] = "plan",
	[STATE_FETCH] = "fetch",	[STATE_BUILD] = "build",	 [STATE_VERIFY] = "verify",
	[STATE_UNPACK] = "unpack",	[STATE_PRE] = "pre-hook",	 [STATE_STOP] = "stop",
	[STATE_CARRY] = "carry",	[STATE_SWITCH] = "switch",	 [STATE_START] = "start",
	[STATE_READY] = "ready",	[STATE_PROBATION] = "probation", [STATE_POST] = "post-hook",
	[STATE_UNDO] = "rollback-hook",
};

static const char *const reasons[STATE_REASONS] = {
	[STATE_UPDATE] = "update",
	[STATE_ASKED] = "asked",
	[STATE_BACK] = "back",
	[STATE_IMAGE] = "image",
};

enum form { TEXT, NAME, NUMBER, TIME, FLAG, PHASE, REASON, TRUST };

struct field {
	const char *key;
	enum form form;
	size_t at, size;
};

#define MEMBER(key, form, m)                                                                                           \
	{                                                                                                              \
		key, form, offsetof(struct state, m), sizeof(((struct state *)0)->m)                                   \
	}

static const struct field fields[] = {
	MEMBER("phase", PHASE, phase),
	MEMBER("reason", REASON, reason),
	MEMBER("from", NAME, from),
	MEMBER("to", NAME, to),
	MEMBER("profile-from", NAME, profile_from),
	MEMBER("profile-to", NAME, profile_to),
	MEMBER("start", FLAG, start),
	MEMBER("unwell", FLAG, unwell),
	MEMBER("tries", NUMBER, tries),
	MEMBER("tag", NAME, tag),
	MEMBER("hook-tries", NUMBER, hook_tries),
	MEMBER("asset", TEXT, asset),
	MEMBER("digest", TEXT, digest),
	MEMBER("download-etag", TEXT, download_etag),
	MEMBER("list-etag", TEXT, list_etag),
	MEMBER("seen", TEXT, seen),
	MEMBER("told", NAME, told),
	MEMBER("listed", TIME, listed),
	MEMBER("failures", NUMBER, failures),
	MEMBER("paused-until", TIME, paused_until),
	MEMBER("staged", NAME, staged),
	MEMBER("verified-of", TEXT, verified_of),
	MEMBER("verified-tag", NAME, verified_tag),
	MEMBER("verified", TRUST, verified),
	MEMBER("verified-by", TEXT, verified_by),
	MEMBER("floor", NAME, floor),
	MEMBER("floor-published", TIME, floor_published),
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

const char *state_phase_name(enum state_phase phase)
{
	return phases[phase];
}

const char *state_reason_name(enum state_reason reason)
{
	return reasons[reason];
}

static bool find_word(const char *const *list, size_t count, const char *value, size_t *out)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i], value) == 0) {
			*out = i;
			return true;
		}
	return false;
}

/* A tag or a store name: it may become a path. */
static bool is_path_safe(const char *value)
{
	return value[0] == '\0' || version_tag_fault(value[0] == '@' ? value + 1 : value) == NULL;
}

static bool set_text(struct state *s, const struct field *f, const char *value)
{
	if (strlen(value) >= f->size || (f->form == NAME && !is_path_safe(value)))
		return false;
	memcpy((char *)s + f->at, value, strlen(value) + 1);
	return true;
}

static bool set(struct state *s, const struct field *f, const char *value)
{
	void *at = (char *)s + f->at;
	uint64_t number = 0;
	size_t word = 0;
	switch (f->form) {
	case TEXT:
	case NAME: return set_text(s, f, value);
	case NUMBER: return env_number(value, 0, UINT32_MAX, at) == 0;
	case TIME:
		if (env_number(value, 0, INT64_MAX, &number) == -1)
			return false;
		*(int64_t *)at = (int64_t)number;
		return true;
	case FLAG: return env_bool(value, at) == 0;
	case PHASE:
		if (!find_word(phases, STATE_PHASES, value, &word))
			return false;
		s->phase = (enum state_phase)word;
		return true;
	case REASON:
		if (!find_word(reasons, STATE_REASONS, value, &word))
			return false;
		s->reason = (enum state_reason)word;
		return true;
	case TRUST: return trust_read(value, &s->verified);
	}
	return false;
}

/* "TAG DIGEST|- WHEN REASON" */
static bool parse_bad(struct state *s, char *value)
{
	char *rest = value;
	const char *tag = strsep(&rest, " ");
	const char *digest = strsep(&rest, " ");
	const char *when = strsep(&rest, " ");
	uint64_t epoch;
	if (rest == NULL || version_tag_fault(tag) != NULL || env_number(when, 0, INT64_MAX, &epoch) == -1)
		return false;
	if (strcmp(digest, "-") == 0)
		digest = "";
	else if (strlen(digest) != RELEASE_DIGEST - 1 || strspn(digest, "0123456789abcdef") != RELEASE_DIGEST - 1)
		return false;
	state_mark_bad(s, tag, digest, rest, (int64_t)epoch);
	return true;
}

/* "HOST WHEN"; before there were hosts, WHEN alone. */
static bool parse_wait(struct state *s, char *value)
{
	char *when = strchr(value, ' ');
	uint64_t until;
	if (when != NULL)
		*when++ = '\0';
	if (env_number(when != NULL ? when : value, 0, INT64_MAX, &until) == -1 || strlen(value) >= STATE_HOST)
		return false;
	state_wait(s, when != NULL ? value : "", (int64_t)until, 0);
	return true;
}

static bool parse_line(struct state *s, char *line)
{
	char *value = strchr(line, '=');
	if (value == NULL)
		return false;
	*value++ = '\0';
	if (strcmp(line, "bad") == 0)
		return parse_bad(s, value);
	if (strcmp(line, "wait") == 0 || strcmp(line, "not-before") == 0)
		return parse_wait(s, value);
	for (size_t i = 0; i < COUNT(fields); i++)
		if (strcmp(fields[i].key, line) == 0)
			return set(s, &fields[i], value);
	return false;
}

/* A move without its two ends, or with phases that need one, is not something that can be finished. */
static bool is_coherent(const struct state *s)
{
	return s->phase < STATE_STOP || s->to[0] != '\0';
}

/* Marks behind the last one are never read: their pages are not touched. */
static void clear(struct state *s)
{
	memset(s, 0, offsetof(struct state, bad));
	s->nbad = 0;
}

bool state_parse(char *text, struct state *s, const char **why)
{
	char *rest = text;
	const char *first = strsep(&rest, "\n");
	clear(s);
	*why = "it does not start with \"" FIRST_LINE "\"";
	if (strcmp(first, FIRST_LINE) != 0)
		return false;
	char *line;
	while ((line = strsep(&rest, "\n")) != NULL && strcmp(line, LAST_LINE) != 0)
		if (!parse_line(s, line)) {
			*why = "it has a line that is not of this version's making";
			return false;
		}
	*why = "its end is missing";
	if (line == NULL || rest == NULL || rest[0] != '\0')
		return false;
	*why = "it tells of a move to no release";
	return is_coherent(s);
}

int state_load(int dirfd, struct state *s, const char **why)
{
	char text[FILE_MAX];
	clear(s);
	*why = "it is no file of at most 20 KiB";
	ssize_t n = io_read_file(dirfd, "state", text, sizeof(text));
	if (n == -1 && errno == ENOENT)
		return 0;
	if (n == -1 && errno != EFBIG && errno != EINVAL)
		return -1;
	if (n >= 0 && strlen(text) == (size_t)n && state_parse(text, s, why))
		return 0;
	clear(s);
	return renameat(dirfd, "state", dirfd, "state.bad") == -1 ? -1 : 1;
}

static void put(struct text *t, const char *key, const char *value)
{
	if (value[0] == '\0')
		return;
	text_addf(t, "%s=", key);
	for (; *value != '\0'; value++)
		text_addf(t, "%c", (unsigned char)*value < ' ' || *value == 0x7f ? '?' : *value);
	text_add(t, "\n");
}

static void put_field(struct text *t, const struct state *s, const struct field *f)
{
	const void *at = (const char *)s + f->at;
	switch (f->form) {
	case TEXT:
	case NAME: put(t, f->key, at); break;
	case NUMBER: text_addf(t, "%s=%llu\n", f->key, (unsigned long long)*(const uint64_t *)at); break;
	case TIME: text_addf(t, "%s=%lld\n", f->key, (long long)*(const int64_t *)at); break;
	case FLAG: text_addf(t, "%s=%d\n", f->key, *(const bool *)at); break;
	case PHASE: put(t, f->key, phases[s->phase]); break;
	case REASON: put(t, f->key, reasons[s->reason]); break;
	case TRUST: put(t, f->key, trust_word(s->verified)); break;
	}
}

int state_save(int dirfd, const struct state *s)
{
	char text[FILE_MAX];
	struct text t;
	text_begin(&t, text, sizeof(text));
	text_add(&t, FIRST_LINE "\n");
	for (size_t i = 0; i < COUNT(fields); i++)
		put_field(&t, s, &fields[i]);
	for (size_t i = 0; i < s->nbad; i++) {
		char line[sizeof(struct plan_bad) + 40];
		const struct plan_bad *b = &s->bad[i];
		int n = text_format(line, sizeof(line), "%s %s %lld %s", b->tag, b->digest[0] != '\0' ? b->digest : "-",
				    (long long)b->when, b->reason);
		if (n > 0)
			put(&t, "bad", line);
	}
	for (size_t i = 0; i < s->nwaits; i++)
		text_addf(&t, "wait=%s %lld\n", s->waits[i].host, (long long)s->waits[i].until);
	text_add(&t, LAST_LINE "\n");
	if (!text_whole(&t)) {
		errno = EFBIG;
		return -1;
	}
	return io_replace(dirfd, "state", text, t.len, 0600);
}

void state_wait(struct state *s, const char *host, int64_t until, int64_t now)
{
	size_t kept = 0, first = 0;
	const char *name = host[0] != '\0' ? host : "*";
	for (size_t i = 0; i < s->nwaits; i++)
		if (s->waits[i].until > now && strcmp(s->waits[i].host, name) != 0)
			s->waits[kept++] = s->waits[i];
	for (size_t i = 1; i < kept; i++)
		if (s->waits[i].until < s->waits[first].until)
			first = i;
	if (kept == STATE_WAITS)
		s->waits[first] = s->waits[--kept];
	s->nwaits = kept;
	if (until <= now || text_format(s->waits[kept].host, STATE_HOST, "%s", name) < 0)
		return;
	s->waits[kept].until = until;
	s->nwaits++;
}

int64_t state_not_before(const struct state *s, const char *host, int64_t now)
{
	int64_t latest = 0;
	for (size_t i = 0; i < s->nwaits; i++) {
		const struct state_wait *w = &s->waits[i];
		bool meant = strcmp(w->host, host) == 0 || strcmp(w->host, "*") == 0;
		if (meant && schedule_waits(w->until, now) && w->until > latest)
			latest = w->until;
	}
	return latest;
}

void state_mark_bad(struct state *s, const char *tag, const char *digest, const char *reason, int64_t when)
{
	size_t i = 0;
	while (i < s->nbad && (strcmp(s->bad[i].tag, tag) != 0 || strcmp(s->bad[i].digest, digest) != 0))
		i++;
	if (i == STATE_BAD_MAX)
		i = 0;
	if (i < s->nbad) /* the new mark goes to the end, so that the list stays in order of time */
		memmove(&s->bad[i], &s->bad[i + 1], (s->nbad - i - 1) * sizeof(s->bad[0]));
	else
		s->nbad++;
	struct plan_bad *b = &s->bad[s->nbad - 1];
	*b = (struct plan_bad){.when = when};
	struct text t;
	text_begin(&t, b->tag, sizeof(b->tag));
	text_add(&t, tag);
	text_begin(&t, b->digest, sizeof(b->digest));
	text_add(&t, digest);
	text_begin(&t, b->reason, sizeof(b->reason));
	text_add(&t, reason);
}

bool state_forgive(struct state *s, const char *tag)
{
	size_t kept = 0, before = s->nbad;
	for (size_t i = 0; i < s->nbad; i++)
		if (strcmp(s->bad[i].tag, tag) != 0)
			s->bad[kept++] = s->bad[i];
	s->nbad = kept;
	return kept < before;
}

const struct plan_bad *state_bad(const struct state *s, const char *tag)
{
	for (size_t i = s->nbad; i-- > 0;)
		if (strcmp(s->bad[i].tag, tag) == 0)
			return &s->bad[i];
	return NULL;
}
