#include "updater/fetch/split.h"

#include <string.h>
#include "test/unit.h"

static char seen[512];

static const char *note(void *context, const char *json, size_t n)
{
	assert_int_equal(strlen(json), n);
	strcat(seen, json);
	strcat(seen, "|");
	return strcmp(json, "{\"stop\":1}") == 0 ? context : NULL;
}

static const char *feed(const char *text, bool list, size_t step, char *room, size_t size, bool *ended)
{
	struct split s;
	const char *refused = NULL;

	seen[0] = '\0';
	split_begin(&s, list, room, size);
	for (size_t at = 0; text[at] && !refused; at += step) {
		size_t n = strnlen(text + at, step);

		refused = split_feed(&s, text + at, n, note, "stopped");
		if (n < step)
			break;
	}
	*ended = split_ended(&s);
	return refused;
}

/* However the bytes are cut, the result is the same. */
static void each_cut(void **state)
{
	static const struct {
		const char *text;
		bool list;
		const char *objects;
		bool accepted, ended;
	} table[] = {
		{"[]", true, "", true, true},
		{" [ ] \n", true, "", true, true},
		{"[{\"a\":1}]", true, "{\"a\":1}|", true, true},
		{"[{\"a\":[{}]} , {\"b\":2}]\r\n", true, "{\"a\":[{}]}|{\"b\":2}|", true, true},
		{"[{\"a\":\"]}\\\"[{\"}]", true, "{\"a\":\"]}\\\"[{\"}|", true, true},
		{"[{\"a\":\"\\u00e4\\n\\\\\"}]", true, "{\"a\":\"\\u00e4\\n\\\\\"}|", true, true},
		{"{\"a\":{}}\n", false, "{\"a\":{}}|", true, true},
		/* not whole */
		{"", true, "", true, false},
		{"[", true, "", true, false},
		{"[{\"a\":1}", true, "{\"a\":1}|", true, false},
		{"[{\"a\":1},", true, "{\"a\":1}|", true, false},
		{"[{\"a\":\"]}]", true, "", true, false},
		/* not JSON of that kind */
		{"<html>", true, "", false, false},
		{"{}", true, "", false, false},
		{"[{}]", false, "", false, false},
		{"[,{}]", true, "", false, false},
		{"[{},]", true, "{}|", false, false},
		{"[{}{}]", true, "{}|", false, false},
		{"[{}]]", true, "{}|", false, true},
		{"[1]", true, "", false, false},
		{"[\"{}\"]", true, "", false, false},
		{"{}{}", false, "{}|", false, true},
		{"null", true, "", false, false},
		/* what a C string must not meet, and what JSON forbids */
		{"[{\"a\":\"v1\\u0000x\"}]", true, "", false, false},
		{"[{\"a\":\"v1\tx\"}]", true, "", false, false},
		{"[{\"a\":\"\\u00001\"}]", true, "", false, false},
		/* the taker stops */
		{"[{\"stop\":1},{}]", true, "{\"stop\":1}|", false, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		for (size_t step = 1; step < 40; step += 3) {
			char room[64];
			bool ended;
			const char *refused = feed(table[i].text, table[i].list, step, room, sizeof room, &ended);

			print_message("%s by %zu: %s\n", table[i].text, step, refused ? refused : "accepted");
			assert_int_equal(refused == NULL, table[i].accepted);
			assert_string_equal(seen, table[i].objects);
			if (table[i].accepted)
				assert_int_equal(ended, table[i].ended);
		}
	}
}

static void limits(void **state)
{
	char room[64], text[128] = "[";
	bool ended;

	(void)state;
	memset(text + 1, '{', SPLIT_DEPTH);
	memset(text + 1 + SPLIT_DEPTH, '}', SPLIT_DEPTH);
	strcat(text, "]");
	assert_null(feed(text, true, 128, room, sizeof room, &ended));
	memset(text + 1, '{', SPLIT_DEPTH + 1);
	assert_non_null(feed(text, true, 128, room, sizeof room, &ended));

	assert_null(feed("[{\"0123456789\":0}]", true, 128, room, 18, &ended));
	assert_non_null(feed("[{\"01234567890\":0}]", true, 128, room, 17, &ended));
}

static void zero_byte(void **state)
{
	char room[64];
	struct split s;

	(void)state;
	split_begin(&s, true, room, sizeof room);
	assert_non_null(split_feed(&s, "[\0{}]", 5, note, NULL));
	split_begin(&s, true, room, sizeof room);
	assert_non_null(split_feed(&s, "[{\"a\0\"}]", 8, note, NULL));
	split_begin(&s, true, room, sizeof room);
	assert_non_null(split_feed(&s, "[{\"a\":\0}]", 8, note, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_cut),
		cmocka_unit_test(limits),
		cmocka_unit_test(zero_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
