/* updater/move: the app is moved to another release, has to prove itself there, and is moved back when it does not. */
#ifndef UPDATER_MOVE_H
#define UPDATER_MOVE_H

#include "updater/course.h"

#define MOVE_TRIES 3 /* a move that was refused or interrupted so often is given up */

/* Moves the app from what `current` points to, to the release `to`, which is whole and on disk. The hook `pre` has its
 * say first, unless it is a way back. */
void move_begin(struct course *c, const char *to, enum state_reason reason, int64_t now);

/* Goes on after a step of updater/switch. */
void move_follow(struct course *c, enum switch_result result, int64_t now);

/* A hook that was asked about the move has answered. */
void move_answered(struct course *c, enum moment_answer answer, int64_t now);

/* The link is turned and the app told to start: watches it. */
void move_prove(struct course *c, int64_t now);

/* While it is watched: something about the app changed, or the probation's deadline has come. */
void move_look_at_app(struct course *c, int64_t now);

/* A former life ended while the hook `post` was told: it is told again. */
void move_again_told(struct course *c, int64_t now);

/* The release being moved to is bad: marks it, and goes back. */
void move_give_up(struct course *c, const char *reason, int64_t now);

/* It is marked already: goes back. */
void move_go_back(struct course *c, const char *reason, int64_t now);

#endif
