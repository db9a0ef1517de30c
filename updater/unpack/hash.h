/* updater/unpack/hash: SHA-256, one at a time. The PSA Crypto API is used here and nowhere else. */
#ifndef UPDATER_UNPACK_HASH_H
#define UPDATER_UNPACK_HASH_H

#include <stddef.h>
#include <stdint.h>

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

#endif
