/* STATE_DIR/history, whatever is in it, read from its end into a buffer of each size; then with one event more. */
#include <stdbool.h>
#include <string.h>
#include "test/fuzz/scratch.h"
#include "updater/disk/history.h"

/* What stands in the file from there on, with '?' for what would end a string. */
static bool is_same(const char *text, const uint8_t *data, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (text[i] != (data[i] == '\0' ? '?' : (char)data[i]))
			return false;
	return true;
}

/* Whole lines and as many as there is room for. */
static void expect_tail(const uint8_t *data, size_t size, size_t room)
{
	char *text = malloc(room);

	expect(text != NULL);
	long n = history_tail(scratch(), text, room);
	expect(n >= 0 && (size_t)n < room && strlen(text) == (size_t)n);
	expect(n == 0 || text[n - 1] == '\n');
	const uint8_t *last = size > 0 ? memrchr(data, '\n', size) : NULL;
	size_t end = last == NULL ? 0 : (size_t)(last - data) + 1, start = end - (size_t)n;
	expect((size_t)n <= end && is_same(text, data + start, (size_t)n));
	expect(start == 0 || n == 0 || data[start - 1] == '\n');
	expect(size >= room || start == 0);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct history_event event = {1700000000, "installed", "v1.0.0", "v1.1.0", "why \"not\"\n", "", 5};
	static const char begin[] = "{\"time\":\"2023-11-14T22:13:20Z\",\"what\":\"installed\"";
	char text[512];

	if (size == 0)
		return 0;
	scratch_file("history", data + 1, size - 1);
	expect_tail(data + 1, size - 1, data[0] + 1u);
	expect_tail(data + 1, size - 1, size + 1);
	expect(history_add(scratch(), &event) == 0);
	long n = history_tail(scratch(), text, sizeof text);
	expect(n > 0 && memchr(text, '\n', (size_t)n - 1) == NULL ? strncmp(text, begin, sizeof begin - 1) == 0
								  : strstr(text, begin) != NULL);
	return 0;
}
