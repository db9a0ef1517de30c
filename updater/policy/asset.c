#include "updater/policy/asset.h"

#include <string.h>
#include <strings.h>
#include "lib/text.h"
#include "updater/policy/version.h"

/* What can be unpacked; the first is taken when a release comes in several wrappings. Programs that stand alone come
 * last: what belongs to a program is in the archive beside it. */
static const struct wrapping {
	const char *ending;
	bool archive;
} wrappings[] = {
	{".tar.gz", true},  {".tgz", true},  {".tar.xz", true}, {".txz", true}, {".tar.zst", true}, {".tzst", true},
	{".tar.bz2", true}, {".tbz2", true}, {".tbz", true},	{".tar", true}, {".zip", true},	    {".gz", false},
	{".xz", false},	    {".zst", false}, {".bz2", false},	{"", false},
};

/* Words that make a file something else than the program. */
static const char *const not_programs[] = {
	"sbom",	      "src",	    "source",  "sources",  "vendor",	  "debug",	 "dbg",
	"dsym",	      "debuginfo",  "symbols", "checksum", "checksums",	  "signature",	 "sig",
	"provenance", "docs",	    "sha1",    "sha256",   "sha512",	  "sha256sum",	 "sha256sums",
	"sha512sum",  "sha512sums", "md5",     "minisig",  "attestation", "completions", "manpages",
};

static const char *const sums_names[] = {"checksums.txt",  "checksum.txt",   "checksums",     "SHA256SUMS",
					 "SHA256SUMS.txt", "sha256sums.txt", "sha256sum.txt", "sha256.sum"};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static bool ends_with(const char *name, const char *suffix)
{
	size_t n = strlen(name), s = strlen(suffix);
	return n > s && strcasecmp(name + n - s, suffix) == 0;
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

static int libc_rank(const struct words_said *said, enum asset_libc here)
{
	if (said->musl == said->gnu)
		return 2;
	return (said->musl ? ASSET_MUSL : ASSET_GNU) == here ? 3 : 1;
}

/* Has a name an ending that tells what is in the file? The last step of a version is none, nor is a word of the
 * machine: "app-1.2.3", "app.linux-amd64", "app.x86_64". */
static bool has_ending(const char *name, size_t length)
{
	char ending[ASSET_NAME_MAX + 1];
	const char *dot = memrchr(name, '.', length);
	if (dot == NULL)
		return false;
	size_t n = length - (size_t)(dot - name) - 1;
	memcpy(ending, dot + 1, n);
	ending[n] = '\0';
	if (n == 0 || strcasecmp(ending, "7z") == 0)
		return true;
	if (ending[0] >= '0' && ending[0] <= '9')
		return false;
	return strpbrk(ending, "-_+") == NULL && !words_is_one(ending);
}

/* NULL when it is neither an archive nor a program that stands alone. */
static const struct wrapping *wrapping(const char *name)
{
	for (size_t i = 0; i < COUNT(wrappings); i++)
		if (ends_with(name, wrappings[i].ending)) {
			bool bare = !wrappings[i].archive;
			return bare && has_ending(name, strlen(name) - strlen(wrappings[i].ending)) ? NULL
												    : &wrappings[i];
		}
	return NULL;
}

/* What no pattern may choose either. */
static const char *payload_fault(const char *name)
{
	if (strlen(name) > ASSET_NAME_MAX)
		return "has a name of more than 255 bytes";
	if (wrapping(name) == NULL)
		return "is no archive (.tar.gz .tgz .tar.xz .tar.zst .tar.bz2 .tar .zip) and no program (no ending, or "
		       ".gz .xz .zst .bz2)";
	if (ends_with(name, ".pkg.tar.zst") || ends_with(name, ".pkg.tar.xz"))
		return "is a package of a distribution";
	return NULL;
}

bool asset_is_bare(const char *name)
{
	const struct wrapping *w = strlen(name) > ASSET_NAME_MAX ? NULL : wrapping(name);
	return w != NULL && !w->archive;
}

int asset_fits(const char *name, const struct asset_host *host, const char **why)
{
	*why = payload_fault(name);
	if (*why != NULL)
		return 0;
	for (size_t i = 0; i < COUNT(not_programs); i++)
		if (words_have(name, not_programs[i])) {
			*why = "is sources, symbols or papers, not the program";
			return 0;
		}
	struct words_said said = words_read(name);
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
	return rank * 20 + libc_rank(&said, host->libc) * 2 + wrapping(name)->archive;
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
		return take(version_bare(m->tag), rest, name, m);
	if (strncmp(pattern, "{os}", 4) == 0)
		return take("linux", rest, name, m);
	size_t next = 0;
	const char *behind;
	while ((behind = words_arch(name, m->host->arch, &next)) != NULL)
		if (glob(rest, behind, m))
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
	size_t n = strlen(a) - strlen(wrapping(a)->ending);
	return n == strlen(b) - strlen(wrapping(b)->ending) && strncasecmp(a, b, n) == 0;
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
			if (wrapping(names[i]) < wrapping(names[best]))
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

const char *asset_against(const char *name, int chosen, const char *tag, const char *pattern,
			  const struct asset_host *host)
{
	const char *why;
	if (rank(name, tag, pattern, host, &why) == 0)
		return why;
	return chosen == -1 ? "fits as well as another" : "fits no better than the one that is taken";
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
	if (strncmp(name, asset, n) == 0 &&
	    (strcasecmp(name + n, ".sha256") == 0 || strcasecmp(name + n, ".sha256sum") == 0))
		return 3;
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
