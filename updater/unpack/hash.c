#include "updater/unpack/hash.h"

#include <psa/crypto.h>

static psa_hash_operation_t operation;
static psa_status_t status; /* the first that was not success */

int hash_init(void)
{
	return psa_crypto_init() == PSA_SUCCESS ? 0 : -1;
}

void hash_begin(void)
{
	psa_hash_abort(&operation);
	operation = psa_hash_operation_init();
	status = psa_hash_setup(&operation, PSA_ALG_SHA_256);
}

void hash_add(const void *bytes, size_t n)
{
	if (status == PSA_SUCCESS)
		status = psa_hash_update(&operation, bytes, n);
}

void hash_add_zeros(uint64_t n)
{
	static const unsigned char zeros[4096];

	for (; n > sizeof zeros; n -= sizeof zeros)
		hash_add(zeros, sizeof zeros);
	hash_add(zeros, (size_t)n);
}

int hash_end(char hex[static HASH_HEX])
{
	unsigned char sum[32];
	size_t length = 0;

	if (status == PSA_SUCCESS)
		status = psa_hash_finish(&operation, sum, sizeof sum, &length);
	hex[0] = '\0';
	if (status != PSA_SUCCESS || length != sizeof sum)
		return -1;
	for (size_t i = 0; i < sizeof sum; i++) {
		hex[2 * i] = "0123456789abcdef"[sum[i] >> 4];
		hex[2 * i + 1] = "0123456789abcdef"[sum[i] & 15];
	}
	hex[2 * sizeof sum] = '\0';
	return 0;
}
