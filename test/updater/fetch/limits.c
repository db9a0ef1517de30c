#include "updater/fetch/limits.h"

#include "test/unit.h"

#define NOW 1795309323 /* Sun, 22 Nov 2026 01:02:03 GMT */

static void take(struct limits *l, const char *const *headers)
{
	limits_begin(l);
	for (; headers[0]; headers += 2)
		limits_header(l, headers[0], headers[1]);
}

static void codes(void **state)
{
	static const struct {
		int status;
		const char *headers[5];
		const char *code;
	} table[] = {
		{200, {NULL}, NULL},
		{206, {NULL}, NULL},
		{304, {NULL}, NULL},
		{200, {"X-RateLimit-Remaining", "0"}, NULL},
		{429, {NULL}, "limited"},
		{403, {"x-ratelimit-remaining", "0"}, "limited"},
		{403, {"X-RateLimit-Remaining", "0"}, "limited"},
		{403, {"RateLimit-Remaining", "0"}, "limited"},
		{403, {"retry-after", "60"}, "limited"},
		{403, {"retry-after", "0"}, "limited"},
		{403, {"Retry-After", "Sun, 22 Nov 2026 01:12:03 GMT"}, "limited"},
		{403, {"retry-after", "soon"}, "denied"},
		{403, {"x-ratelimit-remaining", "12"}, "denied"},
		{403, {"x-ratelimit-remaining", "-1"}, "denied"},
		{403, {"x-ratelimit-reset", "1795309383"}, "denied"},
		{403, {NULL}, "denied"},
		{401, {NULL}, "denied"},
		{404, {NULL}, "missing"},
		{410, {NULL}, "missing"},
		{500, {NULL}, "server"},
		{503, {"retry-after", "5"}, "server"},
		{599, {NULL}, "server"},
		{600, {NULL}, "protocol"},
		{400, {NULL}, "protocol"},
		{301, {NULL}, "protocol"},
		{100, {NULL}, "protocol"},
		{0, {NULL}, "protocol"},
		{-1, {NULL}, "protocol"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct limits l;
		const char *code;

		take(&l, table[i].headers);
		code = limits_code(table[i].status, &l);
		print_message("%d %s\n", table[i].status, table[i].headers[0] ? table[i].headers[0] : "");
		assert_int_equal(code == NULL, table[i].code == NULL);
		if (code)
			assert_string_equal(code, table[i].code);
	}
}

static void until(void **state)
{
	static const struct {
		const char *headers[9];
		int64_t wait;
	} table[] = {
		{{NULL}, 60},
		{{"retry-after", "17"}, 17},
		{{"retry-after", "0"}, 1},
		{{"retry-after", "3600"}, 3600},
		{{"retry-after", "86400"}, 3600},
		{{"retry-after", "99999999999999999999"}, 60},
		{{"retry-after", "-5"}, 60},
		{{"retry-after", "Sun, 22 Nov 2026 01:12:03 GMT"}, 600},
		{{"retry-after", "Sun, 22 Nov 2020 01:12:03 GMT"}, 60},
		{{"retry-after", "Sun, 22 Nov 2036 01:12:03 GMT"}, 3600},
		/* retry-after comes before the window */
		{{"retry-after", "30", "x-ratelimit-remaining", "0", "x-ratelimit-reset", "1795310323"}, 30},
		{{"x-ratelimit-remaining", "0", "x-ratelimit-reset", "1795310323"}, 1000},
		{{"ratelimit-remaining", "0", "ratelimit-reset", "1795310323"}, 1000},
		/* a window that has requests left is no reason to wait for its end */
		{{"x-ratelimit-remaining", "7", "x-ratelimit-reset", "1795310323"}, 60},
		{{"x-ratelimit-reset", "1795310323"}, 60},
		/* its end is now, past, in ten years, no number */
		{{"x-ratelimit-remaining", "0", "x-ratelimit-reset", "1795309323"}, 60},
		{{"x-ratelimit-remaining", "0", "x-ratelimit-reset", "1795300000"}, 60},
		{{"x-ratelimit-remaining", "0", "x-ratelimit-reset", "0"}, 60},
		{{"x-ratelimit-remaining", "0", "x-ratelimit-reset", "2110842123"}, 3600},
		{{"x-ratelimit-remaining", "0", "x-ratelimit-reset", "9223372036854775807"}, 3600},
		{{"x-ratelimit-remaining", "0", "x-ratelimit-reset", "soon"}, 60},
		{{"x-ratelimit-remaining", "0"}, 60},
		/* our clock is five years behind or ahead of the server's */
		{{"date", "Sat, 22 Nov 2031 01:02:03 GMT", "x-ratelimit-remaining", "0", "x-ratelimit-reset",
		  "1953076323"},
		 600},
		{{"date", "Mon, 22 Nov 2021 01:02:03 GMT", "x-ratelimit-remaining", "0", "x-ratelimit-reset",
		  "1637544123"},
		 1200},
		{{"date", "Mon, 22 Nov 2021 01:02:03 GMT", "retry-after", "Mon, 22 Nov 2021 01:22:03 GMT"}, 1200},
		{{"date", "yesterday", "x-ratelimit-remaining", "0", "x-ratelimit-reset", "1795310323"}, 1000},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct limits l;

		take(&l, table[i].headers);
		print_message("line %zu\n", i);
		assert_int_equal(limits_until(&l, NOW) - NOW, table[i].wait);
	}
}

/* Of the ill ones only those that name a time. */
static void waits(void **state)
{
	static const struct {
		int status;
		const char *headers[3];
		bool wait;
	} table[] = {
		{200, {"retry-after", "60"}, false},
		{304, {"retry-after", "60"}, false},
		{429, {NULL}, true},
		{403, {"x-ratelimit-remaining", "0"}, true},
		{403, {NULL}, false},
		{401, {"retry-after", "60"}, false},
		{404, {"retry-after", "60"}, false},
		{503, {NULL}, false},
		{503, {"retry-after", "120"}, true},
		{500, {"Retry-After", "Sun, 22 Nov 2026 01:12:03 GMT"}, true},
		{503, {"retry-after", "soon"}, false},
		{502, {"x-ratelimit-remaining", "0"}, false},
		{600, {"retry-after", "60"}, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct limits l;

		take(&l, table[i].headers);
		print_message("%d %s\n", table[i].status, table[i].headers[0] ? table[i].headers[0] : "");
		assert_int_equal(limits_wait(table[i].status, &l), table[i].wait);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codes),
		cmocka_unit_test(until),
		cmocka_unit_test(waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
