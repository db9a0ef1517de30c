/* svc/command: init's own command line as a program: where it is, as execvp() would look. */
#ifndef SVC_COMMAND_H
#define SVC_COMMAND_H

#include <stddef.h>

/* name itself when it holds a '/', else the first executable of that name in PATH. -1: ENOENT, EACCES, ENAMETOOLONG. */
int command_find(const char *name, char *out, size_t size) __attribute__((warn_unused_result));

#endif
