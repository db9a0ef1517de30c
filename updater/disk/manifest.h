/* updater/disk/manifest: what a release shipped, and from that what in its directory is the app's own work.
 *
 *   moult-manifest 1 TAG ASSET sha256:HEX EPOCH [PUBLISHED]
 *   f MODE SIZE SHA256 PATH        a file; SHA256 is - when it was not taken
 *   d MODE - - PATH
 *   l - - TARGET PATH              a symbolic link
 *
 * PATH and TARGET are percent-encoded: '%', 0x7f and what is at most 0x20. */
#ifndef UPDATER_DISK_MANIFEST_H
#define UPDATER_DISK_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "updater/policy/asset.h"
#include "updater/policy/release.h"
#include "updater/disk/tree.h"
#include "updater/policy/version.h"

struct manifest {
	char *text; /* the file, mapped; private */
	size_t size;
	const char **lines; /* of its entries, in order of their paths; malloc'd */
	size_t count;
	struct timespec when; /* when it was put in place: the release was whole before that */
	char tag[VERSION_TAG_MAX + 1];
	char digest[RELEASE_DIGEST]; /* of the archive, "" for a release that came with the image */
	int64_t epoch;
	char asset[ASSET_NAME_MAX + 1]; /* as it is written, percent-encoded */
	int64_t published;		/* on the forge, seconds since 1970; 0 not known */
};

/* One line of it. */
struct manifest_entry {
	char type;	 /* f, d, l */
	unsigned mode;	 /* of a file or directory */
	uint64_t size;	 /* of a file */
	char digest[65]; /* of a file, "" when it was not taken */
	char path[TREE_PATH];
	char target[TREE_PATH]; /* of a link */
};

/* What a thing in a release's directory is. */
enum manifest_origin {
	MANIFEST_FAILED = -1, /* errno: it could not be read */
	MANIFEST_SHIPPED,     /* as it came */
	MANIFEST_EDITED,      /* it came, and the app changed it */
	MANIFEST_CREATED,     /* it did not come: the app made it */
};

/* Opens the file name below dirfd. -1: errno; EBADMSG when it is no manifest. manifest_close() frees what it holds. */
int manifest_open(int dirfd, const char *name, struct manifest *m) __attribute__((warn_unused_result));
void manifest_close(struct manifest *m);

/* The i-th entry, i < count. False when the line does not hold what it should; path is "" then, or what of it is known.
 */
bool manifest_entry(const struct manifest *m, size_t i, struct manifest_entry *out);

/* True when the release shipped something at this path. */
bool manifest_has(const struct manifest *m, const char *path);

/* A file whose size is right and whose inode was not touched since the release was put in place is taken for what it
 * was; any other is hashed. */
enum manifest_origin manifest_origin(const struct manifest *m, const struct tree_entry *entry);

/* 0 when every shipped program below the directory top is there, a file; -1 with errno, ENOENT when one is missing: its
 * path is then in missing. */
int manifest_check(const struct manifest *m, int top, char missing[TREE_PATH]) __attribute__((warn_unused_result));

/* Writes one for the directory top, as name below dirfd, without digests: for a release that came with the image,
 * before the app first runs in it. */
int manifest_write(int dirfd, const char *name, int top, const char *tag) __attribute__((warn_unused_result));

#endif
