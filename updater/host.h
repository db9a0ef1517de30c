/* updater/host: what machine this is, as far as choosing an asset goes. */
#ifndef UPDATER_HOST_H
#define UPDATER_HOST_H

#include <stdbool.h>
#include "updater/policy/asset.h"

/* The processor is the one that this program was built for (a 64-bit kernel may run a 32-bit container); the C library
 * is the one whose loader lies in /lib, none in an image made from nothing. */
struct asset_host host_detect(void);

/* Is the file there that a program of a release needs to be started? What is below app_dir is looked for in tree, the
 * release that is going to stand there. A file that we may not look at counts as there. */
bool host_has(const char *path, const char *app_dir, int tree);

/* What to do about a file that is not there, for the end of a message. */
const char *host_remedy(const char *path);

#endif
