/* svc/table: all services, in a fixed table. A place is touched only when it is used, and found again by its slot.
 * Their names stand packed in one row, so that 1000 short ones cost 1000 short ones. */
#ifndef SVC_TABLE_H
#define SVC_TABLE_H

#include <stdbool.h>
#include <stdint.h>
#include "svc/service.h"

#define TABLE_SERVICES 1024 /* loggers not counted: each of them may have one */
#define TABLE_PLACES (2 * TABLE_SERVICES)

/* Makes a service that is down, with a logger and the pipe between them when asked to. NULL, logged: the table is full,
 * or no pipe could be had. */
struct service *table_add(const char *name, bool with_logger, int64_t now) __attribute__((warn_unused_result));

struct service *table_find(const char *name);

/* NULL when nobody is there. */
struct service *table_at(unsigned slot);

/* All of them: for (s = table_next(NULL); s != NULL; s = table_next(s)). Safe against table_sweep() in between. */
struct service *table_next(const struct service *s);

/* Forgets those that are gone; the logger of one that is gone drains and goes too. True when SVDIR has to be scanned
 * for what took the place of one. */
bool table_sweep(int64_t now);

/* A child died: tells the service that it was of, or those that wait for the rest of their group. */
void table_died(pid_t pid, int status);

/* When the next TIMEOUT is due, and sending those that are. */
int64_t table_due(void);
void table_tick(int64_t now);

#endif
