/* updater/disk/carry: what the app wrote in its directory goes along to the release that runs next, forward and back.
 *
 * What is in the old release and not in its manifest is the app's: it is linked into the new one (copied where a link
 * cannot be had). A shipped file that the app changed is put beside the new one as NAME.local-OLDTAG; so is a file of
 * the app's whose name the new release ships itself. Nothing in the old release is changed, so a carry that was cut
 * short is simply done again. */
#ifndef UPDATER_DISK_CARRY_H
#define UPDATER_DISK_CARRY_H

#include <stddef.h>
#include "updater/disk/manifest.h"
#include "updater/disk/tree.h"

struct carry {
	int from, to;			       /* directories of both releases */
	const struct manifest *before, *after; /* their manifests; after may be NULL: it ships what it ships */
	const char *old_tag;		       /* for NAME.local-OLDTAG */
	void (*edited)(const char *path);      /* told of each shipped file that was kept beside; NULL: nobody */
	size_t carried, kept_beside, skipped;  /* files; skipped: neither file nor link, and not linkable */
	char path[TREE_PATH];		       /* on failure: what could not be taken along */
};

/* Looks whether all of it could be taken along, while the app still runs. -1: errno, and path. */
int carry_check(struct carry *c) __attribute__((warn_unused_result));

/* Does it. On return everything new in the new release is on disk. -1: errno, and path. */
int carry_over(struct carry *c) __attribute__((warn_unused_result));

#endif
