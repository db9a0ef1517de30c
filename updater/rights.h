/* updater/rights: from root to the user moult, for good. */
#ifndef UPDATER_RIGHTS_H
#define UPDATER_RIGHTS_H

#include <stdbool.h>
#include "lib/ident.h"

/* Whether we may become another user and give him our files. Root of a container without capabilities may not. */
bool rights_may_drop(void);

/* Becomes that user. Of root's capabilities three are kept where they are to be had: to link, read and give away files
 * of an app that runs as another user (CHOWN, DAC_OVERRIDE, FOWNER), without which what such an app wrote could not be
 * taken along. A program that is exec'd, so each job, has none of them. -1: errno; the caller must exit then. */
int rights_drop(const struct ident *to) __attribute__((warn_unused_result));

/* Nobody reads our memory or environment, where a token may be. */
void rights_hide(void);

#endif
