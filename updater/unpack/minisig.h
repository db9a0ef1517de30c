/* updater/unpack/minisig: a signature file as minisign writes it. Pure.
 *
 *   untrusted comment: ...
 *   base64 of "Ed" or "ED", the key's id, the signature
 *   trusted comment: ...
 *   base64 of the signature over that signature and the trusted comment
 *
 * Four lines and nothing else: no fifth line, no second signature, no control byte. */
#ifndef UPDATER_UNPACK_MINISIG_H
#define UPDATER_UNPACK_MINISIG_H

#include <stdbool.h>
#include <stddef.h>

#define MINISIG_COMMENT 8192 /* bytes of a comment, as minisign limits it */
#define MINISIG_ID 17	     /* a key's id as minisign shows it, 16 digits, and a NUL */

struct minisig {
	bool hashed; /* "ED": over the BLAKE2b-512 of the file; "Ed", of old: over the file itself */
	char key_id[MINISIG_ID];
	unsigned char signature[64];
	unsigned char global[64]; /* over `bound` */
	char comment[MINISIG_COMMENT + 1];
	unsigned char bound[64 + MINISIG_COMMENT]; /* the signature and the trusted comment, one behind the other */
	size_t nbound;
};

/* text holds n bytes and ends with a NUL. NULL, or what is wrong with it in words that follow its name. */
const char *minisig_read(const char *text, size_t n, struct minisig *m) __attribute__((warn_unused_result));

/* What a signature is held against. */
struct minisig_subject {
	const char *file; /* the name of the signed asset */
	const char *repo; /* OWNER/NAME */
	const char *tag;
};

/* A word file:NAME, repo:OWNER/NAME or tag:TAG in the trusted comment has to name this very one; other words say
 * nothing here. True: it does. Else word is the one that names another. */
bool minisig_is_about(const struct minisig *m, const struct minisig_subject *s, char word[static 300])
	__attribute__((warn_unused_result));

#endif
