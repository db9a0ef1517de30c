/* Runs a fuzz target over the files it is given, so that what fuzzing once found is tried again by every `make test`.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define INPUT_MAX ((size_t)1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* In a block of exactly its size, so that the sanitizer sees the first byte beyond. */
static int run(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *data = malloc(INPUT_MAX), *exact = NULL;
	size_t n = f && data ? fread(data, 1, INPUT_MAX, f) : 0;
	int failed = !f || !data || ferror(f) || !(exact = realloc(data, n ? n : 1));

	if (f)
		fclose(f);
	if (failed)
		perror(path);
	else
		LLVMFuzzerTestOneInput(exact, n);
	free(failed ? data : exact);
	return failed;
}

int main(int argc, char **argv)
{
	int failed = argc < 2;

	if (failed)
		fprintf(stderr, "usage: %s FILE...\n", argv[0]);
	for (int i = 1; i < argc; i++)
		failed |= run(argv[i]);
	return failed;
}
