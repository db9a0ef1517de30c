/* updater/unpack/signature: is this file signed, as it is, by one of the pinned keys, and for this release? */
#ifndef UPDATER_UNPACK_SIGNATURE_H
#define UPDATER_UNPACK_SIGNATURE_H

#include "updater/unpack/ed25519.h"
#include "updater/unpack/hash.h"
#include "updater/unpack/request.h"

#define SIGNATURE_MAX 10240		     /* bytes of a signature file */
#define SIGNATURE_WHOLE ((uint64_t)64 << 20) /* bytes of a file that minisign's old form signs: it is taken whole */

/* A file that may be signed: its hashes, and where its bytes are. */
struct signed_file {
	const char *name;
	unsigned char sha256[HASH_SIZE];
	unsigned char blake2b[BLAKE2B_SIZE];
	int fd;		   /* looked at when bytes is NULL */
	const void *bytes; /* or NULL */
	size_t size;	   /* of bytes */
};

/* Holds the signature of that form in descriptor `signature` against the file. On success the key that made it is
 * added to r->signers ("minisign 1122334455667788"). -1 with code `signature`, or `system`. */
int signature_check(struct request *r, enum request_signature form, int signature, const struct signed_file *f,
		    struct job_error *e) __attribute__((warn_unused_result));

#endif
