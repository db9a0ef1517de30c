/* updater/pending: a release that is the one, and not yet: its assets are late, it is too young, or it lies whole on
 * disk and UPDATE_WINDOW is closed. What waits for the window is in the state, and moved to as soon as it opens: after
 * one more look at the forge, or without it when the forge cannot be asked. */
#ifndef UPDATER_PENDING_H
#define UPDATER_PENDING_H

#include <stdbool.h>
#include <stdint.h>
#include "updater/course.h"

/* Seconds until a release that cannot be had yet is looked at again. */
int64_t pending_seconds(const struct course *c);

/* For a release on disk, before the app is stopped for it. True: it has to wait for the window, and the course has come
 * to its end. False: go on. What a person asked for, and the very first release, does not wait. */
bool pending_hold(struct course *c, const char *tag, int64_t now);

/* The forge has nothing to install any more: neither is what waits to be. */
void pending_drop(struct course *c);

/* Moves to what waits, when the window is open and it may still run. False: there is no such thing. */
bool pending_take(struct course *c, int64_t now);

#endif
