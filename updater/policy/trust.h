/* updater/policy/trust: how an archive is known to be the one that was released, from nothing to a pinned key. Pure. */
#ifndef UPDATER_POLICY_TRUST_H
#define UPDATER_POLICY_TRUST_H

#include <stdbool.h>

enum trust {
	TRUST_NONE,	 /* by nothing: the forge says no digest and the release has no checksums file */
	TRUST_DIGEST,	 /* the forge's own sha256: what arrived is what it has */
	TRUST_CHECKSUMS, /* a checksums file of the release: what arrived is what was built */
	TRUST_SIGNATURE, /* a signature by a pinned key: whoever has that key released it */
	TRUST_LEVELS,
};

/* "none", "digest", "checksums", "signature". */
const char *trust_word(enum trust level);

/* False when the word is none of these; *level is untouched. */
bool trust_read(const char *word, enum trust *level);

/* What the least that will do comes from. */
struct trust_rule {
	bool named; /* UPDATE_VERIFY is set, to: */
	enum trust level;
	bool pinned;	 /* there are keys */
	enum trust last; /* what the last release was verified by; TRUST_NONE when there was none */
};

/* What is named. Otherwise a signature where keys are pinned, else a digest, and never less than last time. */
enum trust trust_least(const struct trust_rule *r);

#endif
