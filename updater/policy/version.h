/* updater/policy/version: release tags. What may be one, and which of two is the newer.
 *
 * Pure. A tag comes from outside and becomes a path, so nothing else may touch it before version_tag_fault() let it
 * pass. Versions are those of semver 2.0, with or without a leading v, read generously: 1 to 8 numbers of any length
 * ("v2", "2024.05.1"), missing numbers count as 0, leading zeros mean nothing.
 *
 * A project's name may stand before it, with '-' or '_' behind ("app-v1.2.3"; two numbers at least then, so that
 * "build-123" is no version). Versions of one name are a line: repositories of several projects have several of them,
 * and going from one to another is no update. v, ver, version, rel and release name nothing. */
#ifndef UPDATER_POLICY_VERSION_H
#define UPDATER_POLICY_VERSION_H

#include <stdbool.h>
#include <stddef.h>

#define VERSION_TAG_MAX 128 /* bytes, without the NUL */

/* NULL when the tag may be used as a file name: 1 to 128 bytes of A-Z a-z 0-9 . _ + -, the first not '.' or '-',
 * and not ending in .files or .carried (updater/disk/store keeps such names beside a release).
 * Otherwise what is wrong with it, fit for an error message. */
const char *version_tag_fault(const char *tag) __attribute__((nonnull));

/* True when the tag is a version, so that it can be ordered. */
bool version_is(const char *tag) __attribute__((nonnull));

/* True when the version has a prerelease part ("1.0.0-rc.1"). False for what is no version. */
bool version_is_prerelease(const char *tag);

/* Its prerelease part and what follows, NULL without one. */
const char *version_prerelease(const char *tag);

/* < 0, 0, > 0 as a is older, of equal rank, newer (semver section 11; what follows '+' does not count). What is no
 * version is lower than every version; two of those have equal rank. Ask version_same_line() first: of two lines one is
 * the higher, so that this is an order, and that means nothing. */
int version_compare(const char *a, const char *b);

/* The same for their first numbers alone, whatever their lines: 1.2.3 and app-v1.2.9-rc.1 are equal in two. */
int version_compare_first(const char *a, const char *b, size_t numbers);

/* How many numbers a version has; 0 for what is none. */
size_t version_numbers(const char *tag);

/* The length of the project's name in front, 0 for none. */
size_t version_line(const char *tag);

/* True for two versions of one line. */
bool version_same_line(const char *a, const char *b);

/* The version in a tag, without project and v; a tag that is none without its v. */
const char *version_bare(const char *tag);

#endif
