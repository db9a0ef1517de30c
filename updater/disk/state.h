/* updater/disk/state: what is being done and what was learnt, in STATE_DIR/state.
 *
 * key=value lines, replaced atomically, so that an updater that is killed anywhere knows at its next start what it was
 * about to do: a phase is written before it is begun (but for two, see updater/switch). A file that is not as this
 * wrote it is set aside as state.bad; what is on disk then speaks for itself. */
#ifndef UPDATER_DISK_STATE_H
#define UPDATER_DISK_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "updater/policy/asset.h"
#include "updater/policy/plan.h"
#include "updater/policy/release.h"
#include "updater/policy/trust.h"
#include "updater/policy/version.h"

#define STATE_BAD_MAX 32 /* the oldest mark gives way */
#define STATE_ETAG 256
#define STATE_HOST 128
#define STATE_WAITS 10 /* the forge's web and API and all mirrors; the one that ends first gives way */
#define STATE_REPO 210
#define STATE_SIGNERS 256
#define STATE_NAME (VERSION_TAG_MAX + 1)
#define STATE_SEEN 256 /* of the forge's tags, also those that are too long to be one here */

enum state_phase {
	STATE_IDLE,	 /* nothing under way */
	STATE_PROBE,	 /* asking the forge for its newest tag */
	STATE_PLAN,	 /* asking for its releases, deciding */
	STATE_FETCH,	 /* downloading */
	STATE_BUILD,	 /* having it made from its sources */
	STATE_VERIFY,	 /* comparing digests */
	STATE_UNPACK,	 /* filling a staging directory */
	STATE_PRE,	 /* the hook `pre` is asked */
	STATE_STOP,	 /* stopping the app: from here on it does not serve */
	STATE_CARRY,	 /* taking the app's own files along */
	STATE_SWITCH,	 /* turning the `current` link */
	STATE_START,	 /* starting the app: it may write in the new directory from here on */
	STATE_READY,	 /* waiting for it to be ready */
	STATE_PROBATION, /* watching whether it stays up */
	STATE_POST,	 /* it is in place, the hook `post` is told */
	STATE_UNDO,	 /* the way forward was left, the hook `rollback` undoes what `pre` did */
	STATE_PHASES,
};

/* Why the app is being moved from one release to another. */
enum state_reason {
	STATE_UPDATE, /* a newer release was found */
	STATE_ASKED,  /* a person named it */
	STATE_BACK,   /* the one before it turned out bad */
	STATE_IMAGE,  /* at start, the highest one on disk is not the one that is linked */
	STATE_REASONS,
};

/* Until when a host wants to be left in peace. */
struct state_wait {
	char host[STATE_HOST]; /* with its port if it has one; "*" for all of them */
	int64_t until;	       /* wall clock */
};

struct state {
	enum state_phase phase;

	/* The move that is under way from STATE_STOP on; names as in updater/disk/store. */
	enum state_reason reason;
	char from[STATE_NAME], to[STATE_NAME];
	char profile_from[STATE_NAME], profile_to[STATE_NAME]; /* see updater/disk/profile; "" none */
	bool start;	/* the app is to run afterwards: it was not stopped on purpose before */
	bool unwell;	/* the app was not ready or kept dying before: what comes is not to blame for it */
	uint64_t tries; /* how often this move was begun: a release that takes the container down with it ends here */

	uint64_t hook_tries; /* how many lives in a row have begun a hook and not seen its end */

	/* The archive in download/ or about to be. */
	char tag[STATE_NAME];
	char asset[ASSET_NAME_MAX + 1];
	char digest[RELEASE_DIGEST];
	char download_etag[STATE_ETAG];

	/* The forge. */
	char list_etag[STATE_ETAG]; /* of the release list */
	char seen[STATE_SEEN]; /* what its `latest` pointed to when the list was last looked at; any text, no path */
	int64_t listed;	       /* when that was */
	char told[STATE_NAME]; /* the release of which it was told last that it is there */
	uint64_t failures;     /* polls in a row that failed */

	int64_t paused_until; /* a person paused updates; 0 not, INT64_MAX until he says otherwise */

	struct state_wait waits[STATE_WAITS]; /* who said: not before then */
	size_t nwaits;

	/* The last release that was verified: of which repository, which one, by what and by whose keys. */
	char verified_of[STATE_REPO];
	char verified_tag[STATE_NAME];
	enum trust verified;
	char verified_by[STATE_SIGNERS];

	char staged[STATE_NAME]; /* a release on disk that waits for UPDATE_WINDOW, "" none */
	char floor[STATE_NAME];	 /* see plan_world.floor */
	int64_t floor_published;
	struct plan_bad bad[STATE_BAD_MAX]; /* nothing is said of what lies behind the last one */
	size_t nbad;
};

/* Reads it below dirfd. 0: read, or there was none: an empty one; 1: it was corrupt and is now state.bad, *s is empty,
 * *why says what was wrong; -1: errno (*s is empty). */
int state_load(int dirfd, struct state *s, const char **why) __attribute__((warn_unused_result));

/* Pure part of it: false with *why when the text is not a whole state file. */
bool state_parse(char *text, struct state *s, const char **why);

/* Replaces the file. -1: errno, the old one stands. */
int state_save(int dirfd, const struct state *s) __attribute__((warn_unused_result));

/* Marks a release bad, in memory; the mark of the same tag and digest is replaced. */
void state_mark_bad(struct state *s, const char *tag, const char *digest, const char *reason, int64_t when);

/* Takes all marks off a tag, in memory. True when there was one. */
bool state_forgive(struct state *s, const char *tag);

/* The newest mark on a tag, or NULL. */
const struct plan_bad *state_bad(const struct state *s, const char *tag);

/* Remembers, in memory, that a host ("": all of them) is not to be asked before then; what is over is forgotten. */
void state_wait(struct state *s, const char *host, int64_t until, int64_t now);

/* Until when this host is to be left in peace; 0: it may be asked. */
int64_t state_not_before(const struct state *s, const char *host, int64_t now);

const char *state_phase_name(enum state_phase phase);
const char *state_reason_name(enum state_reason reason);

#endif
