/* svc/custom: programs in control/ that stand in for signals, as runit has them.
 *
 * control/t is run when TERM is to be sent, and so on; it has the pid of run as its argument. When it exits with 0 the
 * signal is not sent. One program runs at a time, the others wait their turn; t and k do not wait, whatever still runs
 * is killed for them. */
#ifndef SVC_CUSTOM_H
#define SVC_CUSTOM_H

#include "svc/entry.h"

/* The letter of a signal that has one; 0. */
char custom_letter(int signal);

/* Sends the signal of a letter (t: whatever it is stopped with; d, x: CONT; u: none), or lets control/LETTER stand in
 * for it. */
void custom_send(struct service *s, char letter);

/* The program (s->control) died. */
void custom_died(struct service *s, int status);

/* Run is dead: what was to be sent is not sent to the next one. */
void custom_forget(struct service *s);

#endif
