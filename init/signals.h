/* init/signals: every signal that can be caught arrives here, as data. */
#ifndef INIT_SIGNALS_H
#define INIT_SIGNALS_H

#include <stdbool.h>
#include <stdint.h>
#include "init/config.h"

/* Blocks all signals and returns the descriptor that they are read from; exits when that cannot be had. */
int signals_begin(const struct config *config);

/* The descriptor is readable: reaps whoever died, relays to every service what is to be relayed, asks for the end after
 * TERM and INT. True after a HUP, which is a wish to rescan as well. */
bool signals_take(int64_t now);

#endif
