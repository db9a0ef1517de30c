#include "updater/policy/trust.h"

#include <string.h>

static const char *const words[TRUST_LEVELS] = {
	[TRUST_NONE] = "none",
	[TRUST_DIGEST] = "digest",
	[TRUST_CHECKSUMS] = "checksums",
	[TRUST_SIGNATURE] = "signature",
};

const char *trust_word(enum trust level)
{
	return words[level];
}

bool trust_read(const char *word, enum trust *level)
{
	for (int i = 0; i < TRUST_LEVELS; i++)
		if (strcmp(words[i], word) == 0) {
			*level = (enum trust)i;
			return true;
		}
	return false;
}

enum trust trust_least(const struct trust_rule *r)
{
	if (r->named)
		return r->level;
	enum trust least = r->pinned ? TRUST_SIGNATURE : TRUST_DIGEST;
	return r->last > least ? r->last : least;
}
