/* updater/base64: what keys and signatures are written in. Pure.
 *
 * Strict: the standard alphabet, padded, nothing between, the bits that are left over zero. So there is one text for
 * each sequence of bytes, and what follows a key or a signature is never taken for a part of it. */
#ifndef UPDATER_BASE64_H
#define UPDATER_BASE64_H

#include <stddef.h>
#include <sys/types.h>

/* Decodes n characters. Returns how many bytes they are, -1 when they are not base64 or hold more than size bytes (out
 * then holds anything). */
ssize_t base64_decode(const char *text, size_t n, unsigned char *out, size_t size) __attribute__((warn_unused_result));

/* The other way round; out has room for BASE64_SIZE(n). */
#define BASE64_SIZE(n) (((n) + 2) / 3 * 4 + 1)
void base64_encode(const unsigned char *bytes, size_t n, char *out);

#endif
