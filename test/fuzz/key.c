/* Pinned public keys, as in UPDATE_KEY or a file. */
#include <string.h>
#include "test/fuzz/fuzz.h"
#include "updater/policy/key.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct key_ring ring = {0};
	char *text = malloc(size + 1), words[KEY_WORDS], names[KEY_MAX * 32];

	expect(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	if (key_add(&ring, text) == NULL)
		expect(ring.count > 0 && key_kinds(&ring) != 0);
	expect(ring.count <= KEY_MAX);
	key_words(&ring, words);
	key_names(&ring, names, sizeof(names));
	expect(strlen(words) < sizeof(words) - 1 && strlen(names) < sizeof(names) - 1);
	free(text);
	return 0;
}
