/* updater/loop: the one place where the updater waits. */
#ifndef UPDATER_LOOP_H
#define UPDATER_LOOP_H

#include "updater/control.h"
#include "updater/course.h"

/* Blocks every signal that can be caught and makes them readable. Returns the descriptor, -1 with errno. */
int loop_signals(void) __attribute__((warn_unused_result));

/* Runs until TERM, INT or QUIT. */
void loop_run(int signals, struct course *course, struct control *control);

#endif
