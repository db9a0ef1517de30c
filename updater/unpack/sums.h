/* updater/unpack/sums: finds a file's SHA-256 in a checksums file, whichever tool wrote it. Pure.
 *
 * Understood: "HEX  NAME" and "HEX *NAME" (sha256sum), "SHA256 (NAME) = HEX" (BSD, openssl), any case of the digits,
 * any white space between, CRLF, a path before the name; and a file that holds one bare HEX and nothing else. Other
 * lines (comments, other algorithms, a signature around it) are passed over. */
#ifndef UPDATER_UNPACK_SUMS_H
#define UPDATER_UNPACK_SUMS_H

#include "updater/unpack/hash.h"

/* How many lines speak of exactly this name. With 1, hex is the digest in lower case; otherwise it is "". */
unsigned sums_find(const char *text, const char *name, char hex[static HASH_HEX]) __attribute__((warn_unused_result));

#endif
