/* A profile: what is told of it can be kept and started with, whatever the file holds. */
#include <string.h>
#include "test/fuzz/fuzz.h"
#include "updater/unpack/profile.h"

static unsigned told;

static void hear(void *context, enum profile_kind kind, const char *name, const char *value)
{
	(void)context;
	told++;
	expect(strlen(name) <= PROFILE_NAME && strlen(value) <= PROFILE_VALUE);
	expect((kind == PROFILE_ARGUMENT) == (name[0] == '\0'));
	expect(strpbrk(name, "= \n") == NULL && strpbrk(value, "\n\r\t\x7f") == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *json = malloc(size + 1), fault[PROFILE_FAULT];

	expect(json != NULL);
	memcpy(json, data, size);
	json[size] = '\0';
	told = 0;
	int r = profile_read(json, size, hear, NULL, fault);
	expect((r == 0) == (fault[0] == '\0') && told <= PROFILE_ENTRIES);
	free(json);
	return 0;
}
