/* init/control: the control socket. What can be asked, and by whom, is in init(8).
 *
 * Nothing that a client does can stop init: requests are bounded, answers never wait for a reader. A list or a watch
 * that finds the socket full goes on when the client has read; a watcher that reads too slowly misses changes but is
 * then sent the present state of everything again. When all places are taken, one that belongs to nobody special is
 * given to the newcomer. */
#ifndef INIT_CONTROL_H
#define INIT_CONTROL_H

#include <stdint.h>
#include "init/config.h"
#include "svc/service.h"

#define CONTROL_CLIENTS 32

/* Opens the socket and returns RUN_DIR for the services: what was configured, or where it had to be instead, logged;
 * NULL and an error in the log when it can be nowhere. */
const char *control_begin(const struct config *config);

/* Somebody connects; the n-th client can be read or written. */
void control_accept(void);
void control_client(unsigned n, int64_t now);

/* A service has changed: tells who watches it. */
void control_tell(const struct service *s, int64_t now);

#endif
