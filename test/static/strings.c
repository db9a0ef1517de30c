/* Beside libc's own of the same names. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "test/unit.h"

#pragma GCC diagnostic ignored "-Wmissing-prototypes"
#define strlen own_strlen
#define strnlen own_strnlen
#define strncmp own_strncmp
#define strcmp own_strcmp
#define memcmp own_memcmp
#define strchr own_strchr
#define memchr own_memchr
#define memrchr own_memrchr
#define strrchr own_strrchr
#define strspn own_strspn
#define strcspn own_strcspn
#define getenv own_getenv
#include "static/strings.c"
#undef strlen
#undef strnlen
#undef strncmp
#undef strcmp
#undef memcmp
#undef strchr
#undef memchr
#undef memrchr
#undef strrchr
#undef strspn
#undef strcspn
#undef getenv

static const char *const texts[] = {"", "a", "b", "ab", "aba", "abc", "\xff", "a\xff", "ba", "aaaa", "a=b"};
#define TEXTS (sizeof texts / sizeof texts[0])

static int sign(int n)
{
	return (n > 0) - (n < 0);
}

static void of_two_texts(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < TEXTS * TEXTS; i++) {
		const char *a = texts[i / TEXTS], *b = texts[i % TEXTS];
		size_t shorter = strlen(a) < strlen(b) ? strlen(a) : strlen(b);

		assert_int_equal(sign(own_strcmp(a, b)), sign(strcmp(a, b)));
		for (size_t n = 0; n < 6; n++)
			assert_int_equal(sign(own_strncmp(a, b, n)), sign(strncmp(a, b, n)));
		assert_int_equal(sign(own_memcmp(a, b, shorter)), sign(memcmp(a, b, shorter)));
		assert_int_equal(own_strspn(a, b), strspn(a, b));
		assert_int_equal(own_strcspn(a, b), strcspn(a, b));
	}
}

static void of_one_text(void **unused)
{
	static const char bytes[] = "", looked_for[] = {'a', 'b', '\0', '\xff', 'x'};

	(void)unused;
	for (size_t i = 0; i < TEXTS * sizeof looked_for; i++) {
		const char *a = texts[i / sizeof looked_for];
		int c = looked_for[i % sizeof looked_for];

		assert_ptr_equal(own_strchr(a, c), strchr(a, c));
		assert_ptr_equal(own_strrchr(a, c), strrchr(a, c));
		assert_ptr_equal(own_memchr(a, c, strlen(a)), memchr(a, c, strlen(a)));
		assert_ptr_equal(own_memrchr(a, c, strlen(a)), memrchr(a, c, strlen(a)));
		assert_int_equal(own_strlen(a), strlen(a));
		for (size_t n = 0; n < 6; n++)
			assert_int_equal(own_strnlen(a, n), strnlen(a, n));
	}
	assert_null(own_memchr(bytes, 0, 0));
	assert_null(own_memrchr(bytes, 0, 0));
}

static void of_the_environment(void **unused)
{
	(void)unused;
	assert_int_equal(setenv("STRINGS", "x=y", 1), 0);
	assert_string_equal(own_getenv("STRINGS"), "x=y");
	assert_null(own_getenv("STRING"));
	assert_null(own_getenv("STRINGS_"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_two_texts),
		cmocka_unit_test(of_one_text),
		cmocka_unit_test(of_the_environment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
