#include "updater/fetch/peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include "test/unit.h"

static struct sockaddr_storage address(const char *text)
{
	struct sockaddr_storage s = {0};
	struct sockaddr_in *v4 = (void *)&s;
	struct sockaddr_in6 *v6 = (void *)&s;

	s.ss_family = strchr(text, ':') ? AF_INET6 : AF_INET;
	assert_int_equal(
		inet_pton(s.ss_family, text, s.ss_family == AF_INET ? (void *)&v4->sin_addr : (void *)&v6->sin6_addr),
		1);
	return s;
}

static void kinds(void **state)
{
	static const struct {
		const char *text;
		bool local, loopback;
	} table[] = {
		{"127.0.0.1", true, true},
		{"127.255.0.9", true, true},
		{"::1", true, true},
		{"0.0.0.0", true, false},
		{"0.1.2.3", true, false},
		{"169.254.169.254", true, false},
		{"169.254.0.1", true, false},
		{"100.100.100.200", true, false},
		{"::", true, false},
		{"fe80::1", true, false},
		{"febf::1", true, false},
		{"fd00:ec2::254", true, false},
		{"::ffff:127.0.0.1", true, false},
		{"::ffff:169.254.169.254", true, false},
		{"::127.0.0.1", true, false},
		{"64:ff9b::169.254.169.254", true, false},
		{"64:ff9b::7f00:1", true, false},
		/* what a company calls its own is no secret of this machine */
		{"10.0.0.1", false, false},
		{"192.168.1.1", false, false},
		{"172.17.0.2", false, false},
		{"100.100.100.201", false, false},
		{"fd00:ec2::253", false, false},
		{"fd12::1", false, false},
		{"140.82.121.4", false, false},
		{"169.253.255.255", false, false},
		{"169.255.0.0", false, false},
		{"128.0.0.1", false, false},
		{"2606:50c0::1", false, false},
		{"fec0::1", false, false},
		{"::ffff:140.82.121.4", false, false},
		{"64:ff9b::140.82.121.4", false, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct sockaddr_storage s = address(table[i].text);

		print_message("%s\n", table[i].text);
		assert_int_equal(peer_is_local((const struct sockaddr *)&s), table[i].local);
		assert_int_equal(peer_is_loopback((const struct sockaddr *)&s), table[i].loopback);
	}
}

static void no_address(void **state)
{
	struct sockaddr s = {.sa_family = AF_UNIX};

	(void)state;
	assert_true(peer_is_local(&s));
	assert_false(peer_is_loopback(&s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds),
		cmocka_unit_test(no_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
