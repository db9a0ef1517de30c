/* updater/unpack/verify: is the archive the one that it is said to be? Decided before anything in it is read. */
#ifndef UPDATER_UNPACK_VERIFY_H
#define UPDATER_UNPACK_VERIFY_H

#include "updater/unpack/request.h"

/* Hashes the whole file in `archive` and holds it against the request's digest and the checksums file in `sums` (when
 * the request has one). Answers kind=sum. hex: what it is. On failure the code is digest, sums or system. The position
 * of `archive` is not moved. */
int verify_archive(const struct request *r, int archive, int sums, char hex[static HASH_HEX], struct job_error *e)
	__attribute__((warn_unused_result));

#endif
