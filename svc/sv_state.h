/* svc/sv_state: a service as sv shows it. */
#ifndef SVC_SV_STATE_H
#define SVC_SV_STATE_H

#include <stdbool.h>
#include <stdint.h>
#include "lib/text.h"
#include "lib/wire.h"

struct sv_state {
	char service[80];
	char state[12]; /* the words of svc/life.h */
	char want[8];
	char log[8]; /* run, down, none */
	uint64_t pid, seconds, deaths, code, signal;
	bool ready, paused, term, died;
	bool down_file;
};

/* From a status packet; -1 when it is not one. */
int sv_state_read(const struct wire *packet, struct sv_state *out) __attribute__((warn_unused_result));

bool sv_state_is(const struct sv_state *s, const char *state);

/* It has died, and something is still being done about that: a finish, or the rest of its group. */
bool sv_state_ends(const struct sv_state *s);

/* No process of it is left. */
bool sv_state_down(const struct sv_state *s);

/* `run: NAME: (pid 12) 3s, normally down, want down, got TERM`, as runit's sv writes it; and at the very end, which is
 * not runit's, `, not ready`. */
void sv_state_line(const struct sv_state *s, const char *name, struct text *out);

/* One JSON object. */
void sv_state_json(const struct sv_state *s, struct text *out);

#endif
