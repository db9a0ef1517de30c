/* updater/ask: what the two jobs are asked, as packets. Pure. */
#ifndef UPDATER_ASK_H
#define UPDATER_ASK_H

#include <stdint.h>
#include "lib/wire.h"
#include "updater/config.h"
#include "updater/policy/release.h"
#include "updater/policy/signature.h"

#define ASK_SECONDS 60		  /* a question to the forge may take so long */
#define ASK_DOWNLOAD 3600	  /* a download */
#define ASK_POST 20		  /* telling a receiver */
#define ASK_UNPACK 900		  /* unpacking */
#define ASK_PROFILE 30		  /* reading a profile */
#define ASK_SUMS_MAX 1048576	  /* bytes of a checksums file */
#define ASK_FILE_MAX (1ULL << 30) /* bytes of an archive of no stated size */
#define ASK_BUILD_MORE 60	  /* a build, besides BUILD_TIME: for what is around the command */
#define ASK_SOURCES_MAX (512ULL << 20)

/* The tag that the forge's `latest` redirect points to; costs none of its allowance. */
void ask_probe(struct wire *w, const struct config *c);

/* A page (from 1) of the releases; etag "" or the one of last time. */
void ask_list(struct wire *w, const struct config *c, const char *etag, unsigned page);

/* One release. */
void ask_release(struct wire *w, const struct config *c, const char *tag);

/* The commit that GH_CHANNEL's branch is at. */
void ask_ref(struct wire *w, const struct config *c);

/* To build what a commit holds into release tag. */
void ask_build(struct wire *w, const struct config *c, const char *tag, const char *commit);

/* The bytes of an asset from offset on, at most cap in all; etag "" or that of the bytes that are there. */
void ask_get(struct wire *w, const struct config *c, const struct release_asset *a, uint64_t cap, uint64_t offset,
	     const char *etag);

/* The same of a mirror: its address, and never the token. */
void ask_mirror(struct wire *w, const struct config *c, const char *url, uint64_t cap, uint64_t offset,
		const char *etag);

/* Tell the receiver at NOTIFY_URL what stands in the descriptor that is passed as well. */
void ask_post(struct wire *w, const struct config *c);

/* Verify and unpack an asset. What vouches for it is passed as well: the checksums file (sums: its name, or NULL) and
 * the signatures of the forms that are set. An asset that is by its name no archive but the program itself is called as
 * the repository is. */
void ask_unpack(struct wire *w, const struct config *c, const char *tag, const struct release_asset *a,
		const char *sums, const bool signatures[static SIGNATURE_FORMS]);

/* Read the profile that is passed. */
void ask_profile(struct wire *w);

#endif
