#include "updater/policy/words.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

enum system { NO_SYSTEM, LINUX, OTHER_SYSTEM };

/* A whole word in an asset's name and what it says. */
struct word {
	const char *text;
	enum system system;
	enum asset_arch arch;
	enum asset_libc libc;
};

static const struct word words[] = {
	{"linux", LINUX, 0, 0},
	{"linux64", LINUX, ASSET_AMD64, 0},
	{"linux32", LINUX, ASSET_386, 0},
	{"linux-64", LINUX, ASSET_AMD64, 0},
	{"linux-32", LINUX, ASSET_386, 0},
	{"linuxmusl", LINUX, 0, ASSET_MUSL},
	{"darwin", OTHER_SYSTEM, 0, 0},
	{"macos", OTHER_SYSTEM, 0, 0},
	{"mac", OTHER_SYSTEM, 0, 0},
	{"osx", OTHER_SYSTEM, 0, 0},
	{"macosx", OTHER_SYSTEM, 0, 0},
	{"apple", OTHER_SYSTEM, 0, 0},
	{"ios", OTHER_SYSTEM, 0, 0},
	{"windows", OTHER_SYSTEM, 0, 0},
	{"win", OTHER_SYSTEM, 0, 0},
	{"win32", OTHER_SYSTEM, 0, 0},
	{"win64", OTHER_SYSTEM, 0, 0},
	{"msvc", OTHER_SYSTEM, 0, 0},
	{"mingw", OTHER_SYSTEM, 0, 0},
	{"cygwin", OTHER_SYSTEM, 0, 0},
	{"freebsd", OTHER_SYSTEM, 0, 0},
	{"openbsd", OTHER_SYSTEM, 0, 0},
	{"netbsd", OTHER_SYSTEM, 0, 0},
	{"dragonfly", OTHER_SYSTEM, 0, 0},
	{"solaris", OTHER_SYSTEM, 0, 0},
	{"illumos", OTHER_SYSTEM, 0, 0},
	{"sunos", OTHER_SYSTEM, 0, 0},
	{"aix", OTHER_SYSTEM, 0, 0},
	{"plan9", OTHER_SYSTEM, 0, 0},
	{"android", OTHER_SYSTEM, 0, 0},
	{"wasm", OTHER_SYSTEM, 0, 0},
	{"wasi", OTHER_SYSTEM, 0, 0},
	{"amd64", 0, ASSET_AMD64, 0},
	{"amd64v1", 0, ASSET_AMD64, 0},
	{"x86_64", 0, ASSET_AMD64, 0},
	{"x86-64", 0, ASSET_AMD64, 0},
	{"x64", 0, ASSET_AMD64, 0},
	{"64bit", 0, ASSET_AMD64, 0},
	{"64-bit", 0, ASSET_AMD64, 0},
	{"amd64v2", 0, ASSET_OTHER_ARCH, 0},
	{"amd64v3", 0, ASSET_OTHER_ARCH, 0},
	{"amd64v4", 0, ASSET_OTHER_ARCH, 0},
	{"x86_64_v2", 0, ASSET_OTHER_ARCH, 0},
	{"x86_64_v3", 0, ASSET_OTHER_ARCH, 0},
	{"x86_64_v4", 0, ASSET_OTHER_ARCH, 0},
	{"gnux32", 0, ASSET_OTHER_ARCH, 0},
	{"arm64", 0, ASSET_ARM64, 0},
	{"aarch64", 0, ASSET_ARM64, 0},
	{"aarch_64", 0, ASSET_ARM64, 0},
	{"aarch64_be", 0, ASSET_OTHER_ARCH, 0},
	{"arm64v8", 0, ASSET_ARM64, 0},
	{"armv8", 0, ASSET_ARM64, 0},
	{"armv7", 0, ASSET_ARMV7, 0},
	{"armv7l", 0, ASSET_ARMV7, 0},
	{"armv7hf", 0, ASSET_ARMV7, 0},
	{"arm32v7", 0, ASSET_ARMV7, 0},
	{"armhf", 0, ASSET_ARMV7, 0},
	{"armv6", 0, ASSET_ARMV6, 0},
	{"armv6l", 0, ASSET_ARMV6, 0},
	{"armv6hf", 0, ASSET_ARMV6, 0},
	{"arm32v6", 0, ASSET_ARMV6, 0},
	{"armv5", 0, ASSET_ARMV5, 0},
	{"armel", 0, ASSET_ARMV5, 0},
	{"arm", 0, ASSET_ARM, 0},
	{"386", 0, ASSET_386, 0},
	{"i386", 0, ASSET_386, 0},
	{"i486", 0, ASSET_386, 0},
	{"i586", 0, ASSET_386, 0},
	{"i686", 0, ASSET_386, 0},
	{"x86", 0, ASSET_386, 0},
	{"x86_32", 0, ASSET_386, 0},
	{"ia32", 0, ASSET_386, 0},
	{"32bit", 0, ASSET_386, 0},
	{"32-bit", 0, ASSET_386, 0},
	{"riscv64", 0, ASSET_RISCV64, 0},
	{"riscv64gc", 0, ASSET_RISCV64, 0},
	{"ppc64le", 0, ASSET_PPC64LE, 0},
	{"powerpc64le", 0, ASSET_PPC64LE, 0},
	{"ppcle_64", 0, ASSET_PPC64LE, 0},
	{"ppc64el", 0, ASSET_PPC64LE, 0},
	{"s390x", 0, ASSET_S390X, 0},
	{"loong64", 0, ASSET_LOONG64, 0},
	{"loongarch64", 0, ASSET_LOONG64, 0},
	{"ppc64", 0, ASSET_OTHER_ARCH, 0},
	{"powerpc64", 0, ASSET_OTHER_ARCH, 0},
	{"ppc", 0, ASSET_OTHER_ARCH, 0},
	{"powerpc", 0, ASSET_OTHER_ARCH, 0},
	{"mips", 0, ASSET_OTHER_ARCH, 0},
	{"mipsle", 0, ASSET_OTHER_ARCH, 0},
	{"mipsel", 0, ASSET_OTHER_ARCH, 0},
	{"mips64", 0, ASSET_OTHER_ARCH, 0},
	{"mips64le", 0, ASSET_OTHER_ARCH, 0},
	{"sparc64", 0, ASSET_OTHER_ARCH, 0},
	{"riscv32", 0, ASSET_OTHER_ARCH, 0},
	{"musl", 0, 0, ASSET_MUSL},
	{"musleabi", 0, 0, ASSET_MUSL},
	{"musleabihf", 0, 0, ASSET_MUSL},
	{"alpine", 0, 0, ASSET_MUSL},
	{"gnu", 0, 0, ASSET_GNU},
	{"gnueabi", 0, 0, ASSET_GNU},
	{"gnueabihf", 0, 0, ASSET_GNU},
	{"glibc", 0, 0, ASSET_GNU},
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* True when text stands at `at` and ends there as a word. */
static bool word_at(const char *at, const char *text)
{
	size_t n = strlen(text);
	return strncasecmp(at, text, n) == 0 && !is_alnum(at[n]);
}

bool words_have(const char *name, const char *text)
{
	for (const char *at = name; *at != '\0'; at++)
		if ((at == name || !is_alnum(at[-1])) && word_at(at, text))
			return true;
	return false;
}

/* The longest known word at `at`: "x86_64" and not "x86". */
static const struct word *known_word(const char *at)
{
	const struct word *best = NULL;
	for (size_t i = 0; i < COUNT(words); i++)
		if (word_at(at, words[i].text) && (best == NULL || strlen(words[i].text) > strlen(best->text)))
			best = &words[i];
	return best;
}

struct words_said words_read(const char *name)
{
	struct words_said said = {0};
	const char *at = name;
	while (*at != '\0') {
		const struct word *w = at == name || !is_alnum(at[-1]) ? known_word(at) : NULL;
		if (w == NULL) {
			at++;
			continue;
		}
		said.our_system |= w->system == LINUX;
		said.other_system |= w->system == OTHER_SYSTEM;
		if (w->arch != ASSET_NO_ARCH)
			said.archs |= 1u << w->arch;
		said.musl |= w->libc == ASSET_MUSL;
		said.gnu |= w->libc == ASSET_GNU;
		at += strlen(w->text);
	}
	return said;
}

const char *words_arch(const char *at, enum asset_arch arch, size_t *next)
{
	for (; *next < COUNT(words); ++*next) {
		const struct word *w = &words[*next];
		size_t n = strlen(w->text);
		if (w->system == NO_SYSTEM && w->arch == arch && strncasecmp(at, w->text, n) == 0) {
			++*next;
			return at + n;
		}
	}
	return NULL;
}

bool words_is_one(const char *text)
{
	for (size_t i = 0; i < COUNT(words); i++)
		if (strcasecmp(text, words[i].text) == 0)
			return true;
	return false;
}
