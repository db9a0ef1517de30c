#include "updater/fetch/redirect.h"

#include "test/unit.h"

static void next(void **state)
{
	static const struct {
		const char *from, *location;
		bool allow_http;
		const char *to; /* NULL: refused */
	} table[] = {
		/* what forges do */
		{"https://github.com/o/r/releases/latest", "https://github.com/o/r/releases/tag/v1", false,
		 "https://github.com/o/r/releases/tag/v1"},
		{"https://github.com/o/r/x.tgz", "https://storage.example/y?sig=z", false,
		 "https://storage.example/y?sig=z"},
		{"https://github.com/o/r/x.tgz", "/other", false, "https://github.com/other"},
		{"https://github.com:8443/o", "/other", false, "https://github.com:8443/other"},
		{"https://github.com/o", "//storage.example/y", false, "https://storage.example/y"},
		{"https://github.com?q", "/other", false, "https://github.com/other"},
		{"http://127.0.0.1:1/a", "http://127.0.0.1:2/b", false, "http://127.0.0.1:2/b"},
		{"http://127.0.0.1:1/a", "https://github.com/b", false, "https://github.com/b"},
		{"https://localhost:1/a", "https://127.0.0.1:2/b", false, "https://127.0.0.1:2/b"},
		{"http://ghe.example/a", "http://files.ghe.example/b", true, "http://files.ghe.example/b"},
		{"http://ghe.example/a", "https://files.ghe.example/b", true, "https://files.ghe.example/b"},
		/* leaving https */
		{"https://github.com/a", "http://github.com/a", false, NULL},
		{"https://github.com/a", "http://github.com/a", true, NULL},
		{"https://localhost/a", "http://localhost/a", false, NULL},
		{"http://127.0.0.1:1/a", "http://ghe.example/b", false, NULL},
		/* other schemes, user names, no URL */
		{"https://github.com/a", "file:///etc/passwd", false, NULL},
		{"https://github.com/a", "ftp://github.com/", false, NULL},
		{"https://github.com/a", "https://user@github.com/", false, NULL},
		{"https://github.com/a", "relative", false, NULL},
		{"https://github.com/a", "", false, NULL},
		{"https://github.com/a", "https://", false, NULL},
		{"https://github.com/a", "//user@evil.example/", false, NULL},
		{"https://github.com/a", "/\\evil.example", false, NULL},
		/* this machine and its link */
		{"https://github.com/a", "https://127.0.0.1/", false, NULL},
		{"https://github.com/a", "https://localhost/", false, NULL},
		{"https://github.com/a", "https://x.localhost/", false, NULL},
		{"https://github.com/a", "https://169.254.169.254/", false, NULL},
		{"https://github.com/a", "https://[::1]/", false, NULL},
		{"https://github.com/a", "https://[::ffff:127.0.0.1]/", false, NULL},
		{"https://github.com/a", "https://[fe80::1]/", false, NULL},
		{"https://github.com/a", "https://127.1/", false, NULL},
		{"https://github.com/a", "https://0.0.0.0/", false, NULL},
		{"https://127.0.0.1/a", "https://169.254.169.254/", false, NULL},
		{"https://127.0.0.1/a", "https://0.0.0.0/", false, NULL},
		{"https://169.254.1.1/a", "https://169.254.1.2/", false, NULL},
		{"https://169.254.1.1/a", "https://169.254.1.1:444/", false, "https://169.254.1.1:444/"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct url from, to;
		const char *why;

		print_message("%s -> %s\n", table[i].from, table[i].location);
		assert_null(url_read(table[i].from, &from));
		why = redirect_next(&from, table[i].location, table[i].allow_http, &to);
		assert_int_equal(why == NULL, table[i].to != NULL);
		if (!why)
			assert_string_equal(to.text, table[i].to);
	}
}

static void start(void **state)
{
	static const struct {
		const char *text;
		bool allow_http, accepted;
	} table[] = {
		{"https://github.com/", false, true},  {"http://github.com/", false, false},
		{"http://github.com/", true, true},    {"http://localhost:80/", false, true},
		{"http://[::1]/", false, true},	       {"http://127.9.9.9/", false, true},
		{"http://a.localhost/", false, false}, {"http://169.254.1.1/", false, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct url u;

		assert_null(url_read(table[i].text, &u));
		assert_int_equal(redirect_start(&u, table[i].allow_http) == NULL, table[i].accepted);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(next),
		cmocka_unit_test(start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
