#include "test/updater/scratch.h"
#include "updater/disk/history.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct history_event event = {1700000000, "installed", "v1.0.0", "v1.1.0", "say \"hi\"\\\n", "", 1234};

#define LINE                                                                                                           \
	"{\"time\":\"2023-11-14T22:13:20Z\",\"what\":\"installed\",\"from\":\"v1.0.0\",\"to\":\"v1.1.0\","             \
	"\"why\":\"say \\\"hi\\\"\\\\\\u000a\",\"took_ms\":1234}\n"

static void a_line_an_event(void **state)
{
	char text[4096];
	(void)state;
	assert_int_equal(history_tail(scratch_fd, text, sizeof(text)), 0);
	assert_int_equal(history_add(scratch_fd, &event), 0);
	assert_int_equal(history_add(scratch_fd, &event), 0);
	assert_int_equal(history_tail(scratch_fd, text, sizeof(text)), (long)(2 * strlen(LINE)));
	assert_string_equal(text, LINE LINE);
}

static void what_it_was_verified_by(void **state)
{
	struct history_event e = event;
	char text[4096];
	(void)state;
	e.verified = "signature by minisign 8FC69A50325F3CD4";
	assert_int_equal(history_add(scratch_fd, &e), 0);
	assert_true(history_tail(scratch_fd, text, sizeof(text)) > 0);
	assert_non_null(strstr(text, ",\"verified\":\"signature by minisign 8FC69A50325F3CD4\",\"took_ms\""));
}

static void a_torn_line_is_ended(void **state)
{
	char text[4096];
	(void)state;
	int fd = openat(scratch_fd, "history", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	assert_int_equal(write(fd, "{\"time\":", 8), 8);
	close(fd);
	assert_int_equal(history_add(scratch_fd, &event), 0);
	assert_true(history_tail(scratch_fd, text, sizeof(text)) > 0);
	assert_string_equal(text, "{\"time\":\n" LINE);
}

static void the_tail_begins_with_a_whole_line(void **state)
{
	char text[200];
	(void)state;
	for (int i = 0; i < 10; i++)
		assert_int_equal(history_add(scratch_fd, &event), 0);
	assert_int_equal(history_tail(scratch_fd, text, sizeof(text)), (long)strlen(LINE));
	assert_string_equal(text, LINE);
}

static void write_all(const char *bytes, size_t n)
{
	int fd = openat(scratch_fd, "history", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_int_equal(write(fd, bytes, n), (ssize_t)n);
	close(fd);
}

static void zeros_hide_nothing(void **state)
{
	static const char torn[] = LINE "{\"time\0\0\0\0";
	char text[4096];
	(void)state;
	write_all(torn, sizeof(torn) - 1);
	assert_int_equal(history_add(scratch_fd, &event), 0);
	assert_true(history_tail(scratch_fd, text, sizeof(text)) > 0);
	assert_string_equal(text, LINE "{\"time????\n" LINE);
}

static void half_a_line_is_none(void **state)
{
	char text[200];
	(void)state;
	write_all(LINE "{\"time\":", strlen(LINE) + 8);
	assert_int_equal(history_tail(scratch_fd, text, sizeof(text)), (long)strlen(LINE));
	assert_string_equal(text, LINE);
	assert_int_equal(history_tail(scratch_fd, text, 20),
			 0); /* and none of a line that is longer than the place for it */
	assert_string_equal(text, "");
}

static void does_not_grow_for_ever(void **state)
{
	char why[1500], text[64];
	struct history_event long_event = event;
	(void)state;
	memset(why, 'w', sizeof(why));
	why[sizeof(why) - 1] = '\0';
	long_event.why = why;
	for (int i = 0; i < 400; i++)
		assert_int_equal(history_add(scratch_fd, &long_event), 0);
	int fd = openat(scratch_fd, "history", O_RDONLY | O_CLOEXEC);
	assert_true(fd == -1 || lseek(fd, 0, SEEK_END) <= 266000);
	if (fd != -1)
		close(fd);
	assert_int_equal(faccessat(scratch_fd, "history.old", F_OK, 0), 0);
	assert_true(history_tail(scratch_fd, text, sizeof(text)) >= 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_SCRATCH(a_line_an_event),	    IN_SCRATCH(what_it_was_verified_by),
		IN_SCRATCH(a_torn_line_is_ended),   IN_SCRATCH(the_tail_begins_with_a_whole_line),
		IN_SCRATCH(zeros_hide_nothing),	    IN_SCRATCH(half_a_line_is_none),
		IN_SCRATCH(does_not_grow_for_ever),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
