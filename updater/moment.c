#include "updater/moment.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include "lib/log.h"
#include "lib/text.h"

#define PLACE (CONFIG_TEXT + STATE_NAME + 32) /* a directory of ours */

static const char *const files[] = {
	[MOMENT_PRE] = "pre", [MOMENT_BACK] = "rollback", [MOMENT_UNDO] = "rollback", [MOMENT_POST] = "post"};

static const enum state_phase phases[] = {
	[MOMENT_PRE] = STATE_PRE, [MOMENT_BACK] = STATE_UNDO, [MOMENT_UNDO] = STATE_UNDO, [MOMENT_POST] = STATE_POST};

void moment_init(struct moment *m, struct world *w)
{
	*m = (struct moment){.world = w};
}

static void because(struct moment *m, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void because(struct moment *m, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	text_cutv(m->why, sizeof(m->why), format, args);
	va_end(args);
}

static void add_directory(struct hook_words *words, const struct world *w, const char *name, const char *release)
{
	char path[PLACE];
	const char *state_dir = w->config->state_dir;
	int n = 0;
	path[0] = '\0';
	if (strcmp(release, STORE_BAKED) == 0)
		n = text_format(path, sizeof(path), "%s", w->store.baked);
	else if (release[0] != '\0')
		n = text_format(path, sizeof(path), "%s/releases/%s", state_dir, release);
	hook_add_word(words, name, n == -1 ? "" : path);
}

/* A place on the volume for what hooks have to keep, such as a backup. */
static void add_data_directory(struct hook_words *words, const struct world *w)
{
	char path[PLACE];
	if (mkdirat(w->store.dir, "hooks", 0700) == -1 && errno != EEXIST)
		log_warn_errno("%s/hooks cannot be made", w->config->state_dir);
	if (text_format(path, sizeof(path), "%s/hooks", w->config->state_dir) == -1)
		path[0] = '\0';
	hook_add_word(words, "DATA_DIR", path);
}

static void add_words(struct hook_words *words, const struct moment *m)
{
	const struct world *w = m->world;
	const struct state *s = &w->state;
	bool undo = m->name == MOMENT_UNDO; /* from what was to be, to what is */
	const char *from = undo ? s->to : s->from, *to = undo ? s->from : s->to;
	char repo[PLACE];
	hook_begin_words(words);
	if (text_format(repo, sizeof(repo), "%s/%s", w->config->user, w->config->repo) == -1)
		repo[0] = '\0';
	hook_add_word(words, "REPO", repo);
	hook_add_word(words, "FROM", world_tag(w, from));
	hook_add_word(words, "TO", world_tag(w, to));
	hook_add_word(words, "REASON", undo ? "refused" : state_reason_name(s->reason));
	add_directory(words, w, "RELEASE_DIR", to);
	add_directory(words, w, "FROM_DIR", from);
	add_data_directory(words, w);
}

/* Nobody but pre can stop anything: then it is said, and it goes on. */
static enum moment_answer no(const struct moment *m)
{
	if (m->name == MOMENT_PRE)
		return MOMENT_NO;
	log_error("%s; going on", m->why);
	return MOMENT_GO;
}

/* Before it is started. False: it must not be. */
static bool enter(struct moment *m)
{
	struct state *s = &m->world->state;
	if (s->hook_tries >= MOMENT_LIVES) {
		because(m, "update/%s did not come to its end in %d lives of the updater", files[m->name],
			MOMENT_LIVES);
		s->hook_tries = 0;
		return false;
	}
	s->hook_tries++;
	if (world_enter(m->world, phases[m->name]) == 0)
		return true;
	because(m, "update/%s is not run: the state cannot be written", files[m->name]);
	return false;
}

enum moment_answer moment_begin(struct moment *m, enum moment_name name, int64_t now)
{
	static struct hook_words words;
	const struct config *config = m->world->config;
	char why[300];
	m->name = name;
	m->began = now;
	m->why[0] = '\0';
	if (!hook_is_there(config, files[name]))
		return MOMENT_GO;
	if (!enter(m))
		return no(m);
	add_words(&words, m);
	switch (hook_start(&m->world->hook, config, files[name], NULL, &words, now, why, sizeof(why))) {
	case HOOK_STARTED: log_info("running update/%s of %s", files[name], config->app_service); return MOMENT_WAIT;
	case HOOK_NONE: m->world->state.hook_tries = 0; return MOMENT_GO;
	case HOOK_REFUSED:
		m->world->state.hook_tries = 0;
		because(m, "the hook %s", why);
		return no(m);
	}
	return MOMENT_GO;
}

enum moment_answer moment_ended(struct moment *m, int64_t now)
{
	char why[200];
	enum hook_outcome outcome = hook_outcome(&m->world->hook, why, sizeof(why));
	m->world->state.hook_tries = 0;
	switch (outcome) {
	case HOOK_SAYS_YES:
		log_info("update/%s is done, after %lld ms", files[m->name], (long long)(now - m->began));
		return MOMENT_GO;
	case HOOK_SAYS_LATER:
		because(m, "update/%s says not now", files[m->name]);
		return m->name == MOMENT_PRE ? MOMENT_LATER : no(m);
	case HOOK_SAYS_NO: because(m, "update/%s: %s", files[m->name], why); return no(m);
	}
	return MOMENT_GO;
}
