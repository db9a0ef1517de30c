/* updater/fetch/listing: the SHA256SUMS of a directory, which tells what releases it has. Pure.
 *
 * As "sha256sum TAG/NAME ... > SHA256SUMS" writes it, where each release is a directory named by its tag:
 *
 *     HEX  TAG/NAME
 *
 * in any order, with two spaces or space and '*', "./" before the path or not, blank lines and such that start with
 * '#'. Files that do not stand in a directory of the first level are passed over. Anything else, a last line without
 * its end among it, is refused: the file may be half written. */
#ifndef UPDATER_FETCH_LISTING_H
#define UPDATER_FETCH_LISTING_H

#include "updater/fetch/release.h"

#define LISTING_RELEASES 100 /* as many as the updater holds at once */
#define LISTING_LINES 16384  /* a MiB of sums has no more */

/* The n bytes of text are changed while they are read; text[n] is NUL. Tells of each release, then of its assets, in
 * the order in which the tags first come; an asset's url and api are "", its size is not known. only: the tag of the
 * release that is wanted, or NULL for all. NULL, or why it is refused, in words that follow the name of the file;
 * `told` may have been called by then. */
const char *listing_read(char *text, size_t n, const char *only, release_told *told, void *context)
	__attribute__((warn_unused_result));

#endif
