#include "updater/policy/key.h"

#include <stdbool.h>
#include <string.h>
#include "lib/text.h"
#include "updater/base64.h"

#define BEGIN "-----BEGIN PUBLIC KEY-----"
#define END "-----END PUBLIC KEY-----"
#define BLANKS " \t\r\n"
#define PEM_CHARS 124 /* of KEY_SPKI bytes */

static const char full[] = "holds more than 8 keys";

static struct key *next(struct key_ring *ring)
{
	if (ring->count == KEY_MAX)
		return NULL;
	struct key *k = &ring->keys[ring->count++];
	*k = (struct key){0};
	return k;
}

/* "Ed", eight bytes of a number that is shown from its last byte on, and the key. */
static const char *add_minisign(struct key_ring *ring, const char *word, size_t n)
{
	unsigned char bytes[42];
	if (strncmp(word, "RWRTY0Iy", 8) == 0 || strncmp(word, "RWQAAEIy", 8) == 0)
		return "holds a secret key of minisign: keep it where you sign, and pin the .pub file";
	if (base64_decode(word, n, bytes, sizeof(bytes)) != sizeof(bytes) || memcmp(bytes, "Ed", 2) != 0)
		return "holds something that is no key: neither minisign's RW... nor a PEM block PUBLIC KEY";
	struct key *k = next(ring);
	if (k == NULL)
		return full;
	k->kind = KEY_MINISIGN;
	memcpy(k->bytes, bytes + 10, 32);
	for (size_t i = 0; i < 8; i++) {
		k->id[2 * i] = "0123456789ABCDEF"[bytes[9 - i] >> 4];
		k->id[2 * i + 1] = "0123456789ABCDEF"[bytes[9 - i] & 15];
	}
	return NULL;
}

/* What stands before the point in every P-256 key: SEQUENCE { SEQUENCE { id-ecPublicKey, prime256v1 }, BIT STRING. */
static const unsigned char p256_head[KEY_SPKI - KEY_BYTES] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
							      0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
							      0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00};

/* The block from its first line on, up to its last one. */
static const char *add_pem(struct key_ring *ring, const char *block, const char *end)
{
	static const char wrong[] = "holds a PEM block that is no ECDSA P-256 public key";
	char chars[PEM_CHARS];
	size_t n = 0;
	for (const char *at = block + strlen(BEGIN); at < end; at++) {
		if (strchr(BLANKS, *at) != NULL)
			continue;
		if (n == sizeof(chars))
			return wrong;
		chars[n++] = *at;
	}
	unsigned char der[KEY_SPKI];
	if (base64_decode(chars, n, der, sizeof(der)) != sizeof(der) ||
	    memcmp(der, p256_head, sizeof(p256_head)) != 0 || der[sizeof(p256_head)] != 0x04)
		return wrong;
	struct key *k = next(ring);
	if (k == NULL)
		return full;
	k->kind = KEY_P256;
	memcpy(k->spki, der, sizeof(der));
	memcpy(k->bytes, der + sizeof(p256_head), KEY_BYTES);
	return NULL;
}

const char *key_add(struct key_ring *ring, const char *text)
{
	size_t before = ring->count;
	const char *wrong = NULL;
	for (const char *at = text + strspn(text, BLANKS ","); *at != '\0' && wrong == NULL;
	     at += strspn(at, BLANKS ",")) {
		const char *end = strstr(at, END);
		size_t n = strcspn(at, BLANKS ",");
		if (strncmp(at, "untrusted comment:", 18) == 0 && strchr(at, '\n') != NULL) {
			at = strchr(at, '\n');
		} else if (strncmp(at, BEGIN, strlen(BEGIN)) == 0 && end != NULL) {
			wrong = add_pem(ring, at, end);
			at = end + strlen(END);
		} else if (strncmp(at, "-----BEGIN", 10) == 0) {
			return "holds a PEM block that is no whole PUBLIC KEY; a private key stays where you sign";
		} else {
			wrong = add_minisign(ring, at, n);
			at += n;
		}
	}
	return wrong == NULL && ring->count == before ? "holds no key" : wrong;
}

unsigned key_kinds(const struct key_ring *ring)
{
	unsigned kinds = 0;
	for (size_t i = 0; i < ring->count; i++)
		kinds |= ring->keys[i].kind;
	return kinds;
}

void key_names(const struct key_ring *ring, char *out, size_t size)
{
	struct text t;
	text_begin(&t, out, size);
	for (size_t i = 0; i < ring->count; i++)
		text_addf(&t, "%s%s %s", i > 0 ? ", " : "",
			  ring->keys[i].kind == KEY_MINISIGN ? "minisign" : "ecdsa-p256", ring->keys[i].id);
}

void key_words(const struct key_ring *ring, char out[static KEY_WORDS])
{
	struct text t;
	text_begin(&t, out, KEY_WORDS);
	for (size_t i = 0; i < ring->count; i++) {
		const struct key *k = &ring->keys[i];
		bool mini = k->kind == KEY_MINISIGN;
		char base64[BASE64_SIZE(KEY_BYTES)];
		base64_encode(k->bytes, mini ? 32 : KEY_BYTES, base64);
		text_addf(&t, "%s%s:%s:%s", i > 0 ? " " : "", mini ? "minisign" : "p256", k->id, base64);
	}
}
