/* updater/disk/audit: what a release shipped, compared with what is there, file by file, by hash.
 *
 * A shipped file that is another than it was is `damaged` where that cannot be the app's work: a program, or what
 * nobody wrote to since the release was put in place (its inode's time tells). Any other is `changed`: an app may edit
 * what it ships. What came with the image has no hashes; there only types, sizes and modes are compared.
 *
 * It is done in steps, so that whoever does it can do something else in between. */
#ifndef UPDATER_DISK_AUDIT_H
#define UPDATER_DISK_AUDIT_H

#include <stddef.h>
#include <stdint.h>
#include "updater/disk/manifest.h"
#include "updater/sha256.h"

struct audit {
	const struct manifest *manifest; /* the caller's, as long as it goes on */
	int top;			 /* the release's directory, the caller's */
	size_t next;			 /* the entry that is looked at */
	int fd;				 /* the file that is being hashed, -1 none */
	struct sha256 sum;
	struct manifest_entry entry;
	size_t files;	 /* compared so far, links and directories included */
	const char *why; /* of a finding, for people */
};

enum audit_result {
	AUDIT_MORE,    /* call again */
	AUDIT_MISSING, /* a finding, about entry.path; call again */
	AUDIT_DAMAGED, /* the same */
	AUDIT_CHANGED, /* the same */
	AUDIT_OVER,    /* all was compared */
};

void audit_begin(struct audit *a, const struct manifest *m, int top);

/* One step: an entry, or so many bytes of a file. */
enum audit_result audit_step(struct audit *a, size_t bytes) __attribute__((warn_unused_result));

/* Closes what it holds; may be called at any time. */
void audit_end(struct audit *a);

#endif
