/* static/strings: libc's string functions in their shortest form.
 *
 * musl's look at eight bytes at a time, for the sake of long texts; PID 1 reads short ones. A program that links this
 * has these instead of libc's. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

size_t strlen(const char *s)
{
	const char *end = s;

	while (*end != '\0')
		end++;
	return (size_t)(end - s);
}

size_t strnlen(const char *s, size_t most)
{
	size_t n = 0;

	while (n < most && s[n] != '\0')
		n++;
	return n;
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n > 0 && *a == *b && *a != '\0'; n--, a++, b++)
		;
	return n == 0 ? 0 : *(const unsigned char *)a - *(const unsigned char *)b;
}

int strcmp(const char *a, const char *b)
{
	return strncmp(a, b, (size_t)-1);
}

int memcmp(const void *a, const void *b, size_t n)
{
	const unsigned char *left = a, *right = b;

	for (; n > 0 && *left == *right; n--, left++, right++)
		;
	return n == 0 ? 0 : *left - *right;
}

char *strchr(const char *s, int c)
{
	for (; *s != (char)c; s++) {
		if (*s == '\0')
			return NULL;
	}
	return (char *)s;
}

void *memchr(const void *bytes, int c, size_t n)
{
	for (const unsigned char *p = bytes; n > 0; n--, p++) {
		if (*p == (unsigned char)c)
			return (void *)p;
	}
	return NULL;
}

void *memrchr(const void *bytes, int c, size_t n)
{
	const unsigned char *p = bytes;

	while (n > 0) {
		if (p[--n] == (unsigned char)c)
			return (void *)(p + n);
	}
	return NULL;
}

char *strrchr(const char *s, int c)
{
	return memrchr(s, c, strlen(s) + 1);
}

size_t strspn(const char *s, const char *set)
{
	size_t n = 0;

	while (s[n] != '\0' && strchr(set, s[n]) != NULL)
		n++;
	return n;
}

size_t strcspn(const char *s, const char *set)
{
	size_t n = 0;

	while (strchr(set, s[n]) == NULL) /* the end is in every set */
		n++;
	return n;
}

char *getenv(const char *name)
{
	size_t n = strlen(name);

	for (char **variable = environ; *variable != NULL; variable++) {
		if (strncmp(*variable, name, n) == 0 && (*variable)[n] == '=')
			return *variable + n + 1;
	}
	return NULL;
}
