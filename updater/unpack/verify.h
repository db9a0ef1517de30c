/* updater/unpack/verify: is the archive the one that it is said to be? Decided before anything in it is read. */
#ifndef UPDATER_UNPACK_VERIFY_H
#define UPDATER_UNPACK_VERIFY_H

#include "updater/unpack/request.h"

#define VERIFY_SUMS_MAX ((size_t)1 << 20) /* bytes of a checksums file */

/* Descriptors; those that the request does not speak of are not touched. */
struct verify_papers {
	int archive, sums;
	int signature[REQUEST_SIGNATURES];
};

/* Hashes the whole archive and holds it against all that the request has: the forge's digest, each signature, and the
 * checksums file, whose own signatures come first. All of it has to be right. Answers kind=sum with sha256, and match
 * or none for digest, sums and signature, and the keys that signed. hex: what its SHA-256 is. On failure the code is
 * digest, sums, signature or system. The position of the archive is not moved. */
int verify_archive(struct request *r, const struct verify_papers *p, char hex[static HASH_HEX], struct job_error *e)
	__attribute__((warn_unused_result));

#endif
