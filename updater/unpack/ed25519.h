/* updater/unpack/ed25519: Ed25519, and the BLAKE2b-512 that minisign signs in place of a file. libsodium is used here
 * and nowhere else. */
#ifndef UPDATER_UNPACK_ED25519_H
#define UPDATER_UNPACK_ED25519_H

#include <stdbool.h>
#include <stddef.h>

#define ED25519_KEY 32
#define ED25519_SIGNATURE 64
#define BLAKE2B_SIZE 64

/* True when it is this key's signature over these bytes. */
bool ed25519_signed(const unsigned char key[static ED25519_KEY],
		    const unsigned char signature[static ED25519_SIGNATURE], const void *bytes, size_t n)
	__attribute__((warn_unused_result));

/* One hash at a time, as in updater/unpack/hash. */
void blake2b_begin(void);
void blake2b_add(const void *bytes, size_t n);
void blake2b_end(unsigned char out[static BLAKE2B_SIZE]);

#endif
