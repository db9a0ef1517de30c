/* A line of JSON: whatever stands in the history is read without harm, and what is written is read as what it was. */
#include <stdbool.h>
#include <string.h>
#include "lib/text.h"
#include "test/fuzz/fuzz.h"
#include "updater/json.h"

#define ROOM 8192

static void read_some(const char *line)
{
	static const char *const keys[] = {"time", "what", "why", "took_ms", "", "\"", "a"};
	char out[64];

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		bool got = json_get(line, keys[i], out, sizeof out);

		expect(memchr(out, '\0', sizeof out) != NULL && (got || out[0] == '\0'));
	}
}

/* Before it stands a member whose value looks as if it were the one. */
static void write_and_read(const char *value)
{
	static char line[ROOM], out[ROOM];
	struct text t;

	text_begin(&t, line, sizeof line);
	json_begin(&t);
	json_text(&t, "before", "\",\"why\":\"no\",\\");
	json_text(&t, "why", value);
	json_number(&t, "took_ms", -5);
	json_bool(&t, "good", true);
	json_end(&t);
	if (!text_whole(&t))
		return;
	expect(strpbrk(line, "\n\t\033") == NULL);
	expect(json_get(line, "why", out, sizeof out) && strcmp(out, value) == 0);
	expect(json_get(line, "took_ms", out, sizeof out) && strcmp(out, "-5") == 0);
	expect(!json_get(line, "no", out, sizeof out));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	expect(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	read_some(text);
	write_and_read(text);
	free(text);
	return 0;
}
