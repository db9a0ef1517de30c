/* updater/policy/key: pinned public keys, as people write them down. Pure.
 *
 * Understood, in any number, with white space or commas between: the base64 line of minisign's .pub file (RW...), with
 * or without its comment line, and a PEM block "PUBLIC KEY" with an ECDSA P-256 key. */
#ifndef UPDATER_POLICY_KEY_H
#define UPDATER_POLICY_KEY_H

#include <stddef.h>

#define KEY_MAX 8
#define KEY_ID 17      /* 16 digits and a NUL */
#define KEY_BYTES 65   /* of the longer kind */
#define KEY_SPKI 91    /* bytes of a P-256 key as PEM wraps it, the point at its end */
#define KEY_WORDS 1200 /* bytes of what key_words() writes */

enum key_kind {
	KEY_MINISIGN = 1, /* values are bits, for sets of kinds */
	KEY_P256 = 2,
};

struct key {
	enum key_kind kind;
	char id[KEY_ID];		/* minisign's own number of it; for P-256 whoever hashes fills it in */
	unsigned char bytes[KEY_BYTES]; /* 32 of Ed25519, or 65 of a point that is not compressed */
	unsigned char spki[KEY_SPKI];	/* P-256: what its id is the hash of */
};

struct key_ring {
	struct key keys[KEY_MAX];
	size_t count;
};

/* Adds all keys of a text. NULL, or what is wrong with it, in words that follow where it stands; never any of its
 * bytes, since it may be a secret by mistake. */
const char *key_add(struct key_ring *ring, const char *text) __attribute__((warn_unused_result));

/* The set of kinds that there are. */
unsigned key_kinds(const struct key_ring *ring);

/* "minisign 8FC69A50325F3CD4, ecdsa-p256 0123456789abcdef", for people, as far as size allows. */
void key_names(const struct key_ring *ring, char *out, size_t size);

/* As moult-unpack is told of them, see updater/unpack/keys.h. */
void key_words(const struct key_ring *ring, char out[static KEY_WORDS]);

#endif
