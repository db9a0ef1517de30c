/* updater/unpack/ecdsa: an ECDSA P-256 signature file, as `openssl dgst -sha256 -sign` (DER) and `cosign sign-blob
 * --key` (base64 of DER) write it. Pure. */
#ifndef UPDATER_UNPACK_ECDSA_H
#define UPDATER_UNPACK_ECDSA_H

#include <stddef.h>

#define ECDSA_SIZE 64 /* r and s, 32 bytes each */

/* Strict DER: two positive numbers of at most 32 bytes, each in its shortest form, and nothing behind them; base64
 * may be broken into lines. NULL, or what is wrong with it in words that follow its name. */
const char *ecdsa_read(const unsigned char *bytes, size_t n, unsigned char rs[static ECDSA_SIZE])
	__attribute__((warn_unused_result));

#endif
