/* STATE_DIR/state, as a crash, a bad disk or another version of moult may have left it. What is taken from it is fit
 * for use as a path, can be written, and is then read as the same again. */
#include <stdbool.h>
#include <string.h>
#include "test/fuzz/scratch.h"
#include "updater/disk/state.h"

#define ROOM 32768 /* more than a state may have */

/* A name becomes a directory below releases/. */
static void expect_name(const char *name)
{
	expect(strlen(name) < STATE_NAME && !strchr(name, '/') && name[0] != '.' && strcmp(name, "@") != 0);
}

static void expect_usable(const struct state *s)
{
	expect(s->phase < STATE_PHASES && s->reason < STATE_REASONS);
	expect(state_phase_name(s->phase) != NULL && state_reason_name(s->reason) != NULL);
	expect(s->phase < STATE_STOP || s->to[0] != '\0');
	expect(s->listed >= 0 && s->nwaits <= STATE_WAITS && s->nbad <= STATE_BAD_MAX);
	expect_name(s->from), expect_name(s->to), expect_name(s->tag), expect_name(s->floor);
	for (size_t i = 0; i < s->nwaits; i++)
		expect(s->waits[i].host[0] != '\0' && s->waits[i].until > 0);
	for (size_t i = 0; i < s->nbad; i++) {
		const struct plan_bad *b = &s->bad[i];

		expect(version_tag_fault(b->tag) == NULL && b->when >= 0);
		expect(b->digest[0] == '\0' || strlen(b->digest) == RELEASE_DIGEST - 1);
		expect(state_bad(s, b->tag) != NULL);
	}
}

/* Writes it and returns what then stands on disk. */
static size_t saved(const struct state *s, char text[ROOM])
{
	expect(state_save(scratch(), s) == 0);
	ssize_t n = io_read_file(scratch(), "state", text, ROOM);
	expect(n > 0);
	return (size_t)n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct state s, again;
	static char first[ROOM], second[ROOM];
	const char *why = NULL;

	scratch_file("state", data, size);
	int r = state_load(scratch(), &s, &why);
	if (r == 1) { /* set aside, and nothing of it is believed */
		expect(why != NULL && s.nbad == 0 && s.phase == STATE_IDLE && s.to[0] == '\0');
		expect(faccessat(scratch(), "state", F_OK, 0) == -1);
		return 0;
	}
	expect(r == 0);
	expect_usable(&s);
	size_t n = saved(&s, first);
	expect(state_load(scratch(), &again, &why) == 0);
	expect(saved(&again, second) == n && memcmp(first, second, n) == 0);
	return 0;
}
