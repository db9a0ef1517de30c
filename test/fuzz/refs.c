/* What a git server advertises, cut in two anywhere: the first byte says where. */
#include <string.h>
#include "test/fuzz/fuzz.h"
#include "updater/fetch/refs.h"

static bool read_all(struct refs *r, const char *bytes, size_t cut, size_t size)
{
	refs_begin(r, "main");
	return refs_feed(r, bytes, cut) == NULL && refs_feed(r, bytes + cut, size - cut) == NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct refs whole, pieces;
	const char *bytes = (const char *)data + 1, *found;

	if (size < 2)
		return 0;
	size--;
	bool fine = read_all(&whole, bytes, 0, size);
	expect(fine == read_all(&pieces, bytes, data[0] < size ? data[0] : size, size));
	found = refs_found(&whole);
	if (!fine || !found)
		return 0;
	expect(strspn(found, "0123456789abcdef") == strlen(found) && (strlen(found) == 40 || strlen(found) == 64));
	expect(strcmp(found, refs_found(&pieces)) == 0);
	return 0;
}
