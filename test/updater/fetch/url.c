#include "updater/fetch/url.h"

#include <string.h>
#include "test/unit.h"

static void accepted(void **state)
{
	static const struct {
		const char *text, *host;
		unsigned port;
		bool https, loopback, local;
		const char *path;
	} table[] = {
		{"https://github.com", "github.com", 443, true, false, false, ""},
		{"HTTPS://GitHub.COM/O/R", "github.com", 443, true, false, false, "/O/R"},
		{"http://127.0.0.1:8080/x?y", "127.0.0.1", 8080, false, true, true, "/x?y"},
		{"https://localhost?a=b", "localhost", 443, true, true, true, "?a=b"},
		{"https://[::1]:8443/", "::1", 8443, true, true, true, "/"},
		{"https://[2001:db8::1]/", "2001:db8::1", 443, true, false, false, "/"},
		{"https://[fe80::1]/", "fe80::1", 443, true, false, true, "/"},
		{"https://[::ffff:127.0.0.1]/", "::ffff:127.0.0.1", 443, true, false, true, "/"},
		{"https://169.254.169.254/latest", "169.254.169.254", 443, true, false, true, "/latest"},
		{"https://0.0.0.0/", "0.0.0.0", 443, true, false, true, "/"},
		{"https://a.localhost/", "a.localhost", 443, true, false, true, "/"},
		{"https://127.example.com/", "127.example.com", 443, true, false, false, "/"},
		{"https://10.0.0.1:65535", "10.0.0.1", 65535, true, false, false, ""},
		{"https://x/a#b", "x", 443, true, false, false, "/a#b"},
		{"https://x/a@b:c", "x", 443, true, false, false, "/a@b:c"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct url u;

		print_message("%s\n", table[i].text);
		assert_null(url_read(table[i].text, &u));
		assert_string_equal(u.host, table[i].host);
		assert_int_equal(u.port, table[i].port);
		assert_int_equal(u.https, table[i].https);
		assert_int_equal(url_is_loopback(&u), table[i].loopback);
		assert_int_equal(url_is_local(&u), table[i].local);
		assert_string_equal(u.text + u.path, table[i].path);
	}
}

static void refused(void **state)
{
	static const char *const table[] = {
		"",
		"github.com",
		"/O/R",
		"ftp://github.com/",
		"file:///etc/passwd",
		"https:/github.com/",
		"https://",
		"https:///path",
		"https://:443/",
		"https://user@github.com/",
		"https://user:secret@github.com/",
		"https://github.com@evil.example/",
		"https://github.com:0/",
		"https://github.com:65536/",
		"https://github.com:/",
		"https://github.com:44x/",
		"https://github.com:443:443/",
		"https://git hub.com/",
		"https://github.com/a b",
		"https://github.com\\@evil.example/",
		"https://github.com/\x01",
		"https://github.com/\xc3\xa4",
		"https://g\xc3\xa4th\xc3\xbc\x62.com/",
		"https://.github.com/",
		"https://-github.com/",
		"https://github..com/",
		"https://github%2ecom/",
		"https://127.1/",
		"https://2130706433/",
		"https://0x7f000001/",
		"https://0x7f.1/",
		"https://0177.0.0.1/",
		"https://127.0.0.256/",
		"https://1.2.3.4.5/",
		"https://[::1/",
		"https://[::1]x/",
		"https://[]/",
		"https://[12]/",
		"https://[fe80::1%25eth0]/",
		"https://[::1]:/",
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct url u;

		print_message("%s\n", table[i]);
		assert_non_null(url_read(table[i], &u));
	}
}

static void lengths(void **state)
{
	char text[URL_MAX + 8] = "https://h/";
	struct url u;

	(void)state;
	memset(text + 10, 'a', URL_MAX - 11);
	assert_null(url_read(text, &u));
	text[URL_MAX - 1] = 'a';
	assert_non_null(url_read(text, &u));
	memset(text + 8, 'a', URL_HOST);
	text[8 + URL_HOST] = '\0';
	assert_non_null(url_read(text, &u));
}

static void origins(void **state)
{
	static const struct {
		const char *a, *b;
		bool same;
	} table[] = {
		{"https://a/x", "https://a/y", true},
		{"https://A/", "https://a", true},
		{"https://a:443/", "https://a/", true},
		{"https://a/", "http://a/", false},
		{"https://a/", "https://a:444/", false},
		{"https://a/", "https://b.a/", false},
		{"https://a/", "https://a.evil.example/", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct url a, b;

		assert_null(url_read(table[i].a, &a));
		assert_null(url_read(table[i].b, &b));
		assert_int_equal(url_same_origin(&a, &b), table[i].same);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepted),
		cmocka_unit_test(refused),
		cmocka_unit_test(lengths),
		cmocka_unit_test(origins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
