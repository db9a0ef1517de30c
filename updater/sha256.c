#include "updater/sha256.h"

#include <string.h>
#include "lib/io.h"

#if defined(__x86_64__) && !defined(SHA256_PLAIN)
#include <cpuid.h>
#include <immintrin.h>
#endif

static const uint32_t k[64] __attribute__((aligned(16))) = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotate(uint32_t x, int n)
{
	return x >> n | x << (32 - n);
}

static void mix(uint32_t state[8], const unsigned char block[64])
{
	uint32_t w[64];
	uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
	uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
	for (size_t i = 0; i < 16; i++)
		w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
		       (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
	for (size_t i = 16; i < 64; i++) {
		uint32_t s0 = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ w[i - 15] >> 3;
		uint32_t s1 = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ w[i - 2] >> 10;
		w[i] = w[i - 16] + s0 + w[i - 7] + s1;
	}
	for (size_t i = 0; i < 64; i++) {
		uint32_t s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
		uint32_t t1 = h + s1 + ((e & f) ^ (~e & g)) + k[i] + w[i];
		uint32_t s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
		uint32_t t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
		h = g, g = f, f = e, e = d + t1;
		d = c, c = b, b = a, a = t1 + t2;
	}
	const uint32_t turn[8] = {a, b, c, d, e, f, g, h};
	for (size_t i = 0; i < 8; i++)
		state[i] += turn[i];
}

static void mix_all(uint32_t state[8], const unsigned char *blocks, size_t count)
{
	for (; count > 0; count--, blocks += 64)
		mix(state, blocks);
}

#if defined(__x86_64__) && !defined(SHA256_PLAIN)

bool sha256_is_fast(void)
{
	unsigned a, b, c, d;
	if (!__get_cpuid(1, &a, &b, &c, &d) || (c & bit_SSSE3) == 0 || (c & bit_SSE4_1) == 0)
		return false;
	return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_SHA) != 0;
}

/* Two registers hold the state, from the highest lane down: a b e f, and c d g h. Four rounds at a time take four words
 * of the schedule, of which the last sixteen are at hand. */
__attribute__((target("sha,sse4.1,ssse3"))) static void mix_fast(uint32_t state[8], const unsigned char *at,
								 size_t count)
{
	const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
	__m128i low = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)state), 0xb1);
	__m128i high = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(state + 4)), 0x1b);
	__m128i abef = _mm_alignr_epi8(low, high, 8), cdgh = _mm_blend_epi16(high, low, 0xf0);
	for (; count > 0; count--, at += 64) {
		const __m128i abef_before = abef, cdgh_before = cdgh;
		__m128i w[4];
#pragma GCC unroll 16
		for (size_t i = 0; i < 16; i++) {
			__m128i *now = &w[i % 4], sum;
			if (i < 4) {
				*now = _mm_loadu_si128((const __m128i *)(at + 16 * i));
				*now = _mm_shuffle_epi8(*now, big_endian);
			} else {
				sum = _mm_alignr_epi8(w[(i + 3) % 4], w[(i + 2) % 4], 4);
				*now = _mm_add_epi32(_mm_sha256msg1_epu32(*now, w[(i + 1) % 4]), sum);
				*now = _mm_sha256msg2_epu32(*now, w[(i + 3) % 4]);
			}
			sum = _mm_add_epi32(*now, _mm_load_si128((const __m128i *)(k + 4 * i)));
			cdgh = _mm_sha256rnds2_epu32(cdgh, abef, sum);
			abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(sum, 0x0e));
		}
		abef = _mm_add_epi32(abef, abef_before);
		cdgh = _mm_add_epi32(cdgh, cdgh_before);
	}
	low = _mm_shuffle_epi32(abef, 0x1b);
	high = _mm_shuffle_epi32(cdgh, 0xb1);
	_mm_storeu_si128((__m128i *)state, _mm_blend_epi16(low, high, 0xf0));
	_mm_storeu_si128((__m128i *)(state + 4), _mm_alignr_epi8(high, low, 8));
}

#else

bool sha256_is_fast(void)
{
	return false;
}

#define mix_fast mix_all

#endif

static void mix_blocks(uint32_t state[8], const unsigned char *blocks, size_t count)
{
	static int fast = -1;
	if (fast == -1)
		fast = sha256_is_fast();
	if (fast)
		mix_fast(state, blocks, count);
	else
		mix_all(state, blocks, count);
}

void sha256_begin(struct sha256 *s)
{
	static const uint32_t first[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
					  0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
	memcpy(s->state, first, sizeof(first));
	s->length = 0;
}

void sha256_add(struct sha256 *s, const void *bytes, size_t n)
{
	const unsigned char *at = bytes;
	size_t used = s->length % 64;
	if (n == 0)
		return;
	s->length += n;
	if (used > 0) {
		size_t take = 64 - used < n ? 64 - used : n;
		memcpy(s->block + used, at, take);
		at += take;
		n -= take;
		if (used + take < 64)
			return;
		mix_blocks(s->state, s->block, 1);
	}
	mix_blocks(s->state, at, n / 64);
	memcpy(s->block, at + n / 64 * 64, n % 64);
}

static void pad(struct sha256 *s)
{
	static const unsigned char padding[64] = {0x80};
	unsigned char bits[8];
	for (size_t i = 0; i < 8; i++)
		bits[i] = (unsigned char)(s->length * 8 >> (56 - 8 * i));
	size_t used = s->length % 64;
	sha256_add(s, padding, used < 56 ? 56 - used : 120 - used);
	sha256_add(s, bits, 8);
}

void sha256_end_bytes(struct sha256 *s, unsigned char sum[static 32])
{
	pad(s);
	for (size_t i = 0; i < 32; i++)
		sum[i] = (unsigned char)(s->state[i / 4] >> (24 - 8 * (i % 4)));
}

void sha256_end(struct sha256 *s, char hex[65])
{
	static const char digits[] = "0123456789abcdef";
	pad(s);
	for (size_t i = 0; i < 64; i++)
		hex[i] = digits[s->state[i / 8] >> (28 - 4 * (i % 8)) & 15];
	hex[64] = '\0';
}

int sha256_of(int fd, char hex[65])
{
	struct sha256 s;
	unsigned char buf[16384];
	ssize_t n;
	sha256_begin(&s);
	while ((n = io_read(fd, buf, sizeof(buf))) > 0)
		sha256_add(&s, buf, (size_t)n);
	if (n == -1)
		return -1;
	sha256_end(&s, hex);
	return 0;
}
