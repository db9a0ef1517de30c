/* updater/unpack/keys: the pinned public keys, as the updater hands them over: words KIND:ID:BASE64, KIND minisign (32
 * bytes of an Ed25519 key) or p256 (65 bytes, a point that is not compressed). Pure. */
#ifndef UPDATER_UNPACK_KEYS_H
#define UPDATER_UNPACK_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#define KEYS_MAX 8
#define KEYS_TEXT 1200 /* bytes of all words */
#define KEYS_ID 17     /* 16 hexadecimal digits and a NUL */
#define KEYS_P256 65

enum keys_kind { KEYS_MINISIGN, KEYS_P256_POINT };

struct pinned_key {
	enum keys_kind kind;
	char id[KEYS_ID];
	unsigned char bytes[KEYS_P256];
};

struct pinned_keys {
	struct pinned_key key[KEYS_MAX];
	size_t count;
};

/* Cuts text apart. -1: it is not as agreed. "" holds no key. */
int keys_read(char *text, struct pinned_keys *keys) __attribute__((warn_unused_result));

/* What a kind is called in messages: "minisign", "ecdsa-p256". */
const char *keys_kind_name(enum keys_kind kind);

#endif
