#include "updater/fetch/listing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "lib/text.h"
#include "test/unit.h"

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"

static char story[4096]; /* what was told: "v1: a b; v2: c;" */

static const char *told(void *context, const struct release *r, const struct asset *a)
{
	struct text *t = context;

	if (!a) {
		text_addf(t, "%s%s:", t->len ? "; " : "", r->tag);
		return NULL;
	}
	text_addf(t, " %s=%c", a->name, a->digest[7]);
	assert_int_equal(strlen(a->digest), 7 + 64);
	assert_string_equal(a->state, "uploaded");
	assert_false(a->sized);
	assert_false(r->draft || r->prerelease);
	return NULL;
}

static const char *read_n(const char *text, size_t n, const char *only)
{
	char *copy = malloc(n + 1); /* of its very size, for the sanitizer */
	const char *refused;
	struct text t;

	assert_non_null(copy);
	memcpy(copy, text, n);
	copy[n] = '\0';
	text_begin(&t, story, sizeof story);
	refused = listing_read(copy, n, only, told, &t);
	free(copy);
	return refused;
}

static void takes(void **state)
{
	static const char *const table[][2] = {
		{"", ""},
		{A "  v1/a.tgz\n", "v1: a.tgz=a"},
		{A "  v1/a\n" B "  v2/b\n" A "  v1/c\n", "v1: a=a c=a; v2: b=b"},
		{A " *v1/a\n", "v1: a=a"},
		{A "  ./v1/a\r\n\n# made by hand\n\r\n", "v1: a=a"},
		{A "  README\n" A "  v1/sub/a\n" A "  /etc/passwd\n" A "  v1/\n" A "  ../a\n" A "  v1/..\n" A
		   "  v1/a b\n",
		 ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		print_message("%s", table[i][0]);
		assert_null(read_n(table[i][0], strlen(table[i][0]), NULL));
		assert_string_equal(story, table[i][1]);
	}
	assert_null(read_n(table[2][0], strlen(table[2][0]), "v2"));
	assert_string_equal(story, "v2: b=b");
	assert_null(read_n(table[2][0], strlen(table[2][0]), "v3"));
	assert_string_equal(story, "");
}

static void refuses(void **state)
{
	static const char *const table[][2] = {
		{A "  v1/a", "middle of a line"},
		{A "  v1/a\n" A "  v1/a", "middle of a line"},
		{A "  v1/a\n" A "  v1/a\n", "a name twice"},
		{"aa  v1/a\n", "no checksum"},
		{A "a  v1/a\n", "no checksum"},
		{A " v1/a\n", "no checksum"},
		{A "  \n", "no checksum"},
		{A " \n", "no checksum"},
		{A "\n", "no checksum"},
		{"\\" A "  v1/a\n", "no checksum"},
		{"<html>\n", "no checksum"},
		{"SHA256 (v1/a) = " A "\n", "no checksum"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		const char *refused = read_n(table[i][0], strlen(table[i][0]), NULL);

		print_message("%s", table[i][0]);
		assert_non_null(refused);
		assert_non_null(strstr(refused, table[i][1]));
	}
	assert_string_equal(read_n(A "  v1/a\0b\n", 64 + 10, NULL), "holds a NUL");
}

static void is_limited(void **state)
{
	char *text = malloc(2 << 20);
	size_t n = 0;

	(void)state;
	for (int i = 0; i < 100; i++)
		n += (size_t)sprintf(text + n, A "  v%d/a\n", i);
	assert_null(read_n(text, n, NULL));
	n += (size_t)sprintf(text + n, A "  v100/a\n");
	assert_non_null(strstr(read_n(text, n, NULL), "more than 100 releases"));
	assert_null(read_n(text, n, "v100"));
	n = 0;
	for (int i = 0; i <= 1000; i++)
		n += (size_t)sprintf(text + n, A "  v1/%d\n", i);
	assert_non_null(strstr(read_n(text, n, NULL), "more than 1000 files"));
	n = 0;
	for (int i = 0; i <= 16384; i++)
		n += (size_t)sprintf(text + n, A "  v%d/a\n", i);
	assert_non_null(strstr(read_n(text, n, NULL), "more than 16384 files"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes),
		cmocka_unit_test(refuses),
		cmocka_unit_test(is_limited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
