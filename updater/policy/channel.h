/* updater/policy/channel: GH_CHANNEL, which kinds of releases come by themselves.
 *
 *   stable       those that are no prerelease
 *   prerelease   all
 *   -beta        those that are no prerelease, and prereleases whose first identifier is this word, a number behind it
 *                or not: 1.2.0-beta, 1.2.0-beta.3, 1.2.0-beta3
 *
 * Pure. A prerelease is what the forge calls so, or what has a prerelease part in its version: either is forgotten at
 * times. The highest version wins, whichever kind it is. */
#ifndef UPDATER_POLICY_CHANNEL_H
#define UPDATER_POLICY_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>

#define CHANNEL_WORD 32

enum channel_kind { CHANNEL_STABLE, CHANNEL_PRERELEASE, CHANNEL_SUFFIX };

/* Zeroed it is stable. */
struct channel {
	enum channel_kind kind;
	char word[CHANNEL_WORD + 1]; /* of CHANNEL_SUFFIX, without its '-' */
};

/* False with what is wrong in why; *channel is stable then. */
bool channel_parse(const char *text, struct channel *channel, char *why, size_t size)
	__attribute__((warn_unused_result));

/* True when a release comes by itself; flagged: the forge calls it a prerelease. */
bool channel_takes(const struct channel *channel, const char *tag, bool flagged);

#endif
