/* updater/policy/plan: what to do about the releases there are, and why not about each of the others.
 *
 * Tags are versions, and the highest wins; where neither what runs nor a release has a version for a tag, the one that
 * was published last.
 *
 * Pure: everything it decides from is in struct plan_world. It never goes down unless asked by name, takes no draft, no
 * prerelease but of the channel, nothing that is outside the pin, skipped, too young or still being uploaded, nothing
 * that turned out bad before (unless its bytes changed), and only what exactly one asset fits. Asked by name it takes
 * what is on the forge, is no draft, and has an asset that fits. For neither it takes what less vouches for than has
 * to. */
#ifndef UPDATER_POLICY_PLAN_H
#define UPDATER_POLICY_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "updater/policy/asset.h"
#include "updater/policy/channel.h"
#include "updater/policy/pin.h"
#include "updater/policy/release.h"
#include "updater/policy/signature.h"
#include "updater/policy/trust.h"
#include "updater/policy/version.h"

#define PLAN_REASON 600
#define PLAN_PATIENCE 3600 /* seconds that a release may take to be uploaded before older ones are taken instead */

/* A release that was tried and failed. */
struct plan_bad {
	char tag[VERSION_TAG_MAX + 1];
	char digest[RELEASE_DIGEST]; /* of the asset that failed; "" for all its assets */
	char reason[200];
	int64_t when;
};

struct plan_world {
	const struct release_list *list;
	const char *current; /* tag of what runs; "" when nothing is installed */
	const char *floor;   /* nothing up to this version comes by itself: a person went back from it; "" none */
	int64_t current_published, floor_published; /* seconds since 1970, 0 not known */
	const char *current_asset, *current_digest; /* what it was installed from; NULL or "" not known */
	const char *wanted; /* asked for by name: may be lower, or bad before; NULL: the newest */
	const struct plan_bad *bad;
	size_t nbad;
	const char *url, *owner; /* GH_URL and GH_USER: assets of another owner's are not taken; NULL: they are */
	const char *pattern;	 /* GH_ASSET, or NULL */
	struct asset_host host;
	const struct channel *channel; /* NULL: stable */
	const struct pin *pin;	       /* NULL: none */
	const char *skip;	       /* see updater/policy/skip; NULL: none */
	uint64_t min_age;	       /* seconds since it was published */
	struct trust_rule trust;       /* the least that has to vouch for a release */
	unsigned kinds;		       /* of the keys that are pinned: a set of enum key_kind */
	int64_t now;		       /* seconds since 1970 */
};

enum plan_verdict {
	PLAN_REJECTED, /* not this one, see reason */
	PLAN_PENDING,  /* later: its assets are still being uploaded */
	PLAN_YOUNG,    /* later: it is not old enough */
	PLAN_FITS,     /* could be installed */
};

struct plan_finding {
	enum plan_verdict verdict;
	int asset;  /* index of its asset, -1 none */
	int sums;   /* index of its checksums asset, -1 none */
	bool moved; /* it is what runs, and its archive was exchanged on the forge since */
	int signatures[SIGNATURE_FORMS];
	enum trust trust;	  /* what vouches for its asset; all of that has to be right */
	bool considered;	  /* its assets were looked at: neither its tag nor the policy speaks against it */
	int64_t eligible;	  /* of PLAN_YOUNG: when it is old enough (wall clock), 0 not known */
	char reason[PLAN_REASON]; /* one line, "" for PLAN_FITS */
};

enum plan_decision {
	PLAN_NOTHING, /* what runs is the newest */
	PLAN_INSTALL, /* release `chosen` */
	PLAN_WAIT,    /* release `chosen` is the one, but its assets are not all there, or it is too young */
	PLAN_REFUSED, /* there is a newer one (`chosen`), or the one asked for, and it cannot be installed: see its
			 reason */
};

/* Owns findings (one for each release of the list, same order); plan_free() frees them and leaves it empty. */
struct plan {
	enum plan_decision decision;
	int chosen; /* index into the list, -1 for PLAN_NOTHING and for a wanted tag that is not in the list */
	struct plan_finding *findings;
	size_t count;
	bool by_time;	  /* there are no versions: the order is that of publishing */
	int64_t eligible; /* when the first one that is too young is old enough (wall clock), 0 none */
};

/* -1: ENOMEM. */
int plan_make(const struct plan_world *w, struct plan *plan) __attribute__((warn_unused_result));
void plan_free(struct plan *plan);

#endif
