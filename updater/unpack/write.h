/* updater/unpack/write: the only code that creates something on disk, below one directory and nowhere else.
 *
 * Every path is resolved by the kernel beneath that directory and without following a link (openat2), or step by step
 * with O_NOFOLLOW where openat2 is not to be had. Paths are clean (updater/unpack/path). Nothing that exists is ever
 * opened for writing or replaced. All return -1 and errno: EEXIST it is there already, ELOOP or ENOTDIR a step of the
 * path is a link or no directory, or what the system said. */
#ifndef UPDATER_UNPACK_WRITE_H
#define UPDATER_UNPACK_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include "updater/unpack/path.h"

#define WRITE_FEW 50 /* up to so many files and directories are synced one by one, more of them by one syncfs */

struct writer {
	int root;		  /* the caller's */
	int dir;		  /* the directory that was used last, -1: none yet */
	char dir_path[PATH_TEXT]; /* its path */
	bool walk;		  /* openat2 is not to be had */
	int pending[WRITE_FEW];	  /* what has to be synced, while these are few */
	unsigned npending;
	bool many;
	int (*made)(void *context, const char *path); /* told of each directory that is made; -1 stops with its errno */
	void *context;
};

/* made and context are set by the caller. */
void writer_begin(struct writer *w, int root);

/* Makes the directory and those above it, as far as they are missing. */
int writer_dir(struct writer *w, const char *path) __attribute__((warn_unused_result));

/* Creates a file, and the directories above it. Returns a descriptor for writing, to be given to writer_done. */
int writer_file(struct writer *w, const char *path, mode_t mode) __attribute__((warn_unused_result));
void writer_done(struct writer *w, int fd);

int writer_symlink(struct writer *w, const char *path, const char *target) __attribute__((warn_unused_result));

/* Links path to `existing`, which must be a regular file (EPERM otherwise). Returns a descriptor for reading it, the
 * caller's. */
int writer_hard_link(struct writer *w, const char *path, const char *existing) __attribute__((warn_unused_result));

/* Moves everything in the directory `top` one level up and removes `top`. */
int writer_strip(struct writer *w, const char *top) __attribute__((warn_unused_result));

/* Everything written is on the disk when it returns 0. */
int writer_sync(struct writer *w) __attribute__((warn_unused_result));

/* Closes what it opened. */
void writer_end(struct writer *w);

#endif
