#include "updater/fetch/refs.h"

#include <stdio.h>
#include <string.h>
#include "test/unit.h"

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define C "cccccccccccccccccccccccccccccccccccccccc"
#define D "dddddddddddddddddddddddddddddddddddddddd"
#define E64 "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"

static char wire[65536 * 2];
static size_t length;

static void put(const char *line, size_t n)
{
	length += (size_t)sprintf(wire + length, "%04zx", n + 4);
	memcpy(wire + length, line, n);
	length += n;
}

static void flush(void)
{
	memcpy(wire + length, "0000", 4);
	length += 4;
}

static void begin(void)
{
	static const char service[] = "# service=git-upload-pack\n",
			  head[] = A " HEAD\0multi_ack symref=HEAD:refs/heads/main";

	length = 0;
	put(service, sizeof service - 1);
	flush();
	put(head, sizeof head - 1);
}

static void put_line(const char *line)
{
	put(line, strlen(line));
}

static void put_usual(void)
{
	begin();
	put_line(B " refs/heads/feature/main\n");
	put_line(A " refs/heads/main\n");
	put_line(C " refs/pull/7/head\n");
	put_line(C " refs/tags/v1.0.0\n");
	put_line(D " refs/tags/v1.0.0^{}\n");
	put_line(E64 " refs/tags/main\n");
	flush();
}

static const char *feed(struct refs *r, const char *wanted, size_t step)
{
	const char *wrong = NULL;

	refs_begin(r, wanted);
	for (size_t at = 0; !wrong && at < length; at += step)
		wrong = refs_feed(r, wire + at, length - at < step ? length - at : step);
	return wrong;
}

static void finds(void **state)
{
	static const struct {
		const char *wanted, *commit;
	} cases[] = {
		{"main", A},
		{"feature/main", B},
		{"v1.0.0", D},
		{"refs/pull/7/head", C},
		{"refs/heads/main", A},
		{"refs/tags/main", E64},
		{"mai", NULL},
		{"HEAD", NULL},
		{"feature", NULL},
		{"", NULL},
	};
	static const size_t steps[] = {1, 3, 4, 5, 64, 100000};

	(void)state;
	put_usual();
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		for (size_t k = 0; k < sizeof steps / sizeof steps[0]; k++) {
			struct refs r;
			const char *found;

			assert_null(feed(&r, cases[i].wanted, steps[k]));
			assert_true(refs_ended(&r));
			found = refs_found(&r);
			if (cases[i].commit)
				assert_string_equal(found, cases[i].commit);
			else
				assert_null(found);
		}
	}
}

static void a_branch_settles_it_and_a_tag_does_not(void **state)
{
	struct refs r;

	(void)state;
	begin();
	put_line(A " refs/heads/main\n");
	assert_null(feed(&r, "main", 7));
	assert_true(refs_settled(&r) && !refs_ended(&r));
	begin();
	put_line(A " refs/tags/main\n");
	assert_null(feed(&r, "main", 7));
	assert_false(refs_settled(&r));
	assert_string_equal(refs_found(&r), A);
}

/* Nobody asks for a name that is as long; those behind it are read all the same. */
static void passes_over_what_is_too_long(void **state)
{
	static char line[60000];
	struct refs r;

	(void)state;
	begin();
	memset(line, 'x', sizeof line - 1);
	memcpy(line, B " refs/heads/", 52);
	put_line(line);
	put_line(A " refs/heads/main\n");
	flush();
	assert_null(feed(&r, "main", 1000));
	assert_string_equal(refs_found(&r), A);
}

static void refuses(void **state)
{
	static const char *const texts[] = {
		"<html>", "0003", "zzzz", "0008\n\n\n\n", "000dnot a hash\n", "0010ERR no such\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct refs r;

		length = strlen(texts[i]);
		memcpy(wire, texts[i], length);
		assert_non_null(feed(&r, "main", 100));
	}
}

static void an_end_that_does_not_come_is_seen(void **state)
{
	struct refs r;

	(void)state;
	put_usual();
	length -= 2;
	assert_null(feed(&r, "none", 100));
	assert_false(refs_ended(&r));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds),
		cmocka_unit_test(a_branch_settles_it_and_a_tag_does_not),
		cmocka_unit_test(passes_over_what_is_too_long),
		cmocka_unit_test(refuses),
		cmocka_unit_test(an_end_that_does_not_come_is_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
