/* updater/unpack/archive: reads tar (plain, gzip, zstd, xz, bzip2), zip, and a program that stands alone (plain or
 * compressed in the same ways). libarchive is used here and nowhere else, and only to read: the tree writes. */
#ifndef UPDATER_UNPACK_ARCHIVE_H
#define UPDATER_UNPACK_ARCHIVE_H

#include "updater/unpack/tree.h"

/* Once, before the rights shrink: what is read from the system. */
void archive_init(void);

/* Gives every entry of the archive in fd, from its current position on, to the tree; what is no archive but a program
 * becomes one executable file when the request has a name for it. -1 with the error in *e: archive,
 * or what the tree says. */
int archive_unpack(int fd, struct tree *t, struct job_error *e) __attribute__((warn_unused_result));

#endif
