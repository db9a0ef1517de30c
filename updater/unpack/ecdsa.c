#include "updater/unpack/ecdsa.h"

#include <string.h>
#include "updater/base64.h"

#define DER_MAX 72	/* 2 + 2 * (2 + 1 + 32) */
#define BASE64_CHARS 96 /* of DER_MAX bytes */

/* What is left to read. */
struct bytes {
	const unsigned char *at;
	size_t n;
};

/* One INTEGER, to the right of 32 bytes. */
static int read_integer(struct bytes *b, unsigned char out[static 32])
{
	size_t n;

	if (b->n < 3 || b->at[0] != 0x02)
		return -1;
	n = b->at[1];
	b->at += 2;
	b->n -= 2;
	if (n == 0 || n > 33 || n > b->n || b->at[0] & 0x80) /* a negative one */
		return -1;
	if (b->at[0] == 0 && (n == 1 || !(b->at[1] & 0x80))) /* zero, or a zero that need not be there */
		return -1;
	if (n == 33 && b->at[0] != 0)
		return -1;
	memset(out, 0, 32);
	if (n == 33)
		memcpy(out, b->at + 1, 32);
	else
		memcpy(out + 32 - n, b->at, n);
	b->at += n;
	b->n -= n;
	return 0;
}

static int read_der(struct bytes b, unsigned char rs[static ECDSA_SIZE])
{
	if (b.n < 2 || b.n > DER_MAX || b.at[0] != 0x30 || b.at[1] != b.n - 2)
		return -1;
	b.at += 2;
	b.n -= 2;
	if (read_integer(&b, rs) < 0 || read_integer(&b, rs + 32) < 0)
		return -1;
	return b.n == 0 ? 0 : -1;
}

/* The characters of base64 without line ends; 0 when there are more than fit. */
static size_t join_lines(struct bytes b, char out[static BASE64_CHARS])
{
	size_t n = 0;

	for (size_t i = 0; i < b.n; i++) {
		if (b.at[i] == '\n' || b.at[i] == '\r')
			continue;
		if (n == BASE64_CHARS)
			return 0;
		out[n++] = (char)b.at[i];
	}
	return n;
}

const char *ecdsa_read(const unsigned char *bytes, size_t n, unsigned char rs[static ECDSA_SIZE])
{
	static const char wrong[] = "is no ECDSA P-256 signature, neither DER nor base64 of it";
	unsigned char der[DER_MAX];
	char text[BASE64_CHARS];
	struct bytes b = {bytes, n};
	ssize_t length;

	if (n == 0)
		return "is empty";
	if (bytes[0] == 0x30) /* a SEQUENCE; as base64 it would begin with an M */
		return read_der(b, rs) < 0 ? wrong : NULL;
	length = base64_decode(text, join_lines(b, text), der, sizeof der);
	if (length < 0)
		return wrong;
	return read_der((struct bytes){der, (size_t)length}, rs) < 0 ? wrong : NULL;
}
