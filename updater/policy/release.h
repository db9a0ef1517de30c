/* updater/policy/release: what the forge has, as the fetch job tells it packet by packet.
 *
 * Everything here came from outside and was checked for form by the job; it is checked again for what it becomes here:
 * lengths, a digest's form. A packet that is not as agreed is EBADMSG: the job is not to be humoured. */
#ifndef UPDATER_POLICY_RELEASE_H
#define UPDATER_POLICY_RELEASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "lib/wire.h"

#define RELEASE_LIMIT 100	 /* releases held at once */
#define RELEASE_ASSET_LIMIT 1000 /* assets of one release */
#define RELEASE_UNSIZED UINT64_MAX
#define RELEASE_DIGEST 65		 /* 64 hex digits and a NUL */
#define RELEASE_LAST_SECOND 253402300799 /* of the year 9999: nothing is published later */

struct release_asset {
	char *name;
	char *url;		     /* for everybody */
	char *api;		     /* for whoever has a token; "" where that is no other one */
	uint64_t size;		     /* RELEASE_UNSIZED when the forge does not say */
	bool uploaded;		     /* false: still being uploaded */
	char digest[RELEASE_DIGEST]; /* sha256 in lower-case hex, "" when the forge gives none */
	int64_t created;	     /* seconds since 1970, 0 not known */
};

struct release {
	char *tag;
	int64_t published; /* seconds since 1970 */
	bool draft, prerelease;
	struct release_asset *assets;
	size_t nassets;
};

/* Owns all it holds; release_free() frees it and leaves it empty. */
struct release_list {
	struct release *releases;
	size_t count;
};

/* Adds what a packet kind=release or kind=asset says (an asset belongs to the release before it).
 * -1: EBADMSG not as agreed, ENOMEM, EMFILE over a limit. */
int release_add(struct release_list *list, const struct wire *packet) __attribute__((warn_unused_result));

void release_free(struct release_list *list);

/* A copy of an asset, with strings of its own; false when there is no memory for them. And the end of one. */
bool release_copy(struct release_asset *to, const struct release_asset *from);
void release_forget(struct release_asset *a);

/* Digests: "sha256:HEX" in any case of letters to lower-case hex. False when it is not that; out is "" then. */
bool release_digest(const char *text, char out[RELEASE_DIGEST]);

#endif
