/* updater/unpack/path: names that an archive gives to its entries, and where its links lead. Pure.
 *
 * Nothing here touches a disk: the writer would refuse a way out, too, but a name that asks for one says what the
 * archive is. */
#ifndef UPDATER_UNPACK_PATH_H
#define UPDATER_UNPACK_PATH_H

#include <stdbool.h>
#include <stddef.h>

#define PATH_TEXT 1025 /* a whole path or target with its NUL */
#define PATH_STEP 255  /* bytes between two slashes */
#define PATH_DEPTH 64  /* steps */

/* Writes name into out without "." steps and spare slashes; "" is the top itself. NULL, or why it is refused (empty,
 * absolute, "..", too long, too deep), in words that follow the name in a message. */
const char *path_clean(const char *name, char out[static PATH_TEXT]) __attribute__((warn_unused_result));

/* May a symbolic link at the clean path `at` point to target? Only inside the tree: relative, with its ".." steps at
 * the beginning and no more of them than there are directories above it. Each link is judged from the real directory in
 * which it stands, so a chain of such links cannot leave the tree either. A ".." behind another step is refused: that
 * step may be a link, and ".." then leads from where it points to. *climbs: it climbs up to the top of the tree, so it
 * would leave it if the tree lost its top directory. NULL, or why it is refused. */
const char *path_check_target(const char *at, const char *target, bool *climbs) __attribute__((warn_unused_result));

#endif
