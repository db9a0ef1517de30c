/* init/signals: what each signal means. */
#ifndef INIT_SIGNALS_H
#define INIT_SIGNALS_H

#include <stdbool.h>
#include "init/config.h"

void signals_begin(const struct config *config);

/* One has arrived: reaps whoever died, relays to every service what is to be relayed, asks for the end after TERM and
 * INT. True after a HUP, which is a wish to rescan as well. */
bool signals_take(int signal);

#endif
