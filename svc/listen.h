/* svc/listen: the sockets of `listen` in a service directory. init binds them and holds them, whether the service runs
 * or not: while it is down its clients wait in the backlog instead of being refused.
 *
 * A fixed table, of which only what is used is touched. A socket is the same as before when its kind and address are
 * the same: then it is never touched, whatever its name, its place in the file or its mode has become. */
#ifndef SVC_LISTEN_H
#define SVC_LISTEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "svc/dir.h"

#define LISTEN_EACH 16			       /* sockets of one service */
#define LISTEN_ALL 512			       /* of all */
#define LISTEN_NAME (DIR_NAME + sizeof "/log") /* a socket's name, with its NUL */
#define LISTEN_NAMES (LISTEN_EACH * LISTEN_NAME)

/* Closes the sockets that d's `listen` does not name any more, and makes those that are not held yet. slot: whose they
 * are. No file: none are held. Returns how many are. -1, logged: the service must not start, as a line is wrong (then
 * nothing was changed) or a socket cannot be made (the others are held all the same); ask again later. */
int listen_hold(const struct dir *d, uint16_t slot) __attribute__((warn_unused_result));

/* The descriptors in the order of the file, and their names joined by ':' ("" when there are none), as the last
 * listen_hold() left them when it did not fail. They stay this table's. Returns how many. */
size_t listen_given(uint16_t slot, int fds[LISTEN_EACH], char names[LISTEN_NAMES]);

/* Closes them, and removes those that are in the file system. */
void listen_release(uint16_t slot);

/* From now on they are nobody's: the next listen_hold() that wants one takes it as it is, clients and all. */
#define LISTEN_NOBODY UINT16_MAX
void listen_leave(uint16_t slot);

bool listen_has(uint16_t slot);

#endif
