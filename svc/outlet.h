/* svc/outlet: the container's stdout, written whole lines at a time and never waited for. */
#ifndef SVC_OUTLET_H
#define SVC_OUTLET_H

#include <stdbool.h>
#include <stddef.h>
#include "svc/line.h"

/* Looks what descriptor 1 is. epoll: where it is watched while it is full. */
void outlet_begin(int epoll);

/* A place for one line of LINE_MAX_OUT bytes and a NUL; NULL: stdout has to take something first. */
char *outlet_place(void) __attribute__((warn_unused_result));

/* So many bytes were put there: whole lines. */
void outlet_add(size_t n);

/* Writes what it can. 1: that was all; 0: a part; -1: nothing. */
int outlet_write(void) __attribute__((warn_unused_result));

/* Why not more; 0: stdout is only full. */
int outlet_error(void);

/* Makes the epoll descriptor readable when stdout is writable again, unless that cannot come to be. */
void outlet_watch(bool watched);

#endif
