/* svc/notify: the sockets behind NOTIFY_SOCKET, on which services say READY=1 as they would to systemd.
 *
 * Each service has its own while it lives, so who speaks is known without asking who it was: a helper that says it and
 * is gone at once counts. */
#ifndef SVC_NOTIFY_H
#define SVC_NOTIFY_H

#include <stdbool.h>
#include <sys/types.h>

#define NOTIFY_ADDRESS 108 /* the longest address, with its NUL */

/* Makes the socket of a service: `notify.SLOT` in place, which is RUN_DIR, or "@..." where that is no directory.
 * address: the value of NOTIFY_SOCKET. owner: the only one who may speak, or -1: everybody. -1 and errno. */
int notify_open(const char *place, unsigned slot, uid_t owner, char address[NOTIFY_ADDRESS])
	__attribute__((warn_unused_result));

/* Takes one message: true when it says READY=1. */
bool notify_take(int fd);

/* Closes it, when it is not -1, and removes what it left in place. */
void notify_close(int *fd, const char *place, unsigned slot);

#endif
