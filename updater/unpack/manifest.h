/* updater/unpack/manifest: the list of what was unpacked, as the updater keeps it in releases/<tag>.files.
 *
 *   moult-manifest 1 TAG ASSET sha256:HEX EPOCH [PUBLISHED]
 *   f MODE SIZE SHA256 PATH
 *   d MODE - - PATH
 *   l - - TARGET PATH
 *
 * In names, paths and targets bytes up to space, 0x7f and '%' are written %XX. The lines are gathered in memory that is
 * not ours (a memfd), because only at the end it is known whether all paths lose their top directory. All return -1 and
 * errno. */
#ifndef UPDATER_UNPACK_MANIFEST_H
#define UPDATER_UNPACK_MANIFEST_H

#include <stdint.h>
#include <sys/types.h>
#include "updater/unpack/request.h"

int manifest_begin(void) __attribute__((warn_unused_result));

int manifest_file(mode_t mode, uint64_t size, const char *sha256, const char *path) __attribute__((warn_unused_result));
int manifest_dir(mode_t mode, const char *path) __attribute__((warn_unused_result));
int manifest_link(const char *target, const char *path) __attribute__((warn_unused_result));

/* Writes all of it to out and syncs it. top: the directory that every path loses, "" for none. */
int manifest_end(int out, const struct request *r, const char *sha256, int64_t now, const char *top)
	__attribute__((warn_unused_result));

#endif
