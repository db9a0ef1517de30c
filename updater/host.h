/* updater/host: what machine this is, as far as choosing an asset goes. */
#ifndef UPDATER_HOST_H
#define UPDATER_HOST_H

#include "updater/policy/asset.h"

/* The processor is the one that this program was built for (a 64-bit kernel may run a 32-bit container); the C library
 * is the one whose loader lies in /lib, none in an image made from nothing. */
struct asset_host host_detect(void);

#endif
