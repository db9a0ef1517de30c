/* A checksums file. */
#include <string.h>
#include "test/fuzz/fuzz.h"
#include "updater/unpack/sums.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), hex[HASH_HEX];
	unsigned hits;

	expect(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	hits = sums_find(text, "app.tgz", hex);
	if (hits == 1)
		expect(strlen(hex) == 64 && strspn(hex, "0123456789abcdef") == 64);
	else
		expect(hex[0] == '\0');
	free(text);
	return 0;
}
