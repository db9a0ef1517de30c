/* init/loop: the one place that blocks. */
#ifndef INIT_LOOP_H
#define INIT_LOOP_H

/* Until all is over; returns the exit code. Woken by events, and by time only when something is due: with nothing to do
 * it sleeps without end. */
int loop_run(const char *svdir);

#endif
