/* The notes of a release: whatever they hold, no line has what a terminal would obey. */
#include <string.h>
#include "test/fuzz/fuzz.h"
#include "updater/fetch/notes.h"

static size_t told;

static void hear(void *context, const char *line)
{
	(void)context;
	told += strlen(line);
	expect(strlen(line) <= NOTES_LINE && told <= NOTES_MAX + 2 * NOTES_LINE);
	for (const char *s = line; *s; s++)
		expect((unsigned char)*s >= ' ' && *s != 0x7f);
	expect(strstr(line, "\xc2\x9b") == NULL && strstr(line, "\xe2\x80\xae") == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	expect(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	told = 0;
	notes_read(text, hear, NULL);
	free(text);
	return 0;
}
