/* updater/sha256: FIPS 180-4, by the processor's own instructions where it is an x86 that has them.
 *
 * The updater tells with it whether the app changed a shipped file; it links libc only. moult-unpack takes it where it
 * is fast, four to six times as fast as Mbed TLS, which knows such instructions of arm64 only. */
#ifndef UPDATER_SHA256_H
#define UPDATER_SHA256_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sha256 {
	uint32_t state[8];
	uint64_t length; /* bytes so far */
	unsigned char block[64];
};

/* True when this processor has instructions for it. */
bool sha256_is_fast(void);

void sha256_begin(struct sha256 *s);
void sha256_add(struct sha256 *s, const void *bytes, size_t n);
void sha256_end_bytes(struct sha256 *s, unsigned char sum[static 32]);
/* Lower-case hex and a NUL. */
void sha256_end(struct sha256 *s, char hex[65]);

/* The digest of what can be read from fd, from where it stands. -1: errno. */
int sha256_of(int fd, char hex[65]) __attribute__((warn_unused_result));

#endif
