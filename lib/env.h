/* lib/env: the only place where text becomes a number.
 *
 * Strict: empty text, signs, white space, trailing junk and values outside the range are EINVAL or ERANGE, and *out is
 * untouched. They print nothing: the caller knows what the variable is called. */
#ifndef LIB_ENV_H
#define LIB_ENV_H

#include <stdbool.h>
#include <stdint.h>

/* Decimal digits only, min <= value <= max. */
int env_number(const char *text, uint64_t min, uint64_t max, uint64_t *out) __attribute__((warn_unused_result));

/* Octal digits only, as in a file mode. */
int env_octal(const char *text, uint64_t max, uint64_t *out) __attribute__((warn_unused_result));

/* Seconds: digits with an optional unit s, m, h or d ("90", "5m"). min and max in seconds. */
int env_seconds(const char *text, uint64_t min, uint64_t max, uint64_t *out) __attribute__((warn_unused_result));

/* Bytes: digits with an optional unit K, M or G (powers of 1024). */
int env_bytes(const char *text, uint64_t min, uint64_t max, uint64_t *out) __attribute__((warn_unused_result));

/* 1, yes, true, on and 0, no, false, off. */
int env_bool(const char *text, bool *out) __attribute__((warn_unused_result));

#endif
