#include "svc/address.h"

#include <arpa/inet.h>
#include <string.h>
#include "test/unit.h"

static const char *const rows[] = {
	"0.0.0.0",
	"127.0.0.1",
	"255.255.255.255",
	"256.0.0.1",
	"1.2.3",
	"1.2.3.",
	".1.2.3",
	"1..2.3",
	"1.2.3.4.",
	"",
	"01.2.3.4",
	"1.2.3.04",
	"00.0.0.0",
	"1.2.3.0",
	"1000.2.3.4",
	"99999.2.3.4",
	"a.b.c.d",
	"1.2.3.a",
	"-1.2.3.4",
	" 1.2.3.4",
	"@.2.3.4",
	"::",
	"::1",
	"1::",
	"1:2:3:4:5:6:7:8",
	"1:2:3:4:5:6:7",
	"1:2:3:4:5:6:7:8:9",
	"1:2:3:4:5:6:7:",
	":2:3:4:5:6:7:8",
	":",
	":::",
	":::1",
	"1:::2",
	"1::2::3",
	"::1::",
	"1::8",
	"1:2:3::7:8",
	"1:2:3:4:5:6::",
	"::3:4:5:6:7:8",
	"1:2:3:4::5:6:7:8",
	"::1:2:3:4:5:6:7:8",
	"1:2:3:4:5:6:7:8::",
	"fe80::FFff",
	"abcd:ef01:2345:6789:ABCD:EF01:2345:6789",
	"g::",
	"::g",
	"@::",
	"`::",
	"::@",
	"12345::",
	"::12345",
	"::00001",
	"0001::1",
	"::ffff:1.2.3.4",
	"::1.2.3.4",
	"1:2:3:4:5:6:1.2.3.4",
	"1:2:3:4:5:6:7:1.2.3.4",
	"1:2:3:4:5:1.2.3.4",
	"1.2.3.4::",
	"::1.2.3.4:5",
	"::1.2.3",
	"::01.2.3.4",
	"::256.1.1.1",
	"1:2:3:4:5::1.2.3.4",
	"fe80::1%lo",
	"::1 ",
};

/* Whole ones only: libc takes no other. */
static void as_libc_reads_them(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct in_addr a4 = {0}, b4 = {0};
		struct in6_addr a6 = {0}, b6 = {0};
		const char *end4 = address_v4(rows[i], &a4), *end6 = address_v6(rows[i], &a6);
		int is4 = end4 != NULL && *end4 == '\0', is6 = end6 != NULL && *end6 == '\0';

		if (is4 != inet_pton(AF_INET, rows[i], &b4) || (is4 && memcmp(&a4, &b4, sizeof a4) != 0))
			fail_msg("IPv4: '%s'", rows[i]);
		if (is6 != inet_pton(AF_INET6, rows[i], &b6) || (is6 && memcmp(&a6, &b6, sizeof a6) != 0))
			fail_msg("IPv6: '%s'", rows[i]);
	}
}

static void say_what_is_behind(void **unused)
{
	struct in_addr v4;
	struct in6_addr v6;

	(void)unused;
	assert_string_equal(address_v4("1.2.3.4:80", &v4), ":80");
	assert_string_equal(address_v6("::1]:80", &v6), "]:80");
	assert_string_equal(address_v6("::]:80", &v6), "]:80");
	assert_string_equal(address_v6("::ffff:1.2.3.4]:80", &v6), "]:80");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_libc_reads_them),
		cmocka_unit_test(say_what_is_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
