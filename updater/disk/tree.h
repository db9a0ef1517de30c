/* updater/disk/tree: walking and removing directories, by descriptor, without ever following a link. */
#ifndef UPDATER_DISK_TREE_H
#define UPDATER_DISK_TREE_H

#include <stdbool.h>
#include <sys/stat.h>

#define TREE_DEPTH 200 /* deeper is ELOOP: one descriptor is held a level */
#define TREE_PATH 4096

/* One thing in a tree. */
struct tree_entry {
	int dirfd;	  /* the directory it is in */
	const char *name; /* there */
	const char *path; /* from the top of the tree, without a leading '/' */
	const struct stat *st;
};

enum tree_next {
	TREE_FAIL = -1, /* stop; errno is the walk's */
	TREE_ON,	/* go on, into it when it is a directory */
	TREE_OVER,	/* go on, not into it */
};

/* Calls visit for everything below the directory top, a directory before what is in it, no order otherwise. Names that
 * disappear meanwhile are passed over. -1: errno of a system call or of visit. */
int tree_walk(int top, enum tree_next (*visit)(void *context, const struct tree_entry *entry), void *context)
	__attribute__((warn_unused_result));

/* True when name below dirfd is the very thing that is open as fd; else errno is ESTALE: somebody has put another
 * there. */
bool tree_is(int dirfd, const char *name, int fd) __attribute__((warn_unused_result));

/* Removes name below dirfd with all that is in it; what is not there counts as removed. */
int tree_remove(int dirfd, const char *name) __attribute__((warn_unused_result));

#endif
