#include "updater/base64.h"

#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Its six bits, -1 for anything else. */
static int value_of(char c)
{
	const char *at = c != '\0' ? strchr(alphabet, c) : NULL;
	return at != NULL ? (int)(at - alphabet) : -1;
}

ssize_t base64_decode(const char *text, size_t n, unsigned char *out, size_t size)
{
	if (n == 0 || n % 4 != 0)
		return -1;
	size_t padding = text[n - 1] != '=' ? 0 : text[n - 2] != '=' ? 1 : 2;
	size_t length = n / 4 * 3 - padding;
	if (length > size)
		return -1;
	unsigned bits = 0;
	size_t at = 0;
	for (size_t i = 0; i < n - padding; i++) {
		int value = value_of(text[i]);
		if (value == -1)
			return -1;
		bits = bits << 6 | (unsigned)value;
		if (i % 4 > 0) /* the second, third and fourth character each complete a byte */
			out[at++] = (unsigned char)(bits >> (6 - 2 * (i % 4)));
	}
	/* After one or two padding characters two or four bits of the last character belong to no byte. */
	return padding > 0 && (bits & ((1u << 2 * padding) - 1)) != 0 ? -1 : (ssize_t)length;
}

void base64_encode(const unsigned char *bytes, size_t n, char *out)
{
	for (size_t i = 0; i < n; i += 3) {
		unsigned bits = (unsigned)bytes[i] << 16 | (i + 1 < n ? (unsigned)bytes[i + 1] << 8 : 0) |
				(i + 2 < n ? bytes[i + 2] : 0u);
		*out++ = alphabet[bits >> 18 & 63];
		*out++ = alphabet[bits >> 12 & 63];
		*out++ = i + 1 < n ? alphabet[bits >> 6 & 63] : '=';
		*out++ = i + 2 < n ? alphabet[bits & 63] : '=';
	}
	*out = '\0';
}
