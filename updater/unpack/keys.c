#include "updater/unpack/keys.h"

#include <string.h>
#include "updater/base64.h"

static int read_key(char *word, struct pinned_key *key)
{
	char *rest = word;
	const char *kind = strsep(&rest, ":"), *id = strsep(&rest, ":");
	size_t size;

	if (!rest)
		return -1;
	if (strcmp(kind, "minisign") != 0 && strcmp(kind, "p256") != 0)
		return -1;
	key->kind = kind[0] == 'm' ? KEYS_MINISIGN : KEYS_P256_POINT;
	size = kind[0] == 'm' ? 32 : KEYS_P256;
	if (strlen(id) != KEYS_ID - 1 || strspn(id, "0123456789ABCDEFabcdef") != KEYS_ID - 1)
		return -1;
	memcpy(key->id, id, KEYS_ID);
	return base64_decode(rest, strlen(rest), key->bytes, sizeof key->bytes) == (ssize_t)size ? 0 : -1;
}

int keys_read(char *text, struct pinned_keys *keys)
{
	char *rest = text, *word;

	keys->count = 0;
	if (text[0] == '\0')
		return 0;
	while ((word = strsep(&rest, " ")) != NULL)
		if (keys->count == KEYS_MAX || read_key(word, &keys->key[keys->count++]) < 0)
			return -1;
	return 0;
}

const char *keys_kind_name(enum keys_kind kind)
{
	return kind == KEYS_MINISIGN ? "minisign" : "ecdsa-p256";
}
