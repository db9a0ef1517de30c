/* updater/install: gets one release onto the disk, while the old version goes on serving: fetch, verify, unpack.
 *
 * Of a branch the sources are fetched and built: that makes the archive, which goes the same way from there.
 *
 * What was fetched stays for the next attempt when the network broke; what is verified and what is unpacked is one open
 * file. A release that is to blame itself (wrong digest, unsafe archive, nothing to run on this machine) is told from
 * bad luck (network, full disk). The archive is asked of the mirrors first, one after the other, then of the forge;
 * what vouches for it of the forge alone, before it. A mirror is never a reason to blame a release. */
#ifndef UPDATER_INSTALL_H
#define UPDATER_INSTALL_H

#include <stdbool.h>
#include <stdint.h>
#include "updater/origin.h"
#include "updater/policy/plan.h"
#include "updater/vouchers.h"
#include "updater/world.h"

enum install_result {
	INSTALL_WAIT,	/* the job goes on */
	INSTALL_DONE,	/* it is on disk, whole */
	INSTALL_BAD,	/* the release is to blame: see text; never again with this digest */
	INSTALL_FAILED, /* not now: see code and text */
};

struct install {
	struct world *world;
	enum { INSTALL_VOUCHERS, INSTALL_ARCHIVE, INSTALL_SOURCES, INSTALL_BUILD, INSTALL_UNPACK } step;
	struct release_asset asset; /* a copy; strings freed by install_end() */
	struct vouchers vouchers;
	struct origin origin; /* who is asked for what is being fetched */
	int64_t published;    /* of the release */
	int archive, sources; /* sources: of a branch, to be built */
	struct stage stage;
	bool resumed;					  /* part of the archive is of an earlier attempt */
	uint64_t done, total;				  /* bytes */
	int64_t began;					  /* of this step */
	char mismatched[STATE_NAME + RELEASE_DIGEST + 1]; /* tag and digest of the release whose sum was wrong last */
	char code[32];
	char text[600];
};

void install_init(struct install *in, struct world *w);

/* Begins with what the plan found of a release: its asset, and the files that vouch for it. */
enum install_result install_begin(struct install *in, const struct release *r, const struct plan_finding *f,
				  int64_t now) __attribute__((warn_unused_result));

void install_packet(struct install *in, const struct wire *packet, int64_t now);

enum install_result install_ended(struct install *in, int64_t now) __attribute__((warn_unused_result));

/* Closes and frees what it holds; after DONE, BAD and FAILED. */
void install_end(struct install *in);

#endif
