/* updater/control: the socket that `moult` speaks to.
 *
 * Questions (status, list, history, stable show, and plan from who may not more) are answered at once, to everybody.
 * Somebody who may (root, or our own user) also has things done: some are done when he is answered, others begin
 * something, and whoever asked hears how it goes until it ends. A client that does
 * not read is dropped; no client is ever waited for. */
#ifndef UPDATER_CONTROL_H
#define UPDATER_CONTROL_H

#include <stdbool.h>
#include <stdint.h>
#include "updater/course.h"

#define CONTROL_CLIENTS 16

struct control_client {
	int fd;	      /* -1: free */
	bool may;     /* root or our own user */
	bool follows; /* waits for the end of a cycle */
	bool plan;    /* ... and wants to see the plan then */
};

struct control {
	int fd; /* listens; -1: there is no socket */
	struct course *course;
	struct control_client clients[CONTROL_CLIENTS];
};

/* Opens the socket in RUN_DIR; for the rights of root, so before they are dropped. A failure is said in the log, and
 * the updater works without one. */
void control_open(struct control *c, const char *run_dir);

/* Joins it to what it speaks about, and becomes its listener. */
void control_attach(struct control *c, struct course *course);

/* Something to accept; something to read from client i. */
void control_accept(struct control *c);
void control_read(struct control *c, size_t i, int64_t now);

#endif
