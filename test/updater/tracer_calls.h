/* tracer_calls: the system calls that change something, what each is made on, and how one is written down.
 *
 * The path of an object is one by which the tracer reaches it (/proc/PID/fd/N), its name in the log is its inode. */
#ifndef TRACER_CALLS_H
#define TRACER_CALLS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

enum call_kind { OPEN, WRITE, TRUNCATE, ENTRY, REMOVE, RENAME, SYNC, ATTRIBUTE, MESSAGE, PROCESS };

/* Which of a call's arguments is what. */
enum { NONE = -1, HERE = -2 /* no argument: it is the current directory */ };

struct call {
	const char *name;
	long number;
	enum call_kind kind;
	int dir, path;	 /* or, with path NONE, dir is the descriptor that it is made on */
	int dir2, path2; /* the other name; of symlinkat path2 alone, its target */
	int flags;	 /* of openat */
};

extern const struct call calls[];
extern const size_t calls_count;

/* One that is being made. */
struct made {
	const struct call *call;
	pid_t pid;
	const char *program;
	uint64_t args[6];
	char path[PATH_MAX], path2[PATH_MAX];
	uint64_t before; /* the inode that has the (first) name already; 0: none */
	off_t offset;	 /* of a write */
};

/* Fills in what depends on the arguments; pid, program and args are there. False: it is no call of the table. */
bool call_look(struct made *m, long number);

/* It writes to a pipe or socket, or becomes another process: it may wait for somebody whom the tracer holds. */
bool call_may_wait(const struct made *m);

/* A full or broken disk could refuse it. */
bool call_needs_room(const struct made *m);

/* A line for a call and its result, with the bytes written if wanted. -1: they cannot be read. */
int call_put(const struct made *m, long count, int64_t result, bool bytes, FILE *out);

#endif
