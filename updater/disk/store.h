/* updater/disk/store: what is on disk.
 *
 *   STATE_DIR/releases/TAG/          a release; it appears by one rename when it is whole
 *   STATE_DIR/releases/TAG.files     its manifest, in place before it
 *   STATE_DIR/releases/TAG.carried   all that the app wrote in it was taken along to another release
 *   STATE_DIR/current previous stable
 *   STATE_DIR/staging/RANDOM/        one attempt: tree/ and files; swept at start
 *   STATE_DIR/download/              archive and sums, for resume
 *   STATE_DIR/kept/                  directories that had to make way and hold something of the app's
 *
 * A release is called by its tag; the one that came with the image by STORE_BAKED. Names that come in here were let
 * pass by version_tag_fault() before. All -1 and errno on failure. */
#ifndef UPDATER_DISK_STORE_H
#define UPDATER_DISK_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include "lib/ident.h"
#include "updater/disk/manifest.h"
#include "updater/policy/version.h"

#define STORE_BAKED "@baked"
#define STORE_NAME (VERSION_TAG_MAX + 1)
#define STORE_PATH 512
#define STORE_MAX 128 /* releases listed at once */

struct store {
	int dir, releases, staging, download; /* descriptors */
	char baked[STORE_PATH];		      /* directory of the release that came with the image */
	char baked_tag[STORE_NAME];	      /* "dev" when it says nothing usable */
	bool has_baked;
};

/* One attempt under way. */
struct stage {
	char name[24]; /* below staging/ */
	int tree;      /* empty directory to be filled */
	int files;     /* its manifest, to be written */
};

/* Makes STATE_DIR and what it holds (owner: who it shall belong to, NULL: the caller) and looks at the baked release,
 * of which it writes a manifest when there is none yet. EWOULDBLOCK: another updater works in it, and nothing was
 * changed. Call it before rights are dropped. */
int store_open(struct store *s, const char *state_dir, const char *baked, const char *version_file,
	       const struct ident *owner) __attribute__((warn_unused_result));
void store_close(struct store *s);

/* Removes what attempts that were killed left behind, never a release, and brings what they put in place to the disk.
 */
int store_sweep(struct store *s) __attribute__((warn_unused_result));

/* The tag of a release for people and for comparing: its name, or what the image says. */
const char *store_tag(const struct store *s, const char *name);

/* < 0, 0, > 0 as one release is older than another, of equal rank, newer: see updater/policy/order. */
int store_compare(const struct store *s, const char *a, const char *b);

/* All whole releases, the newest by this order first; a baked one stands before another of its version. Returns how
 * many. */
int store_list(const struct store *s, char names[STORE_MAX][STORE_NAME]) __attribute__((warn_unused_result));

/* True when this release is there and whole. */
bool store_has(const struct store *s, const char *name);

/* Which release a link (current, previous, stable) points to; false when it is none. */
bool store_link(const struct store *s, const char *link, char name[STORE_NAME]);

/* Turns such a link by one rename. */
int store_set_link(struct store *s, const char *link, const char *name) __attribute__((warn_unused_result));

/* Its directory and its manifest. */
int store_directory(const struct store *s, const char *name) __attribute__((warn_unused_result));
int store_manifest(const struct store *s, const char *name, struct manifest *m) __attribute__((warn_unused_result));

/* A fresh place to unpack into; store_unstage() closes it and removes what is left of it. */
int store_stage(struct store *s, struct stage *stage) __attribute__((warn_unused_result));
void store_unstage(struct store *s, struct stage *stage);

/* Makes what was unpacked (and synced by whoever did) release TAG: syncs the manifest, moves both into place. */
int store_install(struct store *s, struct stage *stage, const char *tag) __attribute__((warn_unused_result));

/* Notes that everything of the app's in a release was (or, on = false, is no longer) taken along. */
int store_set_carried(struct store *s, const char *name, bool on) __attribute__((warn_unused_result));

/* Removes old releases but for current, previous, stable, the two named (may be "") and the `keep` highest others;
 * never one that holds something of the app's that was not carried on. Calls removed with
 * each tag. */
int store_gc(struct store *s, size_t keep, const char *also, const char *also2,
	     void (*removed)(void *context, const char *tag), void *context) __attribute__((warn_unused_result));

#endif
