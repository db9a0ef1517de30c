/* updater/keyring: the keys that are pinned, and the least that has to vouch for a release: UPDATE_KEY, UPDATE_KEY_FILE
 * and UPDATE_VERIFY. */
#ifndef UPDATER_KEYRING_H
#define UPDATER_KEYRING_H

#include "updater/policy/key.h"
#include "updater/policy/trust.h"

#define KEYRING_FILE_MAX 16384 /* bytes of a key file */

struct keyring {
	struct key_ring keys;
	bool named; /* UPDATE_VERIFY is set, to: */
	enum trust least;
};

/* Reads the three, "" for one that is not set; files are paths with ':' between. NULL, or what is wrong, with `about`
 * saying where ("UPDATE_KEY_FILE=/key.pub"). Neither ever holds a byte of a key, which may be a secret by mistake. */
const char *keyring_read(struct keyring *k, const char *verify, const char *keys, const char *files, char *about,
			 size_t size) __attribute__((warn_unused_result));

#endif
