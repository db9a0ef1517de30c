/* updater/policy/asset: which file of a release is for this machine.
 *
 * Pure. Names come from outside. Without a pattern a name fits when it is an archive or a program that stands alone (no
 * ending that says something else), names linux and no other system, names this processor and no other, each as a whole
 * word ("arm64" in "darwin-arm64" names two things: it does not fit linux), and is no checksum, signature, source or
 * package. */
#ifndef UPDATER_POLICY_ASSET_H
#define UPDATER_POLICY_ASSET_H

#include <stdbool.h>
#include <stddef.h>
#include "updater/policy/words.h"

#define ASSET_NAME_MAX 255

/* The machine, as updater/host finds it. */
struct asset_host {
	enum asset_arch arch;
	enum asset_libc libc;
};

/* How well a name fits, higher is better: the processor counts most, then the C library, then that it is an archive. 0
 * when it does not, with the reason in *why (static text). */
int asset_fits(const char *name, const struct asset_host *host, const char **why);

/* NULL when the pattern is fit for use: * ? {os} {arch} {version} {tag}, at most 128 bytes, no '/', at most 8 '*'.
 * Otherwise what is wrong with it. */
const char *asset_pattern_fault(const char *pattern);

/* True when a name matches such a pattern for this tag and machine. */
bool asset_matches(const char *pattern, const char *name, const char *tag, const struct asset_host *host);

/* The one that fits. pattern NULL: by name alone. Returns its index (why is "" then), or -1 with the reason in why,
 * which lists those that fit when there are several and says of each why it does not when there is none (as far as size
 * allows). When the best ones differ only in how they are packed the first of tar.gz, tar.xz, tar.zst, tar.bz2, zip,
 * the bare program is taken. */
int asset_pick(const char *const *names, size_t count, const char *tag, const char *pattern,
	       const struct asset_host *host, char *why, size_t size);

/* Why an asset of this name was not the one that asset_pick() gave as `chosen` (-1: none); static text. */
const char *asset_against(const char *name, int chosen, const char *tag, const char *pattern,
			  const struct asset_host *host);

/* True for a name that says: this is the program itself, perhaps compressed, and no archive. */
bool asset_is_bare(const char *name);

/* The checksums file that goes with names[chosen], or -1: NAME.sha256, then the release's checksums.txt,
 * *_checksums.txt, SHA256SUMS and the like. */
int asset_sums(const char *const *names, size_t count, size_t chosen);

#endif
