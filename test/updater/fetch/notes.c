#include "test/unit.h"
#include <stdlib.h>
#include <string.h>
#include "lib/text.h"
#include "updater/fetch/notes.h"

static char heard[2 * NOTES_MAX];
static struct text t;
static unsigned lines;
static size_t longest;

static void hear(void *context, const char *line)
{
	(void)context;
	lines++;
	longest = strlen(line) > longest ? strlen(line) : longest;
	text_addf(&t, "%s|", line);
}

static void reads(const char *notes, const char *expected)
{
	text_begin(&t, heard, sizeof(heard));
	lines = 0;
	longest = 0;
	notes_read(notes, hear, NULL);
	if (expected != NULL)
		assert_string_equal(heard, expected);
}

static void lines_come_as_they_are(void **state)
{
	(void)state;
	reads("", "");
	reads("one", "one|");
	reads("# Changes\r\n\n- a\tb\n- \xc3\xa4\xe2\x82\xac\n", "# Changes||- a b|- \xc3\xa4\xe2\x82\xac|");
}

/* Nothing that a terminal would obey, or that shows other than it reads. */
static void what_a_terminal_obeys_is_no_more(void **state)
{
	(void)state;
	reads("\x1b[2J\x1b]0;title\x07x", "?[2J?]0;title?x|");
	reads("a\xc2\x9b"
	      "31mb\xc2\xa0"
	      "c",
	      "a?31mb\xc2\xa0"
	      "c|");
	reads("a\xe2\x80\xae"
	      "b\xe2\x81\xa6"
	      "c\xe2\x80\x8f"
	      "d\xe2\x80\x93",
	      "a?b?c?d\xe2\x80\x93|");
	reads("a\x7f\x01\x0b"
	      "b",
	      "a???b|");
	reads("\xc2\xc2\x80\x80", "\xc2?\x80|"); /* nothing new comes of what stood around it */
	reads("\xc2", "\xc2|");			 /* cut short: no byte behind the end is looked at */
	reads("\xe2\x80", "\xe2\x80|");
}

static void much_is_cut_and_said_to_be(void **state)
{
	static char many[NOTES_MAX + 3000];
	(void)state;
	memset(many, 'x', sizeof(many) - 1);
	reads(many, NULL);
	assert_in_range(longest, NOTES_LINE - 3, NOTES_LINE);
	assert_non_null(strstr(heard, "bytes more are on the forge's page; no more than 16384 are shown|"));
	many[NOTES_MAX] = '\0';
	reads(many, NULL);
	assert_null(strstr(heard, "more are on"));
	for (size_t i = 0; i + 2 < NOTES_MAX; i += 3) /* characters stay whole */
		memcpy(many + i, "\xe2\x82\xac", 3);
	many[NOTES_MAX / 3 * 3] = '\0';
	reads(many, NULL);
	for (const char *s = heard; (s = strchr(s, '|')) != NULL && s[1] != '\0'; s++)
		assert_int_equal((unsigned char)s[1], 0xe2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_come_as_they_are),
		cmocka_unit_test(what_a_terminal_obeys_is_no_more),
		cmocka_unit_test(much_is_cut_and_said_to_be),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
