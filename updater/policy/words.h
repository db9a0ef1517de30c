/* updater/policy/words: what the words in a file's name say of the machine that it is for.
 *
 * Pure. Names come from outside. A word ends where letters and digits end, and case does not matter: "app-Linux-x86_64"
 * speaks of linux and amd64, "linuxamd64" of nothing. */
#ifndef UPDATER_POLICY_WORDS_H
#define UPDATER_POLICY_WORDS_H

#include <stdbool.h>
#include <stddef.h>

enum asset_arch {
	ASSET_NO_ARCH,
	ASSET_AMD64,
	ASSET_ARM64,
	ASSET_ARMV7,
	ASSET_ARMV6,
	ASSET_ARMV5,
	ASSET_ARM, /* "arm", of no stated version */
	ASSET_386,
	ASSET_RISCV64,
	ASSET_PPC64LE,
	ASSET_S390X,
	ASSET_LOONG64,
	ASSET_OTHER_ARCH,
};

enum asset_libc { ASSET_NO_LIBC, ASSET_MUSL, ASSET_GNU };

/* What a name says in all its words; archs as bits, since a name may wrongly or rightly say two. */
struct words_said {
	bool our_system, other_system;
	unsigned archs;
	bool musl, gnu;
};

struct words_said words_read(const char *name);

/* True when this is one of the name's words. */
bool words_have(const char *name, const char *text);

/* True when the whole text is a word that says something of a machine. */
bool words_is_one(const char *text);

/* Goes through the words for this processor, from *next (0 at first) on: returns what follows the next one that stands
 * at `at`, or NULL when there is none any more. */
const char *words_arch(const char *at, enum asset_arch arch, size_t *next);

#endif
