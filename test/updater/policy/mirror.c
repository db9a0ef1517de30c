#include "test/unit.h"
#include "updater/policy/mirror.h"

#include <string.h>

static void lists(void **state)
{
	static const struct {
		const char *list, *fault; /* NULL: none */
	} table[] = {
		{"https://m.example", NULL},
		{"https://m.example/a/ http://10.0.0.1:8080", NULL},
		{" https://a,https://b, https://c ,", NULL},
		{"https://proxy.example/https://github.com", NULL},
		{"https://a https://a https://a https://a https://a https://a https://a https://a", NULL},
		{"https://a https://a https://a https://a https://a https://a https://a https://a https://a",
		 "at most 8"},
		{"", "at least one"},
		{" , ", "at least one"},
		{"m.example", "https://"},
		{"https://a b", "https://"},
		{"https://", "https://"},
		{"https:///x", "https://"},
		{"https://:80", "https://"},
		{"file:///srv", "https://"},
		{"ftp://a", "https://"},
		{"https://u:p@a", "user name"},
		{"https://a?x", "'?'"},
		{"https://a\tb", "user name"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const char *fault = mirror_fault(table[i].list);
		print_message("%s\n", table[i].list);
		assert_int_equal(fault == NULL, table[i].fault == NULL);
		if (fault != NULL)
			assert_non_null(strstr(fault, table[i].fault));
	}
}

static void urls(void **state)
{
	static const char list[] = "https://a.example/gh/, http://10.0.0.1:8080 https://p.example/https://github.com";
	static const char url[] = "https://github.com/o/r/releases/download/v1/x%20y.tgz";
	char out[100];
	(void)state;
	assert_true(mirror_url(list, 0, url, out, sizeof(out)));
	assert_string_equal(out, "https://a.example/gh/o/r/releases/download/v1/x%20y.tgz");
	assert_true(mirror_url(list, 1, url, out, sizeof(out)));
	assert_string_equal(out, "http://10.0.0.1:8080/o/r/releases/download/v1/x%20y.tgz");
	assert_true(mirror_url(list, 2, url, out, sizeof(out)));
	assert_string_equal(out, "https://p.example/https://github.com/o/r/releases/download/v1/x%20y.tgz");
	assert_false(mirror_url(list, 3, url, out, sizeof(out)));
	assert_string_equal(out, "");
	assert_false(mirror_url("", 0, url, out, sizeof(out)));
	assert_false(mirror_url(list, 0, "file:///srv/x", out, sizeof(out)));
	assert_false(mirror_url(list, 0, "https://github.com", out, sizeof(out)));
	assert_false(mirror_url(list, 0, "https://github.com?x", out, sizeof(out)));
	assert_false(mirror_url(list, 0, url, out, 55)); /* one byte short */
	assert_true(mirror_url(list, 0, url, out, 56));
}

static void hosts(void **state)
{
	static const char *const table[][2] = {
		{"https://github.com", "github.com"},
		{"https://github.com:8443/x", "github.com:8443"},
		{"http://[::1]:80/x", "[::1]:80"},
		{"https://a?x", "a"},
		{"file:///srv", ""},
		{"", ""},
		{"https://a-host-that-is-too-long/", ""},
	};
	char out[20];
	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		mirror_host(table[i][0], out, sizeof(out));
		assert_string_equal(out, table[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists),
		cmocka_unit_test(urls),
		cmocka_unit_test(hosts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
