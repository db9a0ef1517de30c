/* updater/unpack/hash: SHA-256, one at a time, and ECDSA P-256 over it. The PSA Crypto API is used here and nowhere
 * else; for SHA-256 only where updater/sha256 has no instructions of the processor's. */
#ifndef UPDATER_UNPACK_HASH_H
#define UPDATER_UNPACK_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HASH_SIZE 32
#define HASH_HEX 65 /* 64 lower-case digits and a NUL */

/* Once, before the rights shrink. -1: the library does not start. */
int hash_init(void) __attribute__((warn_unused_result));

/* Begins a new hash; an unfinished one is dropped. */
void hash_begin(void);
void hash_add(const void *bytes, size_t n);
/* The same as hash_add of n zeros: a hole in a file. */
void hash_add_zeros(uint64_t n);

/* -1 when the library failed anywhere since hash_begin; hex is then "". */
int hash_end(char hex[static HASH_HEX]) __attribute__((warn_unused_result));

/* The same as bytes, and what they are in digits. */
int hash_end_bytes(unsigned char sum[static HASH_SIZE]) __attribute__((warn_unused_result));
void hash_hex(const unsigned char sum[static HASH_SIZE], char hex[static HASH_HEX]);

/* True when rs (r and s, 32 bytes each) is the signature of the key `point` (65 bytes, not compressed) over what has
 * this sum. False also for a point that is not on the curve, and when the library fails. */
bool hash_signed(const unsigned char point[static 65], const unsigned char rs[static 64],
		 const unsigned char sum[static HASH_SIZE]) __attribute__((warn_unused_result));

#endif
