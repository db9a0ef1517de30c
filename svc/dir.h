/* svc/dir: reads a service directory (see servicedir(5)).
 *
 * Nothing is kept: what can be read again at the next start is not worth memory in PID 1. Whatever is wrong with a file
 * is logged here, once, with the service's name, the file and what would be right; the caller only learns whether it
 * may go on. A file that bounds what the service may do (user, env) forbids its start; any other falls back to its
 * default. No file can block the reader, and none is read further than its limit. */
#ifndef SVC_DIR_H
#define SVC_DIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "lib/ident.h"
#include "lib/text.h"

#define DIR_NAME 64	/* the longest name of a service */
#define DIR_LIST 2048	/* the longest `after`, `controllers`, `limits` or `listen` */
#define DIR_VARS 4096	/* variables in the environment of a service, those of init included */
#define DIR_BYTES 16384 /* bytes of those that are not init's */

enum dir_file {
	DIR_RUN,
	DIR_FINISH,
	DIR_DOWN,
	DIR_LOG,
	DIR_CHECK,
	DIR_AFTER,
	DIR_ESSENTIAL,
	DIR_USER,
	DIR_ENV,
	DIR_CONTROLLERS,
	DIR_LIMITS,
	DIR_LISTEN,
	DIR_CONTROL,
	DIR_DOWN_SIGNAL,
	DIR_NOTIFICATION_FD,
	DIR_TIMEOUT_UP,
	DIR_TIMEOUT_KILL,
	DIR_TIMEOUT_FINISH,
	DIR_MAX_DEATH_TALLY,
	DIR_MAX_CHECK_TALLY,
	DIR_FILES
};

struct dir {
	const char *name; /* of the service, for messages; the caller's */
	int fd;		  /* the directory, or -1 */
	uint32_t has;	  /* bit n: dir_file n is there */
};

struct dir_settings {
	bool announces;	     /* it says itself when it is ready */
	int notification_fd; /* where; -1: by NOTIFY_SOCKET only */
	int down_signal;     /* 0: not said */
	uint32_t up_ms;
	uint32_t kill_ms;   /* 0: never */
	uint32_t finish_ms; /* 0: for ever */
	uint32_t max_death_tally;
	uint32_t max_check_tally; /* 0: never */
};

/* A list of names, and where its reader is. */
struct dir_list {
	char bytes[DIR_LIST];
	char *rest;
};

/* An environment that starts as init's own. */
struct dir_env {
	char *vars[DIR_VARS + 1];
	size_t n;
	char bytes[DIR_BYTES];
	size_t used;
};

/* True for 1 to 64 bytes of A-Z a-z 0-9 . _ @ + : - that do not start with a dot. */
bool dir_name_ok(const char *name, size_t len);

/* Opens svdir/name and looks what is there. -1 and errno, logged unless it is ENOENT. dir_close() in any case. */
int dir_open(struct dir *d, const char *svdir, const char *name) __attribute__((warn_unused_result));
void dir_close(struct dir *d);

/* Logs that a file holds what it must not: what it must be follows. */
void dir_wrong(const struct dir *d, enum dir_file file, const char *held, const char *must);
bool dir_has(const struct dir *d, enum dir_file file);

/* Calls see() with the name of each entry of a directory; fd is at its start. -1 and errno. */
int dir_entries(int fd, void (*see)(void *ctx, const char *name, unsigned char type), void *ctx)
	__attribute__((warn_unused_result));

/* Never fails: what is missing or wrong has its default. */
void dir_settings(const struct dir *d, struct dir_settings *out);

/* -1, logged: it is there and cannot be read, and *out is empty. dir_next() cuts it apart at white space; NULL at the
 * end. */
int dir_list(const struct dir *d, enum dir_file file, struct dir_list *out);
const char *dir_next(struct dir_list *list);

/* The same for who wants nothing else of the directory, and has not opened it. */
int dir_list_of(const char *svdir, const char *name, enum dir_file file, struct dir_list *out);

/* Cuts the next line apart; # starts a comment, and lines with nothing else are passed over. Returns how many words it
 * has, 0 at the end; with more than `most`, the last word is all the rest. dir_line_join() makes the line whole again,
 * for a message: it is words[0] then, and the others stay where they are, but only the last of them still ends. */
unsigned dir_line(struct dir_list *list, char **words, unsigned most);
void dir_line_join(char *const *words, unsigned n);

/* 1: *out is who to become; 0: nobody in particular; -1: it must not start. */
int dir_user(const struct dir *d, struct ident *out) __attribute__((warn_unused_result));

/* Starts with the variables of base; the strings stay the caller's. -1, logged: too many. */
int dir_env_begin(struct dir_env *env, char *const *base) __attribute__((warn_unused_result));

/* Sets or replaces one variable. -1 and E2BIG. */
int dir_env_set(struct dir_env *env, const char *name, const char *value) __attribute__((warn_unused_result));

/* Sets what the files in env/ say, each one a variable, its first line the value; an empty file removes it.
 * -1: it must not start. */
int dir_env(const struct dir *d, struct dir_env *env) __attribute__((warn_unused_result));

#endif
