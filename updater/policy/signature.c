#include "updater/policy/signature.h"

#include <string.h>
#include "updater/policy/asset.h"
#include "updater/policy/version.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *suffix, *flag;
	enum key_kind kind;
} forms[SIGNATURE_FORMS] = {
	[SIGNATURE_ARCHIVE_MINISIG] = {".minisig", "minisig", KEY_MINISIGN},
	[SIGNATURE_ARCHIVE_SIG] = {".sig", "sig", KEY_P256},
	[SIGNATURE_SUMS_MINISIG] = {".minisig", "sums-minisig", KEY_MINISIGN},
	[SIGNATURE_SUMS_SIG] = {".sig", "sums-sig", KEY_P256},
};

const char *signature_flag(enum signature_form form)
{
	return forms[form].flag;
}

/* The index of "NAME SUFFIX", -1 none. */
static int find(const char *const *names, size_t count, const char *name, const char *suffix)
{
	size_t n = strlen(name);
	for (size_t i = 0; i < count; i++)
		if (strncmp(names[i], name, n) == 0 && strcmp(names[i] + n, suffix) == 0)
			return (int)i;
	return -1;
}

static bool is_signed(const char *const *names, size_t count, const char *name, unsigned kinds)
{
	return ((kinds & KEY_MINISIGN) != 0 && find(names, count, name, ".minisig") != -1) ||
	       ((kinds & KEY_P256) != 0 && find(names, count, name, ".sig") != -1);
}

int signature_sums(const char *const *names, size_t count, size_t chosen, unsigned kinds)
{
	int best = -1;
	for (size_t i = 0; i < count; i++) {
		const char *three[] = {names[chosen], names[i], best == -1 ? names[i] : names[best]};
		if (asset_sums(three, COUNT(three), 0) == 1 && is_signed(names, count, names[i], kinds))
			best = (int)i;
	}
	return best != -1 ? best : asset_sums(names, count, chosen);
}

bool signature_find(const char *const *names, size_t count, size_t chosen, int sums, unsigned kinds,
		    int out[static SIGNATURE_FORMS])
{
	bool any = false;
	for (int form = 0; form < SIGNATURE_FORMS; form++) {
		bool of_sums = form >= SIGNATURE_SUMS_MINISIG;
		bool counts = (kinds & forms[form].kind) != 0 && (!of_sums || sums != -1);
		out[form] =
			counts ? find(names, count, names[of_sums ? (size_t)sums : chosen], forms[form].suffix) : -1;
		any |= out[form] != -1;
	}
	return any;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* How long the version at `at` is, three numbers with dots between; 0: there is none. */
static size_t version_length(const char *at)
{
	size_t n = 0;
	for (int part = 0; part < 3; part++) {
		if (part > 0 && at[n++] != '.')
			return 0;
		size_t digits = strspn(at + n, "0123456789");
		if (digits == 0)
			return 0;
		n += digits;
	}
	return n;
}

/* The numbers of the tag stand at `at`, and what follows makes no other number of them. */
static bool is_version_of(const char *at, const char *tag)
{
	const char *numbers = tag + strcspn(tag, "0123456789");
	size_t n = version_length(numbers);
	return n > 0 && version_length(at) == n && strncmp(at, numbers, n) == 0;
}

bool signature_is_of_another(const char *name, const char *tag)
{
	bool other = false;
	if (!version_is(tag) || version_length(tag + strcspn(tag, "0123456789")) == 0)
		return false;
	for (const char *at = name; *at != '\0'; at++) {
		if (at > name && (is_digit(at[-1]) || at[-1] == '.'))
			continue;
		if (is_version_of(at, tag))
			return false;
		other |= version_length(at) > 0;
	}
	return other;
}
