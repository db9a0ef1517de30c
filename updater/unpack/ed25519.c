#include "updater/unpack/ed25519.h"

/* Without sodium_init(): random numbers, guarded memory and the choice among several implementations, which is what it
 * sets up, are not what a verifier needs, and would more than double what of this library is in the program. */
#include <sodium.h>

static crypto_generichash_blake2b_state state;

bool ed25519_signed(const unsigned char key[static ED25519_KEY],
		    const unsigned char signature[static ED25519_SIGNATURE], const void *bytes, size_t n)
{
	return crypto_sign_ed25519_verify_detached(signature, bytes, n, key) == 0;
}

void blake2b_begin(void)
{
	crypto_generichash_blake2b_init(&state, NULL, 0, BLAKE2B_SIZE);
}

void blake2b_add(const void *bytes, size_t n)
{
	crypto_generichash_blake2b_update(&state, bytes, n);
}

void blake2b_end(unsigned char out[static BLAKE2B_SIZE])
{
	crypto_generichash_blake2b_final(&state, out, BLAKE2B_SIZE);
}
