/* updater/unpack/request: what the updater asks of us, every field checked before anything is done with it. */
#ifndef UPDATER_UNPACK_REQUEST_H
#define UPDATER_UNPACK_REQUEST_H

#include <stdbool.h>
#include <stdint.h>
#include "updater/job.h"
#include "updater/unpack/hash.h"
#include "updater/unpack/keys.h"

/* What is signed, and in which form. */
enum request_signature {
	REQUEST_ARCHIVE_MINISIG, /* NAME.minisig */
	REQUEST_ARCHIVE_SIG,	 /* NAME.sig */
	REQUEST_SUMS_MINISIG,	 /* of the checksums file */
	REQUEST_SUMS_SIG,
	REQUEST_SIGNATURES,
};

struct request {
	char name[256];	       /* of the asset, as the checksums file calls it */
	char digest[HASH_HEX]; /* what the forge says its SHA-256 is; "" when it says nothing */
	bool sums;	       /* there is a checksums file */
	char sums_name[256];   /* what it is called; only when it is signed */
	bool signed_[REQUEST_SIGNATURES];
	struct pinned_keys keys;
	char signers[256]; /* of those that were found good, what made them */
	char repo[640];	   /* OWNER/NAME; an owner may be a path */
	bool install;	   /* unpack it, too */
	char tag[129];
	uint64_t published; /* seconds since 1970; 0 not known */
	char bare[256];	    /* the file's name when it is no archive but the program itself; "": then it is refused */
	char entry[1024];   /* names of which the first that exists is the program to start, between commas */
	uint64_t max_bytes; /* of all files together */
	uint64_t max_entries;
};

/* -1 with the error in *e. */
int request_read(const struct wire *w, struct request *r, struct job_error *e) __attribute__((warn_unused_result));

#endif
