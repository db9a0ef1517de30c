/* lib/spawn: a new process that executes a program, where a failed exec is known at once and not guessed from an exit
 * code.
 *
 * The child borrows our memory until it executes (vfork): nothing is copied, and why it could not is written straight
 * into a variable of ours. Until then it makes only system calls, so users, paths and environments are prepared by the
 * caller. It starts with every signal at its default, none blocked, and only the descriptors it is given. */
#ifndef LIB_SPAWN_H
#define LIB_SPAWN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/types.h>
#include "lib/ident.h"

#define SPAWN_FDS 48 /* the most descriptors a child can be given */

struct spawn_limit {
	int resource; /* RLIMIT_... */
	struct rlimit value;
};

struct spawn {
	const char *path;  /* exec'd as it is, no search in PATH; relative to cwd */
	char *const *argv; /* ended by NULL */
	char *const *envp; /* ended by NULL */
	int cwd;	   /* directory to start in, or -1 for the caller's */
	const int *fds;	   /* child's descriptor i is fds[i]; -1: closed */
	size_t nfds;	   /* everything from here on is closed */
	bool session;	   /* setsid: a session and process group of its own */
	bool foreground;   /* a process group of its own that gets the terminal at descriptor 0, instead of session */
	const struct ident *as; /* NULL: the caller's */
	const struct spawn_limit *limits;
	size_t nlimits;
	bool pass_listen_pid; /* writes the child's pid over the blanks of the envp entry "LISTEN_PID=          ": anew
				 each time */
	int death_signal;     /* what the child gets when its parent dies; 0: nothing */
};

/* The pid, or -1 with errno: what vfork, or in the child chdir, setrlimit, setuid or exec said. Then no child is left.
 */
pid_t spawn(const struct spawn *s) __attribute__((warn_unused_result));

/* True when the same spawn may succeed a little later (EAGAIN, ENOMEM, ETXTBSY, EMFILE, ENFILE, EINTR). */
bool spawn_may_retry(int error);

#endif
