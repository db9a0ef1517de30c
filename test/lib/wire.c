#include "lib/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include "test/unit.h"

static int ends[2];

static int open_pair(void **state)
{
	(void)state;
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends);
}

static int close_pair(void **state)
{
	(void)state;
	close(ends[0]);
	close(ends[1]);
	return 0;
}

static void carries_keys_and_values(void **state)
{
	struct wire w, r;
	char value[16];
	uint64_t n = 0;

	(void)state;
	wire_begin(&w);
	wire_put(&w, "name", "a=b");
	wire_put(&w, "evil", "x\nname=y\x7f");
	wire_put_number(&w, "pid", -1);
	wire_putf(&w, "for", "%d", 12);
	assert_int_equal(wire_send(ends[0], &w), 0);
	assert_int_equal(wire_recv(ends[1], &r), 1);
	assert_int_equal(wire_get(&r, "name", value, sizeof value), 3);
	assert_string_equal(value, "a=b");
	assert_int_equal(wire_get(&r, "evil", value, sizeof value), 9);
	assert_string_equal(value, "x?name=y?");
	assert_int_equal(wire_get_number(&r, "for", 0, 100, &n), 0);
	assert_int_equal(n, 12);
	assert_int_equal(wire_get_number(&r, "for", 0, 11, &n), -1);
	assert_int_equal(wire_get_number(&r, "pid", 0, 100, &n), -1);
	assert_int_equal(wire_get(&r, "nam", value, sizeof value), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(wire_get(&r, "name", value, 3), -1);
	assert_int_equal(errno, EMSGSIZE);
}

static void classifies_the_last_packet(void **state)
{
	struct wire r;
	const char *code = NULL, *text = NULL;

	(void)state;
	assert_int_equal(wire_say(ends[0], "ok"), 0);
	assert_int_equal(wire_recv(ends[1], &r), 1);
	assert_int_equal(wire_classify(&r, &code, &text), WIRE_OK);
	assert_int_equal(wire_say(ends[0], "err denied you are not %s", "root"), 0);
	assert_int_equal(wire_recv(ends[1], &r), 1);
	assert_int_equal(wire_classify(&r, &code, &text), WIRE_ERR);
	assert_string_equal(code, "denied");
	assert_string_equal(text, "you are not root");
	assert_int_equal(wire_say(ends[0], "err x"), 0);
	assert_int_equal(wire_recv(ends[1], &r), 1);
	assert_int_equal(wire_classify(&r, &code, &text), WIRE_ERR);
	assert_string_equal(text, "");
	assert_int_equal(wire_say(ends[0], "okay=1\n"), 0);
	assert_int_equal(wire_recv(ends[1], &r), 1);
	assert_int_equal(wire_classify(&r, &code, &text), WIRE_DATA);
}

static void refuses_what_is_too_long(void **state)
{
	static char big[WIRE_MAX + 2];
	struct wire w;

	(void)state;
	memset(big, 'a', sizeof big);
	wire_begin(&w);
	big[WIRE_MAX - 3] = '\0'; /* "k=" and the newline make it one too long */
	wire_put(&w, "k", big + 0);
	wire_put(&w, "k", "");
	assert_int_equal(wire_send(ends[0], &w), -1);
	assert_int_equal(errno, EMSGSIZE);

	memset(big, 'a', sizeof big);
	assert_int_equal(send(ends[0], big, WIRE_MAX + 1, 0), WIRE_MAX + 1);
	assert_int_equal(wire_recv(ends[1], &w), -1);
	assert_int_equal(errno, EMSGSIZE);
	assert_int_equal(send(ends[0], big, WIRE_MAX, 0), WIRE_MAX);
	assert_int_equal(wire_recv(ends[1], &w), 1);
	assert_int_equal(w.text.len, WIRE_MAX);
	assert_int_equal(send(ends[0], "a\0b", 3, 0), 3);
	assert_int_equal(wire_recv(ends[1], &w), -1);
	assert_int_equal(errno, EBADMSG);
}

static void says_when_nobody_is_there(void **state)
{
	struct wire w;

	(void)state;
	assert_int_equal(wire_recv(ends[1], &w), -1);
	assert_int_equal(errno, EAGAIN);
	close(ends[0]);
	assert_int_equal(wire_recv(ends[1], &w), 0);
	assert_int_equal(wire_say(ends[1], "ok"), -1);
	assert_int_equal(errno, EPIPE);
	ends[0] = dup(ends[1]);
}

static void refuses_a_client_that_has_asked(void **state)
{
	struct wire r;
	const char *code = NULL, *text = NULL;

	(void)state;
	assert_int_equal(wire_say(ends[0], "status"), 0);
	wire_refuse(ends[1], "err full there are %d", 32);
	assert_int_equal(wire_say(ends[0], "status"), -1);
	assert_int_equal(errno, EPIPE);
	assert_int_equal(wire_recv(ends[0], &r), 1); /* and not ECONNRESET */
	assert_int_equal(wire_classify(&r, &code, &text), WIRE_ERR);
	assert_string_equal(text, "there are 32");
	assert_int_equal(wire_recv(ends[0], &r), 0);
	ends[1] = dup(ends[0]);
}

static void listens_and_connects(void **state)
{
	static const char path[] = "/tmp/moult-wire-test.sock";
	int listener, client;
	struct stat st;

	(void)state;
	unlink(path);
	listener = wire_listen(path, 0660);
	assert_int_not_equal(listener, -1);
	close(listener);
	listener = wire_listen(path, 0660); /* the old socket is replaced */
	assert_int_not_equal(listener, -1);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0660);
	client = wire_connect(path);
	assert_int_not_equal(client, -1);
	close(client);
	close(listener);
	unlink(path);

	close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	assert_int_equal(wire_listen(path, 0660), -1);
	assert_int_equal(errno, EEXIST);
	unlink(path);
	assert_int_equal(wire_connect(path), -1);
	assert_int_equal(wire_connect(""), -1);

	listener = wire_listen("@moult-wire-test", 0);
	assert_int_not_equal(listener, -1);
	client = wire_connect("@moult-wire-test");
	assert_int_not_equal(client, -1);
	close(client);
	close(listener);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(carries_keys_and_values, open_pair, close_pair),
		cmocka_unit_test_setup_teardown(classifies_the_last_packet, open_pair, close_pair),
		cmocka_unit_test_setup_teardown(refuses_what_is_too_long, open_pair, close_pair),
		cmocka_unit_test_setup_teardown(says_when_nobody_is_there, open_pair, close_pair),
		cmocka_unit_test_setup_teardown(refuses_a_client_that_has_asked, open_pair, close_pair),
		cmocka_unit_test(listens_and_connects),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
