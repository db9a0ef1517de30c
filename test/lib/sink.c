#include "lib/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "test/unit.h"

static struct sink sink;
static char page[4096];

/* Until it would wait, or has taken far more than it can hold; returns what errno was then, 0 for the latter. */
static int fill(void)
{
	for (int i = 0; i < 1000; i++) {
		if (sink_put(&sink, page, sizeof page) == -1)
			return errno;
	}
	return 0;
}

static void full_is_said_and_the_others_still_wait(void **state)
{
	int p[2];

	(void)state;
	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	sink_begin(&sink, p[1]);
	assert_int_not_equal(sink.fd, p[1]);
	assert_int_equal(fill(), EAGAIN);
	assert_int_equal(fcntl(p[1], F_GETFL) & O_NONBLOCK, 0);
	assert_int_equal(read(p[0], page, sizeof page), sizeof page);
	assert_int_equal(sink_put(&sink, page, sizeof page), sizeof page);
	close(sink.fd);
	/* As where there is no /proc. */
	sink = (struct sink){.fd = p[1], .asks = true};
	assert_int_equal(fill(), EAGAIN);
	close(p[0]);
	close(p[1]);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, p), 0);
	sink_begin(&sink, p[1]);
	assert_int_equal(fill(), EAGAIN);
	close(p[0]);
	close(p[1]);
}

static void no_sigpipe_is_left(void **state)
{
	sigset_t set;
	int p[2];

	(void)state;
	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	sigprocmask(SIG_BLOCK, &set, NULL);
	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	sink_begin(&sink, p[1]);
	close(p[0]);
	assert_int_equal(fill(), EPIPE);
	sigpending(&set);
	assert_false(sigismember(&set, SIGPIPE));
	/* One that somebody sent is not taken. */
	assert_int_equal(kill(getpid(), SIGPIPE), 0);
	assert_int_equal(fill(), EPIPE);
	sigpending(&set);
	assert_true(sigismember(&set, SIGPIPE));
	close(sink.fd);
	close(p[1]);
}

static void a_file_is_never_full(void **state)
{
	char path[] = "/tmp/moult-sink-XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	sink_begin(&sink, fd);
	assert_int_equal(sink.fd, fd); /* its offset is shared, as it has to be */
	assert_true(sink.regular);
	assert_int_equal(fill(), 0);
	close(fd);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(full_is_said_and_the_others_still_wait),
		cmocka_unit_test(no_sigpipe_is_left),
		cmocka_unit_test(a_file_is_never_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
