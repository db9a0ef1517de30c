/* init/signals: what each signal means. */
#ifndef INIT_SIGNALS_H
#define INIT_SIGNALS_H

#include <stdbool.h>
#include "init/config.h"
#include "init/poll.h"

void signals_begin(const struct config *config);

/* It has arrived: reaps whoever died, relays to every service what is to be relayed, asks for the end after TERM and
 * INT. True when SVDIR is to be scanned: after a HUP, and
 * when the kernel tells of a change there. */
bool signals_take(const struct poll_signal *signal);

#endif
