/* updater/policy/channel: GH_CHANNEL, which kinds of releases come by themselves.
 *
 *   stable       those that are no prerelease
 *   prerelease   all
 *   branch:NAME  no release: what is built from each commit on a branch, or behind a tag or another ref
 *   -beta        those that are no prerelease, and prereleases whose first identifier is this word, a number behind it
 *                or not: 1.2.0-beta, 1.2.0-beta.3, 1.2.0-beta3
 *
 * Pure. A prerelease is what the forge calls so, or what has a prerelease part in its version: either is forgotten at
 * times. The highest version wins, whichever kind it is. */
#ifndef UPDATER_POLICY_CHANNEL_H
#define UPDATER_POLICY_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include "updater/policy/version.h"

#define CHANNEL_WORD 32
#define CHANNEL_BRANCH_MAX 100

enum channel_kind { CHANNEL_STABLE, CHANNEL_PRERELEASE, CHANNEL_SUFFIX, CHANNEL_BRANCH };

/* Zeroed it is stable. */
struct channel {
	enum channel_kind kind;
	char word[CHANNEL_WORD + 1]; /* of CHANNEL_SUFFIX, without its '-' */
	char branch[CHANNEL_BRANCH_MAX + 1];
};

/* False with what is wrong in why; *channel is stable then. */
bool channel_parse(const char *text, struct channel *channel, char *why, size_t size)
	__attribute__((warn_unused_result));

/* The tag of what is built from a commit (its hash) of the channel's branch: NAME-abcdef0, with '-' for what a tag may
 * not hold. */
void channel_branch_tag(const struct channel *channel, const char *commit, char tag[VERSION_TAG_MAX + 1]);

/* True when a release comes by itself; flagged: the forge calls it a prerelease. */
bool channel_takes(const struct channel *channel, const char *tag, bool flagged);

#endif
