/* updater/fetch/refs: reads what a git server advertises: which commit a branch or a tag is at.
 *
 * Packets of the smart protocol (version 0): four hexadecimal digits of length, then "HASH NAME", the first with
 * capabilities behind a NUL. Bytes come in pieces of any size. */
#ifndef UPDATER_FETCH_REFS_H
#define UPDATER_FETCH_REFS_H

#include <stdbool.h>
#include <stddef.h>

#define REFS_HASH 65   /* 40 or 64 hexadecimal digits and a NUL */
#define REFS_LINE 4096 /* a longer packet is passed over: no name that is asked for is that long */

struct refs {
	const char *wanted;	/* a branch, a tag, or a name that starts with refs/ */
	char branch[REFS_HASH]; /* "" while it has not come; it decides when it has */
	char tag[REFS_HASH];
	bool peeled; /* tag is the commit that an annotated tag points to */

	char line[REFS_LINE];
	size_t have; /* bytes of the packet, its length included */
	size_t size; /* of the packet, 0 while its length has not come */
	unsigned flushes;
};

/* wanted has to live as long as r. */
void refs_begin(struct refs *r, const char *wanted);

/* Takes a piece. NULL, or what is wrong with it (static text, for behind "what HOST sends "). */
const char *refs_feed(struct refs *r, const char *bytes, size_t n) __attribute__((warn_unused_result));

/* True when no later packet can change the answer. */
bool refs_settled(const struct refs *r);

/* True when the advertisement has come to its end. */
bool refs_ended(const struct refs *r);

/* The commit, NULL when there is no such branch or tag. */
const char *refs_found(const struct refs *r);

#endif
