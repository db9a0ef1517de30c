/* updater/world: what the parts of an update share. There is one, made by main. */
#ifndef UPDATER_WORLD_H
#define UPDATER_WORLD_H

#include "updater/policy/asset.h"
#include "updater/config.h"
#include "updater/helper.h"
#include "updater/hook.h"
#include "updater/service.h"
#include "updater/disk/state.h"
#include "updater/disk/store.h"

struct world {
	const struct config *config;
	const char *helper_dir; /* where moult-fetch and moult-unpack are */
	struct asset_host host;
	struct store store;
	struct state state;
	struct helper helper;
	struct hook hook;	/* of a moment of the move; see updater/moment */
	char asked[STATE_HOST]; /* the host that the helper asks, "" for none or one of too long a name */
	struct service service;
	char lacking[128]; /* what confines the jobs less than it should, as told in the log */
};

/* Writes the state down. -1: it could not (said in the log); what was to be begun then must not be. */
int world_save(struct world *w) __attribute__((warn_unused_result));

/* Enters a phase: writes it down, then it may be begun. */
int world_enter(struct world *w, enum state_phase phase) __attribute__((warn_unused_result));

/* A job's packet kind=lacks: said in the log, once as long as it is the same. */
void world_lacks(struct world *w, const struct wire *packet);

/* Adds to the history; a failure is said in the log and is no reason to stop. */
void world_remember(struct world *w, const char *what, const char *from, const char *to, const char *why,
		    int64_t took_ms);

/* Notes whom the helper is about to ask, by a URL. */
void world_asks(struct world *w, const char *url);

/* The helper says until when the host it asks wants to be left in peace. */
void world_wait(struct world *w, const struct wire *packet);

/* Until when the forge is to be left in peace, its web and its API, by the wall clock; 0: it may be asked. */
int64_t world_not_before(const struct world *w);

/* What the least that vouches for a release comes from. What was learnt of another repository does not count. */
struct trust_rule world_trust(const struct world *w);

/* By what the release with this tag was verified, "signature by minisign 8FC69A50325F3CD4"; "" when it was not the last
 * one that was. */
#define WORLD_VERIFIED (STATE_SIGNERS + 20)
const char *world_verified(const struct world *w, const char *tag, char text[WORLD_VERIFIED]);

/* Where a signature is asked for, what lies on the disk has to be what was signed: known of the last that was verified.
 */
bool world_is_vouched_for(const struct world *w, const char *tag);

/* OWNER/NAME of the repository. */
const char *world_repo(const struct world *w, char repo[STATE_REPO]);

/* The name of the release that `current` points to, "" when it points to none; and its tag for people. */
const char *world_current(const struct world *w, char name[STORE_NAME]);
const char *world_tag(const struct world *w, const char *name);

/* The mark against a release on disk: of its tag and its digest, or of its tag alone where one of both has no digest.
 * NULL: it is not known to be bad. */
const struct plan_bad *world_bad(const struct world *w, const char *name);

/* The digest of the archive that a release on disk came from, "" when it came with the image. */
void world_digest(const struct world *w, const char *name, char digest[RELEASE_DIGEST]);

/* When a release on disk was published, 0 when that is not known. */
int64_t world_published(const struct world *w, const char *name);

/* UPDATE_WINDOW is open: the app may be stopped for what nobody asked for. */
bool world_is_open(const struct world *w);

/* Every program that the release on disk shipped is there. What is missing is said in the log. */
bool world_has_programs(const struct world *w, const char *name);

/* Nothing that the release on disk shipped is missing or damaged, by hash (see updater/disk/audit); what
 * its app changed does not count. Reads all of it. What is wrong is said in the log. */
bool world_is_sound(const struct world *w, const char *name);

#endif
