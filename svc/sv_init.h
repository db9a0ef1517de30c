/* svc/sv_init: init, as sv talks to it. */
#ifndef SVC_SV_INIT_H
#define SVC_SV_INIT_H

#include <stddef.h>
#include <stdint.h>
#include "svc/sv_state.h"

#define SV_REFUSAL 256

/* Connects in $RUN_DIR, or where init had to go instead. -1 and errno. */
int sv_init_connect(void) __attribute__((warn_unused_result));

/* Asks, and hands each state in the answer to see(). 0: done; 1: refused, *code and *why say how; -1: init is lost. */
int sv_init_ask(int fd, const char *verb, const char *service, void (*see)(void *ctx, const struct sv_state *s),
		void *ctx, char code[SV_REFUSAL], char why[SV_REFUSAL]) __attribute__((warn_unused_result));

/* Asks to be told of changes. -1 and errno. */
int sv_init_watch(int fd, const char *service) __attribute__((warn_unused_result));

/* Waits for the next state until the deadline (lib/clock). 1: got it; 0: it is past the deadline; -1: init is lost. */
int sv_init_next(int fd, int64_t deadline, struct sv_state *out) __attribute__((warn_unused_result));

#endif
