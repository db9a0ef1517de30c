/* updater/disk/sha256: FIPS 180-4, to tell whether the app changed a shipped file.
 *
 * The updater links libc only; what comes from outside is hashed by moult-unpack with a real library. */
#ifndef UPDATER_DISK_SHA256_H
#define UPDATER_DISK_SHA256_H

#include <stddef.h>
#include <stdint.h>

struct sha256 {
	uint32_t state[8];
	uint64_t length; /* bytes so far */
	unsigned char block[64];
};

void sha256_begin(struct sha256 *s);
void sha256_add(struct sha256 *s, const void *bytes, size_t n);
/* Lower-case hex and a NUL. */
void sha256_end(struct sha256 *s, char hex[65]);

/* The digest of what can be read from fd, from where it stands. -1: errno. */
int sha256_of(int fd, char hex[65]) __attribute__((warn_unused_result));

#endif
