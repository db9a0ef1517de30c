/* An ECDSA signature, held against the key and the hash that the good ones of the corpus belong to. */
#include <string.h>
#include "test/fuzz/fuzz.h"
#include "updater/unpack/ecdsa.h"
#include "updater/unpack/hash.h"

static const unsigned char point[65] = {0x04, 0x31, 0x7e, 0xb8, 0x21, 0x2d, 0x1b, 0x6f, 0x2b, 0xe5, 0xb9, 0x66, 0x0c,
					0x95, 0x24, 0xd9, 0x04, 0xee, 0x53, 0x2b, 0x16, 0x80, 0x38, 0x52, 0xf4, 0x22,
					0x6b, 0xc1, 0x37, 0x10, 0xc2, 0xff, 0x6f, 0x8c, 0x68, 0x52, 0xd7, 0xd5, 0x99,
					0x83, 0xfd, 0x5c, 0x04, 0x6a, 0xae, 0x78, 0xbc, 0x02, 0x8f, 0xba, 0x7b, 0x27,
					0xd1, 0x21, 0xad, 0x36, 0x50, 0x34, 0x85, 0x4d, 0x5d, 0x51, 0xa7, 0xd6, 0xb2};

/* Of the one signature that this key made over "hello\n". */
static const unsigned char first_of_r[4] = {0xa9, 0x67, 0x5d, 0x0f};

/* The shortest form of a number, as a second opinion on what was read. */
static size_t put_integer(unsigned char *out, const unsigned char *number)
{
	size_t zeros = 0, n;

	while (zeros < 31 && number[zeros] == 0)
		zeros++;
	n = 32 - zeros;
	out[0] = 0x02;
	out[1] = (unsigned char)(n + (number[zeros] >> 7));
	out[2] = 0;
	memcpy(out + 2 + (number[zeros] >> 7), number + zeros, n);
	return 2u + out[1];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned char rs[ECDSA_SIZE], sum[HASH_SIZE], der[80] = {0x30};
	size_t n = 2;

	expect(hash_init() == 0);
	if (ecdsa_read(data, size, rs) != NULL)
		return 0;
	n += put_integer(der + n, rs);
	n += put_integer(der + n, rs + 32);
	der[1] = (unsigned char)(n - 2);
	if (data[0] == 0x30)
		expect(n == size && memcmp(der, data, n) == 0);
	hash_begin();
	hash_add("hello\n", 6);
	expect(hash_end_bytes(sum) == 0);
	if (hash_signed(point, rs, sum))
		expect(memcmp(rs, first_of_r, sizeof first_of_r) == 0);
	return 0;
}
