#include "svc/address.h"

#include <stdbool.h>
#include <string.h>

#define DIGITS 4  /* of one part, at most */
#define NO_GAP 17 /* "::" was not there */

/* One part: digits of a base. False when there is none. A fifth digit is left to be what does not belong there. */
static bool read_part(const char **at, unsigned base, unsigned *out)
{
	const char *from = *at;

	for (*out = 0; *at < from + DIGITS; (*at)++) {
		unsigned c = (unsigned char)**at, digit = c - '0';

		if (digit > 9)
			digit = (c | 0x20) - 'a' < 6 ? (c | 0x20) - 'a' + 10 : base;
		if (digit >= base)
			break;
		*out = *out * base + digit;
	}
	return *at > from;
}

const char *address_v4(const char *text, struct in_addr *out)
{
	uint8_t *bytes = (uint8_t *)out;

	for (unsigned i = 0; i < 4; i++) {
		const char *part = text;
		unsigned value;

		/* 010 is ten to some, and eight to others. */
		if (!read_part(&text, 10, &value) || value > 255 || (*part == '0' && text > part + 1))
			return NULL;
		bytes[i] = (uint8_t)value;
		if (i < 3 && *text++ != '.')
			return NULL;
	}
	return text;
}

const char *address_v6(const char *text, struct in6_addr *out)
{
	uint8_t *bytes = out->s6_addr;
	size_t n = 0, gap = NO_GAP, behind;

	if (*text == ':' && *++text != ':')
		return NULL;
	for (;;) {
		const char *part;
		unsigned value;

		if (*text == ':' && gap == NO_GAP) { /* the second of two */
			text++;
			gap = n;
		}
		part = text;
		if (!read_part(&text, 16, &value)) {
			if (gap != n)
				return NULL;
			break;
		}
		if (n == sizeof *out)
			return NULL;
		if (*text == '.') {
			if (n > 12 || (text = address_v4(part, (struct in_addr *)(bytes + n))) == NULL)
				return NULL;
			n += 4;
			break;
		}
		bytes[n++] = (uint8_t)(value >> 8);
		bytes[n++] = (uint8_t)value;
		if (*text != ':')
			break;
		text++;
	}
	if ((n == sizeof *out) != (gap == NO_GAP))
		return NULL;
	if (gap == NO_GAP)
		return text;
	behind = n - gap;
	memmove(bytes + sizeof *out - behind, bytes + gap, behind);
	memset(bytes + gap, 0, sizeof *out - n);
	return text;
}
