/* updater/cycle: the update, told as one story.
 *
 *   probe -> plan                                 updater/look
 *   -> fetch -> verify -> unpack                  updater/install: until here the old version serves
 *   -> UPDATE_WINDOW                              updater/pending
 *   -> pre-hook                                   updater/moment
 *   -> stop -> carry -> switch -> start           updater/switch
 *   -> ready -> probation -> in place, or back    updater/move
 *
 * Each phase is in the state file before it is begun; cycle_start() finishes or undoes what a former life left. Nothing
 * here waits: the loop calls in when a job spoke or ended, init told something, or the deadline has come. */
#ifndef UPDATER_CYCLE_H
#define UPDATER_CYCLE_H

#include "updater/course.h"

/* Begins: store and state are there, or idle_for_good is set. */
void cycle_start(struct course *c, int64_t now);

/* The time when cycle_tick() is to be called at the latest. */
int64_t cycle_deadline(const struct course *c);
void cycle_tick(struct course *c, int64_t now);

/* world.hook.fd is readable. */
void cycle_hook_spoke(struct course *c);

/* world.helper.fd is readable; a child was reaped; something about the app's service changed. */
void cycle_helper_spoke(struct course *c, int64_t now);
void cycle_child_died(struct course *c, int pid, int status, int64_t now);
void cycle_service_changed(struct course *c, int64_t now);

/* A person's order; argument "" for none. True: it is under way (its end is told to the listener, perhaps already);
 * false: refused, see course.answer. */
bool cycle_take_order(struct course *c, enum course_order order, const char *argument, int64_t now);

#endif
