/* What every fuzz target includes: its entry point, and a check that does not vanish. */
#ifndef TEST_FUZZ_FUZZ_H
#define TEST_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void expect(int true_)
{
	if (!true_)
		abort();
}

#endif
