/* updater/unpack/tree: the release as it takes shape: every entry checked, counted, written, hashed and listed.
 *
 * The archive's reader says what comes; here is decided what of it may be. All return -1 with the error in the
 * job_error that tree_begin was given: unsafe, toobig, full or system, naming the entry. */
#ifndef UPDATER_UNPACK_TREE_H
#define UPDATER_UNPACK_TREE_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>
#include "updater/job.h"
#include "updater/unpack/elf.h"
#include "updater/unpack/path.h"
#include "updater/unpack/request.h"
#include "updater/unpack/write.h"

struct tree {
	const struct request *request;
	struct job_error *error;
	struct writer writer;
	uint64_t packed; /* bytes of the archive, for the ratio */

	uint64_t entries, files, bytes;
	uint64_t programs, foreign;   /* executable files; those of them that are ELF for another machine */
	char foreign_path[PATH_TEXT]; /* the first of them */
	const char *foreign_machine;

	char top[PATH_STEP + 1]; /* first step of all paths so far */
	bool scattered;		 /* there are several first steps, or it is no directory */
	char climber[PATH_TEXT]; /* a link that climbs to the top, "" for none */

	char capable[PATH_TEXT]; /* the first file that had capabilities in the archive, "" for none */
	char program[PATH_TEXT]; /* what is going to be started, when it needs something: */
	char needs[PATH_TEXT];	 /* a file outside the release, "" for none */

	char path[PATH_TEXT]; /* the file being written */
	int fd;		      /* -1: none */
	mode_t mode;
	uint64_t at;
	unsigned char head[ELF_HEAD];
};

void tree_begin(struct tree *t, int root, const struct request *r, uint64_t packed, struct job_error *e);

/* A directory. */
int tree_dir(struct tree *t, const char *name) __attribute__((warn_unused_result));

/* A file: then its pieces in order (with holes between them), then its end. size: as announced, holes included. */
int tree_file(struct tree *t, const char *name, bool executable, uint64_t size) __attribute__((warn_unused_result));
int tree_piece(struct tree *t, const void *bytes, size_t n, uint64_t offset) __attribute__((warn_unused_result));
int tree_file_end(struct tree *t, uint64_t size, const struct timespec *mtime) __attribute__((warn_unused_result));

/* The file being written has capabilities in the archive, which are not carried. The first such file is noted. */
void tree_without_capability(struct tree *t);

int tree_symlink(struct tree *t, const char *name, const char *target) __attribute__((warn_unused_result));

/* Another name of a file that came before. */
int tree_hard_link(struct tree *t, const char *name, const char *existing) __attribute__((warn_unused_result));

/* All entries have come: strips a top directory that is all there is (t->top is then its name, else ""), checks the
 * program to start (what it needs is in t->needs then), and brings everything to the disk. */
int tree_end(struct tree *t) __attribute__((warn_unused_result));

/* Closes what is open, after success or failure. */
void tree_close(struct tree *t);

#endif
