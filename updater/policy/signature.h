/* updater/policy/signature: which files of a release are signatures that count for its archive. Pure.
 *
 * A signature is over the archive or over the checksums file that names it; it is called as what it signs, with
 * ".minisig" (minisign) or ".sig" (ECDSA) behind it. Only kinds are looked at for which a key is pinned. */
#ifndef UPDATER_POLICY_SIGNATURE_H
#define UPDATER_POLICY_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>
#include "updater/policy/key.h"

#define SIGNATURE_SIZE_MAX 10240 /* bytes of one */

enum signature_form {
	SIGNATURE_ARCHIVE_MINISIG,
	SIGNATURE_ARCHIVE_SIG,
	SIGNATURE_SUMS_MINISIG,
	SIGNATURE_SUMS_SIG,
	SIGNATURE_FORMS,
};

/* What moult-unpack calls a form. */
const char *signature_flag(enum signature_form form);

/* The checksums file that goes with names[chosen], as asset_sums() has it, but a signed one before all others; -1:
 * none. kinds: a set of enum key_kind. */
int signature_sums(const char *const *names, size_t count, size_t chosen, unsigned kinds);

/* The signatures over names[chosen] and over names[sums] (-1: there is no such file), of each form its index or -1.
 * True when there is one at least. */
bool signature_find(const char *const *names, size_t count, size_t chosen, int sums, unsigned kinds,
		    int out[static SIGNATURE_FORMS]);

/* True when the name of an asset holds a version, as in app_1.2.0_linux_amd64.tar.gz, and it is not that of the tag:
 * an archive of another release, which may well have a good signature. */
bool signature_is_of_another(const char *name, const char *tag);

#endif
