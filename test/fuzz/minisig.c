/* A minisign signature, held against the key and the file that the good ones of the corpus belong to. */
#include <string.h>
#include "test/fuzz/fuzz.h"
#include "updater/unpack/ed25519.h"
#include "updater/unpack/minisig.h"

static const unsigned char key[ED25519_KEY] = {0x08, 0x83, 0x55, 0x18, 0x38, 0x62, 0xb1, 0xec, 0xe4, 0x44, 0x28,
					       0x27, 0xff, 0x17, 0xb1, 0x61, 0x3d, 0x4e, 0x05, 0xe3, 0xc8, 0x65,
					       0x37, 0x5d, 0x67, 0xf6, 0xd3, 0xad, 0x97, 0x79, 0x7b, 0x45};

/* The beginnings of the two signatures that this key made over "hello\n": there is one for each form. */
static const unsigned char hashed[4] = {0xf5, 0xb2, 0x28, 0x27}, whole[4] = {0x6c, 0x99, 0xf9, 0x27};

/* The comments that this key ever signed. */
static int is_known(const char *comment)
{
	return strcmp(comment, "timestamp:1795658920\tfile:app.tgz\thashed") == 0 ||
	       strcmp(comment, "repo:me/app tag:v1") == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct minisig m;
	const struct minisig_subject subject = {"app.tgz", "me/app", "v1"};
	unsigned char hash[BLAKE2B_SIZE];
	char *text = malloc(size + 1), word[300];

	expect(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	if (minisig_read(text, size, &m) == NULL) {
		expect(strlen(m.comment) + 64 == m.nbound && strlen(m.key_id) == 16);
		if (ed25519_signed(key, m.global, m.bound, m.nbound))
			expect(is_known(m.comment));
		blake2b_begin();
		blake2b_add("hello\n", 6);
		blake2b_end(hash);
		if (m.hashed ? ed25519_signed(key, m.signature, hash, sizeof hash)
			     : ed25519_signed(key, m.signature, "hello\n", 6))
			expect(memcmp(m.signature, m.hashed ? hashed : whole, 4) == 0);
		if (!minisig_is_about(&m, &subject, word))
			expect(word[0] != '\0');
	}
	free(text);
	return 0;
}
