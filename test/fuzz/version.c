/* Three tags, one a line: an order that is none would make releases change places for ever. */
#include <string.h>
#include "test/fuzz/fuzz.h"
#include "updater/policy/asset.h"
#include "updater/policy/version.h"

static int sign(int n)
{
	return (n > 0) - (n < 0);
}

static void look_at(const char *tag)
{
	expect(version_compare(tag, tag) == 0);
	expect(version_is(tag) == (version_numbers(tag) > 0));
	expect(version_is(tag) || (!version_is_prerelease(tag) && version_line(tag) == 0));
	expect(version_line(tag) < strlen(tag) || !version_is(tag));
	expect(version_same_line(tag, tag) == version_is(tag));
	/* The bare version is the same version, without the project. */
	if (version_is(tag)) {
		const char *bare = version_bare(tag);
		expect(version_line(bare) == 0 && version_numbers(bare) == version_numbers(tag));
		expect(version_compare_first(tag, bare, 8) == 0 && version_prerelease(tag) == version_prerelease(bare));
		expect(version_line(tag) > 0 || version_compare(tag, bare) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *rest = text;
	const char *tags[3] = {"", "", ""};

	expect(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	for (size_t i = 0; i < 3 && rest; i++)
		tags[i] = strsep(&rest, "\n");
	for (size_t i = 0; i < 3; i++)
		look_at(tags[i]);
	for (size_t i = 0; i < 27; i++) {
		const char *a = tags[i % 3], *b = tags[i / 3 % 3], *c = tags[i / 9];

		expect(sign(version_compare(a, b)) == -sign(version_compare(b, a)));
		if (version_compare(a, b) <= 0 && version_compare(b, c) <= 0)
			expect(version_compare(a, c) <= 0);
		if (version_compare(a, b) == 0)
			expect(sign(version_compare(a, c)) == sign(version_compare(b, c)));
	}
	free(text);
	return 0;
}
