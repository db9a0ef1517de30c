#include "svc/line.h"

#include <string.h>
#include "test/unit.h"

#define TIME "2026-11-22T01:02:03.004Z"
#define OURS "{\"time\":\"" TIME "\",\"service\":\"app\",\"stream\":\"stdout\""

static char buf[LINE_MAX_OUT + 1];

static size_t add(bool json, const char *at, size_t n)
{
	struct line line = {
		.json = json, .ours = {TIME, "app", "stdout"}, .at = at, .n = n, .starts = true, .ends = true};
	struct text t;
	size_t taken;

	text_begin(&t, buf, sizeof buf);
	taken = line_add(&t, &line);
	assert_true(text_whole(&t));
	assert_int_equal(t.len, strlen(buf));
	assert_int_equal(buf[t.len - 1], '\n');
	return taken;
}

static void with_its_name(void **state)
{
	(void)state;
	assert_int_equal(add(false, "what \x1b[1mit\x80 wrote\r", 19), 19);
	assert_string_equal(buf, "app: what \x1b[1mit\x80 wrote\r\n");
	assert_int_equal(add(false, "", 0), 0);
	assert_string_equal(buf, "app: \n");
}

static void cut_between_characters(void **state)
{
	static char big[2 * LINE_MAX_OUT];

	(void)state;
	memset(big, 'a', sizeof big);
	assert_int_equal(add(false, big, sizeof big), LINE_MAX_OUT - 6);
	assert_int_equal(strlen(buf), LINE_MAX_OUT);
	memcpy(big + LINE_MAX_OUT - 8, "\xe2\x82\xac", 3); /* its last byte has no room any more */
	assert_int_equal(add(false, big, sizeof big), LINE_MAX_OUT - 8);
	memset(big, 0x80, sizeof big); /* no characters: cut anywhere, but forward */
	assert_in_range(add(false, big, sizeof big), LINE_MAX_OUT - 9, LINE_MAX_OUT - 6);
}

static void as_a_message(void **state)
{
	static const struct {
		const char *in, *out;
	} all[] = {
		{"", ""},
		{"plain", "plain"},
		{"a \"b\" \\ \t \x01 \x7f", "a \\\"b\\\" \\\\ \\t \\u0001 \\u007f"},
		{"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x90\x9b",
		 "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x90\x9b"},
		{"latin \xfc\xdf", "latin \\u00fc\\u00df"},
		{"\xc0\xaf", "\\u00c0\\u00af"},			      /* longer than need be */
		{"\xe0\x9f\xbf", "\\u00e0\\u009f\\u00bf"},	      /* the same */
		{"\xf0\x8f\xbf\xbf", "\\u00f0\\u008f\\u00bf\\u00bf"}, /* the same */
		{"\xed\xa0\x80", "\\u00ed\\u00a0\\u0080"},	      /* a surrogate */
		{"\xf4\x90\x80\x80", "\\u00f4\\u0090\\u0080\\u0080"}, /* beyond the last */
		{"\xe2\x82", "\\u00e2\\u0082"},			      /* not whole */
	};
	char expected[512];

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		assert_int_equal(add(true, all[i].in, strlen(all[i].in)), strlen(all[i].in));
		assert_true(text_format(expected, sizeof expected, OURS ",\"message\":\"%s\"}\n", all[i].out) > 0);
		assert_string_equal(buf, expected);
	}
	assert_int_equal(add(true, "a\0b", 3), 3);
	assert_string_equal(buf, OURS ",\"message\":\"a\\u0000b\"}\n");
}

static void objects_keep_their_fields(void **state)
{
	static const struct {
		const char *in, *out;
	} all[] = {
		{"{}", OURS "}\n"},
		{" { } \r", OURS "}\n"},
		{"{\"a\":1}", OURS ",\"a\":1}\n"},
		{"{ \"a\" : [1,-0.5e+3,{\"b\":null}], \"c\":\"\\u00e9\\n\xc3\xa9\" }",
		 OURS ",\"a\" : [1,-0.5e+3,{\"b\":null}], \"c\":\"\\u00e9\\n\xc3\xa9\" }\n"},
		{"{\"time\":\"then\",\"x\":true}",
		 "{\"service\":\"app\",\"stream\":\"stdout\",\"time\":\"then\",\"x\":true}\n"},
		{"{\"stream\":1,\"service\":\"other\",\"time\":2}",
		 "{\"stream\":1,\"service\":\"other\",\"time\":2}\n"},
		{"{\"a\":{\"time\":1,\"service\":[]},\"timer\":\"x\",\"tim\":\"time\"}",
		 OURS ",\"a\":{\"time\":1,\"service\":[]},\"timer\":\"x\",\"tim\":\"time\"}\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		assert_int_equal(add(true, all[i].in, strlen(all[i].in)), strlen(all[i].in));
		assert_string_equal(buf, all[i].out);
	}
}

static void what_is_no_object_is_a_message(void **state)
{
	static const char *const all[] = {
		"{",
		"{\"a\"}",
		"{\"a\":}",
		"{\"a\":1,}",
		"{\"a\":1} x",
		"{\"a\":1}{}",
		"{a:1}",
		"{\"a\":01}",
		"{\"a\":1.}",
		"{\"a\":.5}",
		"{\"a\":+1}",
		"{\"a\":1e}",
		"{\"a\":tru}",
		"{\"a\":\"x}",
		"{\"a\":\"\\x\"}",
		"{\"a\":\"\\u12g4\"}",
		"{\"a\":\"\xff\"}",
		"{\"a\":[1,]}",
		"{\"a\":[1}",
		"[1]",
		"\"x\"",
		"1",
		"{\"a\":\"\t\"}",
		"{\"a\":1 \"b\":2}",
		"{\"a\":\"\\u12",
		"{\"a\":\"\\",
		"{\"a\":-}",
		"{,}",
		"{\"a\":NaN}",
	};
	char deep[256] = "{\"a\":";

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		assert_int_equal(add(true, all[i], strlen(all[i])), strlen(all[i]));
		assert_memory_equal(buf, OURS ",\"message\":\"", strlen(OURS ",\"message\":\""));
	}
	memset(deep + 5, '[', 100);
	memset(deep + 105, ']', 100);
	strcpy(deep + 205, "}");
	add(true, deep, strlen(deep));
	assert_non_null(strstr(buf, "\"message\""));
}

static void long_messages_say_that_they_go_on(void **state)
{
	static char big[2 * LINE_MAX_OUT];
	size_t n, head = strlen(OURS ",\"message\":\"");

	(void)state;
	memset(big, 'a', sizeof big);
	n = add(true, big, sizeof big);
	assert_in_range(n, LINE_MAX_OUT - 160, LINE_MAX_OUT - head);
	assert_string_equal(buf + head + n, "\",\"partial\":true}\n");
	memset(big, 1, sizeof big);
	n = add(true, big, sizeof big);
	assert_in_range(n, 650, LINE_MAX_OUT / 6);
	assert_string_equal(buf + head + 6 * n, "\",\"partial\":true}\n");
	for (size_t i = 0; i + 3 <= sizeof big; i += 3)
		memcpy(big + i, "\xe2\x82\xac", 3);
	n = add(true, big, sizeof big / 3 * 3);
	assert_int_equal(n % 3, 0);
	assert_string_equal(buf + head + n, "\",\"partial\":true}\n");
	/* An object that does not fit is no object. */
	memset(big, 'a', sizeof big);
	memcpy(big, "{\"a\":\"", 6);
	memcpy(big + LINE_MAX_OUT - 2, "\"}", 2);
	n = add(true, big, LINE_MAX_OUT);
	assert_memory_equal(buf, OURS ",\"message\":\"{\\\"a\\\":\\\"aaa", head + 12);
	assert_in_range(n, 1, LINE_MAX_OUT - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(with_its_name),
		cmocka_unit_test(cut_between_characters),
		cmocka_unit_test(as_a_message),
		cmocka_unit_test(objects_keep_their_fields),
		cmocka_unit_test(what_is_no_object_is_a_message),
		cmocka_unit_test(long_messages_say_that_they_go_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
