/* updater/policy/asset: which file of a release is for this machine.
 *
 * Pure. Names come from outside. Without a pattern a name fits when it is an archive, names linux and no other system,
 * names this processor and no other, each as a whole word ("arm64" in "darwin-arm64" names two things: it does not fit
 * linux), and is no checksum, signature, source or package. */
#ifndef UPDATER_POLICY_ASSET_H
#define UPDATER_POLICY_ASSET_H

#include <stdbool.h>
#include <stddef.h>

#define ASSET_NAME_MAX 255

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

/* The machine, as updater/host finds it. */
struct asset_host {
	enum asset_arch arch;
	enum asset_libc libc;
};

/* How well a name fits, higher is better; 0 when it does not, with the reason in *why (static text). */
int asset_fits(const char *name, const struct asset_host *host, const char **why);

/* NULL when the pattern is fit for use: * ? {os} {arch} {version} {tag}, at most 128 bytes, no '/', at most 8 '*'.
 * Otherwise what is wrong with it. */
const char *asset_pattern_fault(const char *pattern);

/* True when a name matches such a pattern for this tag and machine. */
bool asset_matches(const char *pattern, const char *name, const char *tag, const struct asset_host *host);

/* The one that fits. pattern NULL: by name alone. Returns its index (why is "" then), or -1 with the reason in why,
 * which lists those that fit when there are several and says of each why it does not when there is none (as far as size
 * allows). When the best ones differ only in how they are packed the first of tar.gz, tar.xz, tar.zst, zip is taken. */
int asset_pick(const char *const *names, size_t count, const char *tag, const char *pattern,
	       const struct asset_host *host, char *why, size_t size);

/* The checksums file that goes with names[chosen], or -1: NAME.sha256, then the release's checksums.txt,
 * *_checksums.txt, SHA256SUMS and the like. */
int asset_sums(const char *const *names, size_t count, size_t chosen);

/* What the forge and its people call this processor, for messages ("amd64"). */
const char *asset_arch_name(enum asset_arch arch);

#endif
