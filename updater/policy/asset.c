#include "updater/policy/asset.h"

#include <string.h>
#include <strings.h>
#include "lib/text.h"

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
	{"darwin", OTHER_SYSTEM, 0, 0},
	{"macos", OTHER_SYSTEM, 0, 0},
	{"mac", OTHER_SYSTEM, 0, 0},
	{"osx", OTHER_SYSTEM, 0, 0},
	{"apple", OTHER_SYSTEM, 0, 0},
	{"ios", OTHER_SYSTEM, 0, 0},
	{"windows", OTHER_SYSTEM, 0, 0},
	{"win", OTHER_SYSTEM, 0, 0},
	{"win32", OTHER_SYSTEM, 0, 0},
	{"win64", OTHER_SYSTEM, 0, 0},
	{"msvc", OTHER_SYSTEM, 0, 0},
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
	{"amd64v2", 0, ASSET_OTHER_ARCH, 0},
	{"amd64v3", 0, ASSET_OTHER_ARCH, 0},
	{"amd64v4", 0, ASSET_OTHER_ARCH, 0},
	{"x86_64_v2", 0, ASSET_OTHER_ARCH, 0},
	{"x86_64_v3", 0, ASSET_OTHER_ARCH, 0},
	{"x86_64_v4", 0, ASSET_OTHER_ARCH, 0},
	{"arm64", 0, ASSET_ARM64, 0},
	{"aarch64", 0, ASSET_ARM64, 0},
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
	{"32bit", 0, ASSET_386, 0},
	{"riscv64", 0, ASSET_RISCV64, 0},
	{"riscv64gc", 0, ASSET_RISCV64, 0},
	{"ppc64le", 0, ASSET_PPC64LE, 0},
	{"powerpc64le", 0, ASSET_PPC64LE, 0},
	{"s390x", 0, ASSET_S390X, 0},
	{"loong64", 0, ASSET_LOONG64, 0},
	{"loongarch64", 0, ASSET_LOONG64, 0},
	{"ppc64", 0, ASSET_OTHER_ARCH, 0},
	{"powerpc64", 0, ASSET_OTHER_ARCH, 0},
	{"ppc", 0, ASSET_OTHER_ARCH, 0},
	{"powerpc", 0, ASSET_OTHER_ARCH, 0},
	{"mips", 0, ASSET_OTHER_ARCH, 0},
	{"mipsle", 0, ASSET_OTHER_ARCH, 0},
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

/* What can be unpacked; the first is taken when a release comes in several wrappings. */
static const char *const wrappings[] = {".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.zst", ".tzst", ".tar", ".zip"};

/* Words that make an archive something else than the program. */
static const char *const not_programs[] = {"sbom",	"src",	     "source",	   "sources",	"vendor",
					   "debug",	"dbg",	     "dsym",	   "debuginfo", "symbols",
					   "checksums", "signature", "provenance", "docs"};

static const char *const sums_names[] = {"checksums.txt",  "checksum.txt",   "checksums",     "SHA256SUMS",
					 "SHA256SUMS.txt", "sha256sums.txt", "sha256sum.txt", "sha256.sum"};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool ends_with(const char *name, const char *suffix)
{
	size_t n = strlen(name), s = strlen(suffix);
	return n > s && strcasecmp(name + n - s, suffix) == 0;
}

/* True when text stands at `at` and ends there as a word. */
static bool word_at(const char *at, const char *text)
{
	size_t n = strlen(text);
	return strncasecmp(at, text, n) == 0 && !is_alnum(at[n]);
}

static bool has_word(const char *name, const char *text)
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

/* What a name says in all its words; archs as bits, since a name may wrongly or rightly say two. */
struct said {
	bool our_system, other_system;
	unsigned archs;
	bool musl, gnu;
};

static struct said read_name(const char *name)
{
	struct said said = {0};
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

/* How well a program for `arch` runs here; 0: not at all. */
static int arch_rank(enum asset_arch arch, enum asset_arch here)
{
	static const enum asset_arch on_armv7[] = {ASSET_ARMV5, ASSET_ARM, ASSET_ARMV6, ASSET_ARMV7};
	static const enum asset_arch on_armv6[] = {ASSET_ARMV5, ASSET_ARM, ASSET_ARMV6};
	const enum asset_arch *list = here == ASSET_ARMV7 ? on_armv7 : on_armv6;
	int count = here == ASSET_ARMV7 ? COUNT(on_armv7) : here == ASSET_ARMV6 ? COUNT(on_armv6) : 0;
	for (int i = 0; i < count; i++)
		if (list[i] == arch)
			return i + 1;
	return arch == here ? 4 : 0;
}

static int libc_rank(const struct said *said, enum asset_libc here)
{
	if (said->musl == said->gnu)
		return 2;
	return (said->musl ? ASSET_MUSL : ASSET_GNU) == here ? 3 : 1;
}

static const char *wrapping(const char *name)
{
	for (size_t i = 0; i < COUNT(wrappings); i++)
		if (ends_with(name, wrappings[i]))
			return wrappings[i];
	return NULL;
}

/* What no pattern may choose either. */
static const char *payload_fault(const char *name)
{
	if (strlen(name) > ASSET_NAME_MAX)
		return "has a name of more than 255 bytes";
	if (wrapping(name) == NULL)
		return "is no archive (.tar.gz .tgz .tar.xz .tar.zst .tar .zip)";
	if (ends_with(name, ".pkg.tar.zst") || ends_with(name, ".pkg.tar.xz"))
		return "is a package of a distribution";
	return NULL;
}

int asset_fits(const char *name, const struct asset_host *host, const char **why)
{
	*why = payload_fault(name);
	if (*why != NULL)
		return 0;
	for (size_t i = 0; i < COUNT(not_programs); i++)
		if (has_word(name, not_programs[i])) {
			*why = "is sources, symbols or papers, not the program";
			return 0;
		}
	struct said said = read_name(name);
	if (said.other_system || !said.our_system) {
		*why = said.other_system ? "is for another system" : "does not say linux";
		return 0;
	}
	if (said.archs == 0) {
		*why = "names no processor";
		return 0;
	}
	int rank = 0;
	for (int arch = ASSET_AMD64; arch <= ASSET_OTHER_ARCH; arch++)
		if (said.archs == 1u << arch)
			rank = arch_rank(arch, host->arch);
	if (rank == 0) {
		*why = "is for another processor";
		return 0;
	}
	return rank * 10 + libc_rank(&said, host->libc);
}

const char *asset_pattern_fault(const char *pattern)
{
	static const char *const names[] = {"{os}", "{arch}", "{version}", "{tag}"};
	int stars = 0;
	if (pattern[0] == '\0' || strlen(pattern) > 128)
		return "is not 1 to 128 bytes long";
	for (const char *at = pattern; *at != '\0'; at++) {
		if (*at == '/' || (unsigned char)*at <= ' ')
			return "has a '/', a space or a control character; it is matched against a file name";
		stars += *at == '*';
		if (*at != '{')
			continue;
		size_t i = 0;
		while (i < COUNT(names) && strncmp(at, names[i], strlen(names[i])) != 0)
			i++;
		if (i == COUNT(names))
			return "has a { that starts none of {os} {arch} {version} {tag}";
	}
	return stars > 8 ? "has more than 8 '*'" : NULL;
}

/* What the words of a pattern stand for. */
struct meaning {
	const char *tag;
	const struct asset_host *host;
};

static bool glob(const char *pattern, const char *name, const struct meaning *m);

/* The rest of the pattern matches when `text` stands at the name's front. */
static bool take(const char *text, const char *rest, const char *name, const struct meaning *m)
{
	size_t n = strlen(text);
	return strncasecmp(name, text, n) == 0 && glob(rest, name + n, m);
}

static bool glob_word(const char *pattern, const char *name, const struct meaning *m)
{
	const char *rest = strchr(pattern, '}') + 1;
	if (strncmp(pattern, "{tag}", 5) == 0)
		return take(m->tag, rest, name, m);
	if (strncmp(pattern, "{version}", 9) == 0)
		return take(m->tag + (*m->tag == 'v' || *m->tag == 'V'), rest, name, m);
	if (strncmp(pattern, "{os}", 4) == 0)
		return take("linux", rest, name, m);
	for (size_t i = 0; i < COUNT(words); i++)
		if (words[i].system == NO_SYSTEM && words[i].arch == m->host->arch &&
		    take(words[i].text, rest, name, m))
			return true;
	return false;
}

static bool glob(const char *pattern, const char *name, const struct meaning *m)
{
	for (;; pattern++, name++) {
		if (*pattern == '{')
			return glob_word(pattern, name, m);
		if (*pattern == '*') {
			for (;; name++) {
				if (glob(pattern + 1, name, m))
					return true;
				if (*name == '\0')
					return false;
			}
		}
		if (*pattern == '\0' || *name == '\0')
			return *pattern == *name;
		if (*pattern != '?' && *pattern != *name)
			return false;
	}
}

bool asset_matches(const char *pattern, const char *name, const char *tag, const struct asset_host *host)
{
	struct meaning m = {tag, host};
	return glob(pattern, name, &m);
}

static int rank(const char *name, const char *tag, const char *pattern, const struct asset_host *host, const char **why)
{
	if (pattern == NULL)
		return asset_fits(name, host, why);
	*why = payload_fault(name);
	if (*why != NULL)
		return 0;
	*why = "does not match GH_ASSET";
	return asset_matches(pattern, name, tag, host) ? 1 : 0;
}

/* The same name in another wrapping. */
static bool same_stem(const char *a, const char *b)
{
	size_t n = strlen(a) - strlen(wrapping(a));
	return n == strlen(b) - strlen(wrapping(b)) && strncasecmp(a, b, n) == 0;
}

static size_t wrapping_order(const char *name)
{
	const char *mine = wrapping(name);
	size_t i = 0;
	while (wrappings[i] != mine)
		i++;
	return i;
}

/* Adds "NAME WHAT" to a list; what does not fit any more is left out, which the text's `cut` tells. */
static void list(struct text *t, const char *name, const char *what)
{
	text_addf(t, "%s%s%s%s", t->len > 0 ? "; " : "", name, what[0] != '\0' ? " " : "", what);
}

int asset_pick(const char *const *names, size_t count, const char *tag, const char *pattern,
	       const struct asset_host *host, char *why, size_t size)
{
	int best = -1, best_rank = 0;
	bool several = false;
	struct text misfits, rivals;
	char rivals_text[512];
	text_begin(&misfits, why, size);
	for (size_t i = 0; i < count; i++) {
		const char *reason;
		int r = rank(names[i], tag, pattern, host, &reason);
		if (r == 0)
			list(&misfits, names[i], reason);
		if (r == 0 || r < best_rank)
			continue;
		if (r == best_rank && same_stem(names[i], names[best])) {
			if (wrapping_order(names[i]) < wrapping_order(names[best]))
				best = (int)i;
			continue;
		}
		if (r > best_rank)
			text_begin(&rivals, rivals_text, sizeof(rivals_text));
		several = r == best_rank;
		list(&rivals, names[i], "");
		best = (int)i;
		best_rank = r;
	}
	if (best >= 0 && !several) {
		why[0] = '\0';
		return best;
	}
	if (several) {
		text_begin(&misfits, why, size);
		text_addf(&misfits, "several assets fit (set GH_ASSET to choose one): %s", rivals_text);
	} else if (count == 0)
		text_add(&misfits, "it has no assets");
	return -1;
}

static size_t common_prefix(const char *a, const char *b)
{
	size_t n = 0;
	while (a[n] != '\0' && a[n] == b[n])
		n++;
	return n;
}

/* 0: is no checksums file for it; 3: made for this very asset; 1, 2: the release's. */
static int sums_rank(const char *name, const char *asset)
{
	size_t n = strlen(asset);
	if (strncmp(name, asset, n) == 0)
		return strcasecmp(name + n, ".sha256") == 0 || strcasecmp(name + n, ".sha256sum") == 0 ? 3 : 0;
	for (size_t i = 0; i < COUNT(sums_names); i++) {
		if (strcasecmp(name, sums_names[i]) == 0)
			return 2;
		size_t len = strlen(name), s = strlen(sums_names[i]);
		if (len > s && strchr("_-.", name[len - s - 1]) != NULL &&
		    strcasecmp(name + len - s, sums_names[i]) == 0)
			return 1;
	}
	return 0;
}

int asset_sums(const char *const *names, size_t count, size_t chosen)
{
	int best = -1, best_rank = 0;
	for (size_t i = 0; i < count; i++) {
		int r = sums_rank(names[i], names[chosen]);
		if (r == 0 || r < best_rank)
			continue;
		if (r == best_rank &&
		    common_prefix(names[i], names[chosen]) <= common_prefix(names[best], names[chosen]))
			continue;
		best = (int)i;
		best_rank = r;
	}
	return best;
}

const char *asset_arch_name(enum asset_arch arch)
{
	for (size_t i = 0; i < COUNT(words); i++)
		if (words[i].arch == arch && words[i].system == NO_SYSTEM)
			return words[i].text;
	return "unknown";
}
