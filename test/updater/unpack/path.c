#include "updater/unpack/path.h"

#include <string.h>
#include "test/unit.h"

static void clean(void **state)
{
	static const struct {
		const char *name, *clean; /* NULL: refused */
	} table[] = {
		{"a", "a"},
		{"a/b", "a/b"},
		{"./a//b/./c/", "a/b/c"},
		{".", ""},
		{"./", ""},
		{"././/", ""},
		{"...", "..."},
		{"..a/b..", "..a/b.."},
		{"a\nb", "a\nb"},
		{" ", " "},
		{"\xc3\xa4", "\xc3\xa4"},
		{"\xff", "\xff"},
		{"C:\\x", "C:\\x"},
		{"", NULL},
		{"/", NULL},
		{"/a", NULL},
		{"//a", NULL},
		{"..", NULL},
		{"../a", NULL},
		{"a/..", NULL},
		{"a/../b", NULL},
		{"a/./../b", NULL},
		{"./..", NULL},
		{"a/../", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		char out[PATH_TEXT];
		const char *why = path_clean(table[i].name, out);

		print_message("'%s'\n", table[i].name);
		assert_int_equal(why == NULL, table[i].clean != NULL);
		if (!why)
			assert_string_equal(out, table[i].clean);
	}
}

static void lengths(void **state)
{
	char name[2 * PATH_TEXT], out[PATH_TEXT];

	(void)state;
	memset(name, 'a', sizeof name);
	name[PATH_STEP] = '\0';
	assert_null(path_clean(name, out));
	name[PATH_STEP] = 'a';
	name[PATH_STEP + 1] = '\0';
	assert_non_null(path_clean(name, out));

	for (size_t i = 100; i < sizeof name; i += 101) /* steps of 100 bytes */
		name[i] = '/';
	name[PATH_STEP + 1] = 'a';
	name[PATH_TEXT - 1] = '\0';
	assert_null(path_clean(name, out));
	assert_int_equal(strlen(out), PATH_TEXT - 1);
	name[PATH_TEXT - 1] = 'a';
	name[PATH_TEXT] = '\0';
	assert_non_null(path_clean(name, out));

	for (size_t i = 0; i < 2 * PATH_DEPTH; i++)
		name[i] = i % 2 ? '/' : 'd';
	name[2 * PATH_DEPTH] = '\0';
	assert_null(path_clean(name, out));
	strcat(name, "d");
	assert_non_null(path_clean(name, out));
}

static void targets(void **state)
{
	static const struct {
		const char *at, *target;
		bool accepted, climbs;
	} table[] = {
		{"l", "a", true, false},
		{"l", "a/b/c", true, false},
		{"l", "l", true, false},
		{"l", ".", true, false},
		{"l", "./a/./b", true, false},
		{"a/l", "../b", true, true},
		{"a/l", "./../b", true, true},
		{"a/l", "..", true, true},
		{"a/b/l", "../c", true, false},
		{"a/b/l", "../../c", true, true},
		{"a/b/l", "..//..", true, true},
		{"a/l", "...", true, false},
		{"l", "", false, false},
		{"l", "/", false, false},
		{"l", "/etc/passwd", false, false},
		{"l", "..", false, false},
		{"l", "../x", false, false},
		{"a/l", "../..", false, false},
		{"a/l", "../../x", false, false},
		{"a/b/l", "../../../x", false, false},
		{"a/l", "./../../x", false, false},
		/* the step before ".." could be a link to elsewhere */
		{"l", "a/..", false, false},
		{"l", "a/../b", false, false},
		{"a/b/l", "../c/../d", false, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		bool climbs = false;
		const char *why = path_check_target(table[i].at, table[i].target, &climbs);

		print_message("%s -> %s\n", table[i].at, table[i].target);
		assert_int_equal(why == NULL, table[i].accepted);
		if (!why)
			assert_int_equal(climbs, table[i].climbs);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clean),
		cmocka_unit_test(lengths),
		cmocka_unit_test(targets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
