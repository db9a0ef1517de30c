#include "updater/keyring.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include "lib/io.h"
#include "lib/text.h"
#include "updater/sha256.h"

/* As `openssl pkey -pubin -outform DER | sha256sum` shows it, the first quarter. */
static void name_p256(struct key *k)
{
	struct sha256 sum;
	char hex[65];
	sha256_begin(&sum);
	sha256_add(&sum, k->spki, sizeof(k->spki));
	sha256_end(&sum, hex);
	memcpy(k->id, hex, KEY_ID - 1);
	k->id[KEY_ID - 1] = '\0';
}

static const char *add_file(struct key_ring *ring, const char *path)
{
	char text[KEYRING_FILE_MAX + 1];
	if (path[0] != '/')
		return "is no absolute path";
	ssize_t n = io_read_file(AT_FDCWD, path, text, sizeof(text));
	if (n == -1)
		return errno == EFBIG ? "is larger than 16 KiB" : strerror(errno);
	return strlen(text) != (size_t)n ? "is no text" : key_add(ring, text);
}

static const char *add_files(struct key_ring *ring, const char *paths, struct text *about)
{
	for (const char *at = paths;; at++) {
		size_t n = strcspn(at, ":");
		text_begin(about, about->at, about->size);
		text_add(about, "UPDATE_KEY_FILE=");
		const char *path = about->at + about->len;
		text_add_bytes(about, at, n);
		const char *wrong = add_file(ring, path);
		if (wrong != NULL)
			return wrong;
		at += n;
		if (*at == '\0')
			return NULL;
	}
}

const char *keyring_read(struct keyring *k, const char *verify, const char *keys, const char *files, char *about,
			 size_t size)
{
	const char *wrong = NULL;
	struct text t;
	*k = (struct keyring){0};
	text_begin(&t, about, size);
	text_add(&t, "UPDATE_KEY");
	if (keys[0] != '\0')
		wrong = key_add(&k->keys, keys);
	if (wrong == NULL && files[0] != '\0')
		wrong = add_files(&k->keys, files, &t);
	if (wrong != NULL)
		return wrong;
	for (size_t i = 0; i < k->keys.count; i++)
		if (k->keys.keys[i].kind == KEY_P256)
			name_p256(&k->keys.keys[i]);
	text_begin(&t, about, size);
	text_addf(&t, "UPDATE_VERIFY=%.100s", verify);
	k->named = verify[0] != '\0';
	if (k->named && !trust_read(verify, &k->least))
		return "has to be none, digest, checksums or signature";
	if (k->named && k->least == TRUST_SIGNATURE && k->keys.count == 0)
		return "needs a key in UPDATE_KEY or UPDATE_KEY_FILE";
	return NULL;
}
