/* With pipes of our own as descriptor 1, and a clock that we move. */
#include "svc/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include "lib/clock.h"
#include "lib/log.h"
#include "test/unit.h"

#define APP 3
#define DB 4

static int reader, saved_stdout, wake;
static char got[1 << 21];
static size_t n_got;

/* Descriptor 1 is `fd` until restore(). */
static void begin_with(enum output_form form, int fd)
{
	sigset_t pipe;

	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	sigprocmask(SIG_BLOCK, &pipe, NULL);
	fflush(stdout);
	saved_stdout = fcntl(1, F_DUPFD_CLOEXEC, 10);
	assert_int_equal(dup2(fd, 1), 1);
	close(fd);
	n_got = 0;
	got[0] = '\0';
	log_start("test", LOG_TEXT, LOG_LEVEL_ERROR);
	wake = output_begin(form);
	assert_int_not_equal(wake, -1);
}

static void begin(enum output_form form)
{
	int p[2];

	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	reader = p[0];
	assert_int_equal(fcntl(reader, F_SETFL, O_NONBLOCK), 0);
	begin_with(form, p[1]);
}

static bool is_awake(void)
{
	struct pollfd p = {.fd = wake, .events = POLLIN};

	return poll(&p, 1, 0) == 1;
}

static void take(int64_t now)
{
	while (is_awake() && output_due() == CLOCK_NEVER)
		output_take(now);
}

static const char *read_all(void)
{
	ssize_t n;

	while ((n = read(reader, got + n_got, sizeof got - 1 - n_got)) > 0)
		n_got += (size_t)n;
	got[n_got] = '\0';
	return got;
}

static void end(void)
{
	output_close(APP);
	output_close(DB);
	for (int i = 0; i < 100 && !output_rest(0); i++)
		read_all();
	close(reader);
	close(wake);
	dup2(saved_stdout, 1);
	close(saved_stdout);
}

/* As a service would, but it fails where that would wait. */
static void says(unsigned slot, int fd, const char *bytes, size_t n)
{
	int to = output_fd(slot, slot == APP ? "app" : "db", fd);
	struct pollfd p = {.fd = to, .events = POLLOUT};

	assert_true(to > 2);
	assert_int_equal(poll(&p, 1, 0), 1);
	assert_int_equal(write(to, bytes, n), n);
}

static void say(unsigned slot, const char *text)
{
	says(slot, 1, text, strlen(text));
}

static void lines_have_names(void **state)
{
	(void)state;
	begin(OUTPUT_PREFIX);
	assert_false(is_awake());
	say(APP, "one\ntwo\n");
	says(APP, 2, "three\n", 6);
	say(DB, "\n");
	assert_true(is_awake());
	take(0);
	assert_false(is_awake());
	assert_int_equal(output_due(), CLOCK_NEVER);
	read_all();
	assert_non_null(strstr(got, "app: one\napp: two\n"));
	assert_non_null(strstr(got, "app: three\n"));
	assert_non_null(strstr(got, "db: \n"));
	assert_int_equal(n_got, strlen("app: one\napp: two\napp: three\ndb: \n"));
	end();
}

static void beginnings_wait_for_their_end(void **state)
{
	(void)state;
	begin(OUTPUT_PREFIX);
	say(APP, "ha");
	says(APP, 2, "other", 5);
	say(DB, "whole\nbegin");
	take(0);
	assert_string_equal(read_all(), "db: whole\n");
	say(APP, "lf\nnew");
	take(0);
	assert_string_equal(read_all(), "db: whole\napp: half\n");
	output_died(APP, 0);
	assert_string_equal(read_all(), "db: whole\napp: half\napp: new\napp: other\n");
	assert_false(is_awake());
	say(APP, "next\n");
	say(DB, "ning\n");
	take(0);
	assert_non_null(strstr(read_all(), "app: next\n"));
	assert_non_null(strstr(got, "db: beginning\n"));
	end();
}

static void death_and_end_lose_nothing(void **state)
{
	(void)state;
	begin(OUTPUT_PREFIX);
	say(APP, "unread\nlast words");
	output_died(APP, 0); /* the pipe was not even looked at before */
	say(APP, "next life\n");
	take(0);
	assert_string_equal(read_all(), "app: unread\napp: last words\napp: next life\n");
	n_got = 0;
	say(APP, "more\nmore");
	output_close(APP); /* its slot is another's */
	assert_true(output_fd(APP, "new", 1) > 2);
	take(0);
	assert_string_equal(read_all(), "app: more\napp: more\n");
	end();
}

static void a_stray_process_is_heard_until_it_ends(void **state)
{
	int stray;

	(void)state;
	begin(OUTPUT_PREFIX);
	stray = fcntl(output_fd(APP, "app", 1), F_DUPFD_CLOEXEC, 10);
	output_close(APP);
	take(0);
	assert_int_equal(write(stray, "still\nhere", 10), 10);
	take(0);
	assert_string_equal(read_all(), "app: still\n");
	close(stray);
	take(0);
	assert_string_equal(read_all(), "app: still\napp: here\n");
	assert_false(is_awake());
	end();
}

static void long_lines_come_in_pieces(void **state)
{
	static char big[70000];
	size_t n = 0;

	(void)state;
	begin(OUTPUT_PREFIX);
	for (size_t i = 0; i < sizeof big; i++)
		big[i] = (char)('a' + i % 26);
	for (size_t at = 0; at < sizeof big; at += 10000) {
		says(APP, 1, big + at, 10000);
		take(0);
		read_all();
	}
	say(APP, "\nnext\n");
	take(0);
	read_all();
	for (char *line = strtok(got, "\n"); line != NULL; line = strtok(NULL, "\n")) {
		assert_true(strlen(line) < PIPE_BUF);
		assert_memory_equal(line, "app: ", 5);
		if (strcmp(line, "app: next") == 0)
			break;
		assert_memory_equal(line + 5, big + n, strlen(line + 5));
		n += strlen(line + 5);
	}
	assert_int_equal(n, sizeof big);
	end();
}

static void json_has_stream_and_time(void **state)
{
	(void)state;
	begin(OUTPUT_JSON);
	says(APP, 2, "a \"b\"\n{\"x\":1}\n", 15);
	take(0);
	read_all();
	assert_memory_equal(got, "{\"time\":\"20", 11);
	assert_non_null(
		strstr(got, "Z\",\"service\":\"app\",\"stream\":\"stderr\",\"message\":\"a \\\"b\\\"\"}\n{\"time\""));
	assert_non_null(strstr(got, "Z\",\"service\":\"app\",\"stream\":\"stderr\",\"x\":1}\n"));
	end();
}

static unsigned count(const char *what)
{
	unsigned n = 0;

	for (const char *at = got; (at = strstr(at, what)) != NULL; at++)
		n++;
	return n;
}

/* Writes numbered lines until the service would have to wait; returns how many are written. */
static int fill(unsigned slot, int from)
{
	int to = output_fd(slot, slot == APP ? "app" : "db", 1);
	char line[128];

	for (int i = from;; i++) {
		struct pollfd p = {.fd = to, .events = POLLOUT};
		int n = snprintf(line, sizeof line, "line %08d of those that fill a pipe, so it is not too short\n", i);

		if (poll(&p, 1, 0) != 1)
			return i;
		assert_int_equal(write(to, line, (size_t)n), n);
	}
}

static void expect_lines(int from, int to)
{
	char line[32];
	const char *at = got;

	for (int i = from; i < to; i++) {
		snprintf(line, sizeof line, "app: line %08d of", i);
		at = strstr(at, line);
		assert_non_null(at);
	}
}

static void a_full_stdout_makes_services_wait(void **state)
{
	int n = 0, before;

	(void)state;
	begin(OUTPUT_PREFIX);
	do {
		before = n;
		n = fill(APP, n);
		take(1000);
	} while (n > before && output_due() == CLOCK_NEVER);
	assert_int_equal(output_due(), 1000 + OUTPUT_PATIENCE_MS);
	n = fill(APP, n);
	assert_false(is_awake()); /* neither is read */
	output_take(1001);	  /* and asking does not help */
	assert_int_equal(output_due(), 1000 + OUTPUT_PATIENCE_MS);
	read_all();
	assert_true(is_awake());
	output_take(2000);
	take(2000);
	while (output_due() != CLOCK_NEVER) {
		read_all();
		output_take(2000);
	}
	take(2000);
	read_all();
	expect_lines(0, n);
	assert_int_equal(count("\n"), n);
	end();
}

static void after_patience_lines_are_dropped_and_counted(void **state)
{
	int n = 0, kept;
	char told[64];

	(void)state;
	begin(OUTPUT_PREFIX);
	do {
		n = fill(APP, n);
		take(0);
	} while (output_due() == CLOCK_NEVER);
	n = fill(APP, n);
	output_take(OUTPUT_PATIENCE_MS - 1);
	assert_false(is_awake());
	assert_int_equal(fill(APP, n), n);
	output_take(OUTPUT_PATIENCE_MS);
	assert_int_equal(output_due(), CLOCK_NEVER);
	for (int i = 0; i < 10; i++) { /* it need not wait any more */
		n = fill(APP, n);
		take(OUTPUT_PATIENCE_MS);
		assert_false(is_awake());
	}
	say(DB, "lost\nlost as well, but not");
	take(OUTPUT_PATIENCE_MS);
	read_all();
	take(OUTPUT_PATIENCE_MS);
	say(DB, " its end\nseen\n");
	take(OUTPUT_PATIENCE_MS);
	read_all();
	kept = (int)count("app: line ");
	expect_lines(0, kept);
	assert_in_range(kept, 500, n - 5000);
	snprintf(told, sizeof told, "app: %d lines lost: stdout was not read\n", n - kept);
	assert_int_equal(count(told), 1);
	assert_int_equal(count("db: 2 lines lost: stdout was not read\n"), 1);
	assert_string_equal(strstr(got, "db: ") > strstr(got, told) ? strstr(got, "db: ") : "",
			    "db: 2 lines lost: stdout was not read\ndb: seen\n");
	assert_int_equal(count("\n"), kept + 3);
	end();
}

static void a_death_while_it_is_full_ends_the_line(void **state)
{
	int n = 0;

	(void)state;
	begin(OUTPUT_PREFIX);
	while (output_due() == CLOCK_NEVER) {
		n = fill(APP, n);
		say(DB, "be");
		take(0);
	}
	output_died(DB, 0);
	say(DB, "second life\n");
	output_died(DB, 0);
	output_died(DB, 0);
	say(DB, "third");
	output_died(DB, 0);
	say(DB, "fourth");
	output_died(DB, 0);
	say(DB, "fifth\n");
	output_died(APP, 0);
	while (output_due() != CLOCK_NEVER) {
		read_all();
		output_take(0);
	}
	take(0);
	read_all();
	expect_lines(0, n);
	assert_int_equal(count("be\ndb: second life\n"), 1);
	assert_int_equal(count("db: third\n"), 1);
	assert_int_equal(count("db: fourth\n"), 1);
	assert_int_equal(count("db: fifth\n"), 1);
	assert_int_equal(count("\n"), n + 5);
	end();
}

static void losses_are_told_of_those_who_have_gone(void **state)
{
	(void)state;
	begin(OUTPUT_JSON);
	for (int n = 0; output_due() == CLOCK_NEVER; take(0))
		n = fill(APP, n);
	output_take(OUTPUT_PATIENCE_MS);
	say(DB, "one\ntwo\nthree");
	output_died(DB, OUTPUT_PATIENCE_MS);
	output_close(DB);
	take(OUTPUT_PATIENCE_MS);
	read_all();
	take(OUTPUT_PATIENCE_MS);
	read_all();
	assert_non_null(strstr(got,
			       "\"service\":\"db\",\"stream\":\"stdout\",\"message\":\"3 lines lost: stdout was not "
			       "read\",\"lost\":3}\n"));
	end();
}

static void a_closed_stdout_is_no_reason_to_spin(void **state)
{
	sigset_t pending;

	(void)state;
	begin(OUTPUT_PREFIX);
	close(reader);
	for (int i = 0; i < 3; i++) {
		say(APP, "nobody\nhears\n");
		take(0);
		assert_false(is_awake());
		assert_int_equal(output_due(), CLOCK_NEVER);
	}
	sigpending(&pending);
	assert_false(sigismember(&pending, SIGPIPE));
	assert_true(output_rest(0));
	end();
}

static void a_reader_that_goes_while_it_is_full(void **state)
{
	(void)state;
	begin(OUTPUT_PREFIX);
	for (int n = 0; output_due() == CLOCK_NEVER; take(0))
		n = fill(APP, n);
	close(reader);
	assert_true(is_awake());
	output_take(1);
	take(1);
	assert_false(is_awake());
	fill(APP, 0);
	take(1);
	assert_false(is_awake());
	end();
}

static void a_fifo_may_be_read_again(void **state)
{
	char path[] = "/tmp/moult-output-XXXXXX";
	int again;

	(void)state;
	assert_non_null(mkdtemp(path));
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	begin_with(OUTPUT_PREFIX, open(path, O_WRONLY | O_CLOEXEC));
	say(APP, "first\n");
	take(0);
	read_all();
	close(reader);
	say(APP, "kept\n"); /* it is what the write that failed was about */
	take(0);
	say(APP, "dropped\n");
	take(0);
	again = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	reader = again;
	say(APP, "last\n");
	take(0);
	assert_string_equal(read_all(), "app: first\napp: kept\napp: 1 lines lost: stdout was not read\napp: last\n");
	unlink(path);
	end();
}

static void to_a_file(void **state)
{
	char path[] = "/tmp/moult-output-XXXXXX";
	int n = 0, fd = mkstemp(path);

	(void)state;
	reader = open(path, O_RDONLY | O_CLOEXEC);
	begin_with(OUTPUT_PREFIX, fd);
	for (int i = 0; i < 5; i++) {
		n = fill(APP, n);
		take(0);
		assert_int_equal(output_due(), CLOCK_NEVER);
	}
	read_all();
	expect_lines(0, n);
	assert_int_equal(count("\n"), n);
	unlink(path);
	end();
}

static void to_a_socket(void **state)
{
	int n = 0, p[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, p), 0);
	reader = p[0];
	fcntl(reader, F_SETFL, O_NONBLOCK);
	begin_with(OUTPUT_PREFIX, p[1]);
	for (; output_due() == CLOCK_NEVER; take(0))
		n = fill(APP, n);
	while (output_due() != CLOCK_NEVER) {
		read_all();
		output_take(0);
	}
	take(0);
	while (output_due() != CLOCK_NEVER) {
		read_all();
		output_take(0);
	}
	read_all();
	expect_lines(0, (int)count("\n"));
	assert_int_equal(count("\n"), n);
	end();
}

static void the_end_waits_for_a_slow_reader_only(void **state)
{
	int n = 0;

	(void)state;
	begin(OUTPUT_PREFIX);
	for (; output_due() == CLOCK_NEVER; take(0))
		n = fill(APP, n);
	n = fill(APP, n);
	assert_false(output_rest(0));
	while (!output_rest(0)) {
		assert_true(is_awake() || (read_all(), is_awake()));
	}
	read_all();
	expect_lines(0, n);
	assert_int_equal(count("\n"), n);
	end();
}

static void others_can_open_the_pipe(void **state)
{
	struct stat st;

	(void)state;
	begin(OUTPUT_PREFIX);
	assert_int_equal(fstat(output_fd(APP, "app", 1), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0622);
	assert_int_equal(fcntl(output_fd(APP, "app", 1), F_GETFL) & O_NONBLOCK, 0);
	assert_int_equal(fcntl(output_fd(APP, "app", 1), F_GETFD), FD_CLOEXEC);
	end();
}

static void plain_is_nothing(void **state)
{
	(void)state;
	assert_int_equal(output_begin(OUTPUT_PLAIN), -1);
	assert_int_equal(output_fd(APP, "app", 1), 1);
	assert_int_equal(output_fd(APP, "app", 2), 2);
	output_died(APP, 0);
	output_close(APP);
	output_take(0);
	assert_int_equal(output_due(), CLOCK_NEVER);
	assert_true(output_rest(0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_is_nothing),
		cmocka_unit_test(lines_have_names),
		cmocka_unit_test(beginnings_wait_for_their_end),
		cmocka_unit_test(death_and_end_lose_nothing),
		cmocka_unit_test(a_stray_process_is_heard_until_it_ends),
		cmocka_unit_test(long_lines_come_in_pieces),
		cmocka_unit_test(json_has_stream_and_time),
		cmocka_unit_test(a_full_stdout_makes_services_wait),
		cmocka_unit_test(after_patience_lines_are_dropped_and_counted),
		cmocka_unit_test(a_death_while_it_is_full_ends_the_line),
		cmocka_unit_test(losses_are_told_of_those_who_have_gone),
		cmocka_unit_test(a_closed_stdout_is_no_reason_to_spin),
		cmocka_unit_test(a_reader_that_goes_while_it_is_full),
		cmocka_unit_test(a_fifo_may_be_read_again),
		cmocka_unit_test(to_a_file),
		cmocka_unit_test(to_a_socket),
		cmocka_unit_test(the_end_waits_for_a_slow_reader_only),
		cmocka_unit_test(others_can_open_the_pipe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
