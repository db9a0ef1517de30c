/* The SHA256SUMS of a directory. */
#include <stdbool.h>
#include <string.h>
#include "test/fuzz/fuzz.h"
#include "updater/fetch/listing.h"

static void expect_step(const char *s)
{
	expect(s[0] != '\0' && !strchr(s, '/') && strcmp(s, ".") != 0 && strcmp(s, "..") != 0);
	for (; *s; s++)
		expect((unsigned char)*s > ' ' && *s != 0x7f);
}

/* Whatever gets this far becomes a path. */
static const char *told(void *context, const struct release *r, const struct asset *a)
{
	unsigned *n = context;

	(*n)++;
	expect_step(r->tag);
	if (a) {
		expect_step(a->name);
		expect(strlen(a->digest) == strlen("sha256:") + 64);
	}
	return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	unsigned n = 0;

	expect(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	if (listing_read(text, size, NULL, told, &n) == NULL && size < 68)
		expect(n == 0);
	free(text);
	return 0;
}
