/* updater/policy/version: release tags. What may be one, and which of two is the newer.
 *
 * Pure. A tag comes from outside and becomes a path, so nothing else may touch it before version_tag_fault() let it
 * pass. Versions are those of semver 2.0, with or without a leading v, read generously: 1 to 8 numbers of any length
 * ("v2", "2024.05.1"), missing numbers count as 0, leading zeros mean nothing. */
#ifndef UPDATER_POLICY_VERSION_H
#define UPDATER_POLICY_VERSION_H

#include <stdbool.h>

#define VERSION_TAG_MAX 128 /* bytes, without the NUL */

/* NULL when the tag may be used as a file name: 1 to 128 bytes of A-Z a-z 0-9 . _ + -, the first not '.' or '-',
 * and not ending in .files or .carried (updater/disk/store keeps such names beside a release).
 * Otherwise what is wrong with it, fit for an error message. */
const char *version_tag_fault(const char *tag);

/* True when the tag is a version, so that it can be ordered. */
bool version_is(const char *tag);

/* True when the version has a prerelease part ("1.0.0-rc.1"). False for what is no version. */
bool version_is_prerelease(const char *tag);

/* < 0, 0, > 0 as a is older, of equal rank, newer (semver section 11; what follows '+' does not count). What is no
 * version is lower than every version; two of those have equal rank. */
int version_compare(const char *a, const char *b);

#endif
