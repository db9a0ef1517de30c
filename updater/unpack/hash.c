#include "updater/unpack/hash.h"

#include <psa/crypto.h>
#include "updater/sha256.h"

static bool fast; /* by our own hands; the library's is for all other processors */
static struct sha256 own;
static psa_hash_operation_t operation;
static psa_status_t status; /* the first that was not success */

int hash_init(void)
{
	fast = sha256_is_fast();
	return psa_crypto_init() == PSA_SUCCESS ? 0 : -1;
}

void hash_begin(void)
{
	if (fast) {
		sha256_begin(&own);
		return;
	}
	psa_hash_abort(&operation);
	operation = psa_hash_operation_init();
	status = psa_hash_setup(&operation, PSA_ALG_SHA_256);
}

void hash_add(const void *bytes, size_t n)
{
	if (fast)
		sha256_add(&own, bytes, n);
	else if (status == PSA_SUCCESS)
		status = psa_hash_update(&operation, bytes, n);
}

void hash_add_zeros(uint64_t n)
{
	static const unsigned char zeros[4096];

	for (; n > sizeof zeros; n -= sizeof zeros)
		hash_add(zeros, sizeof zeros);
	hash_add(zeros, (size_t)n);
}

int hash_end_bytes(unsigned char sum[static HASH_SIZE])
{
	size_t length = 0;

	if (fast) {
		sha256_end_bytes(&own, sum);
		return 0;
	}
	if (status == PSA_SUCCESS)
		status = psa_hash_finish(&operation, sum, HASH_SIZE, &length);
	return status == PSA_SUCCESS && length == HASH_SIZE ? 0 : -1;
}

void hash_hex(const unsigned char sum[static HASH_SIZE], char hex[static HASH_HEX])
{
	for (size_t i = 0; i < HASH_SIZE; i++) {
		hex[2 * i] = "0123456789abcdef"[sum[i] >> 4];
		hex[2 * i + 1] = "0123456789abcdef"[sum[i] & 15];
	}
	hex[2 * (size_t)HASH_SIZE] = '\0';
}

int hash_end(char hex[static HASH_HEX])
{
	unsigned char sum[HASH_SIZE];

	hex[0] = '\0';
	if (hash_end_bytes(sum) < 0)
		return -1;
	hash_hex(sum, hex);
	return 0;
}

bool hash_signed(const unsigned char point[static 65], const unsigned char rs[static 64],
		 const unsigned char sum[static HASH_SIZE])
{
	psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
	psa_key_id_t key;
	psa_status_t result;

	psa_set_key_type(&attributes, PSA_KEY_TYPE_ECC_PUBLIC_KEY(PSA_ECC_FAMILY_SECP_R1));
	psa_set_key_bits(&attributes, 256);
	psa_set_key_algorithm(&attributes, PSA_ALG_ECDSA(PSA_ALG_SHA_256));
	psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_VERIFY_HASH);
	if (psa_import_key(&attributes, point, 65, &key) != PSA_SUCCESS)
		return false;
	result = psa_verify_hash(key, PSA_ALG_ECDSA(PSA_ALG_SHA_256), sum, HASH_SIZE, rs, 64);
	psa_destroy_key(key);
	return result == PSA_SUCCESS;
}
