#include "updater/fetch/dialect.h"

#include <string.h>
#include "test/unit.h"

static void words(void **state)
{
	static const char *const known[] = {"github", "gitea", "gitlab", "directory"};

	(void)state;
	for (size_t i = 0; i < 4; i++)
		assert_string_equal(dialect_of(known[i])->word, known[i]);
	assert_null(dialect_of("svn"));
	assert_null(dialect_of(""));
	assert_null(dialect_of("git"));
}

static void pages(void **state)
{
	static const struct {
		const char *word, *owner, *tag, *latest, *list, *release;
	} table[] = {
		{"github", "me", "v1", "https://x/me/app/releases/latest",
		 "https://x/repos/me/app/releases?per_page=10&page=3", "https://x/repos/me/app/releases/tags/v1"},
		{"gitea", "me", "a/b", "https://x/me/app/releases/latest",
		 "https://x/repos/me/app/releases?limit=10&page=3", "https://x/repos/me/app/releases/tags/a%2Fb"},
		{"gitlab", "big/small", "v1+x", "https://x/big/small/app/-/releases/permalink/latest",
		 "https://x/projects/big%2Fsmall%2Fapp/releases?per_page=10&page=3",
		 "https://x/projects/big%2Fsmall%2Fapp/releases/v1%2Bx"},
		{"directory", "me", "v1", NULL, "https://x/me/app/SHA256SUMS", "https://x/me/app/SHA256SUMS"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		const struct dialect *d = dialect_of(table[i].word);
		const struct dialect_place p = {table[i].owner, "app", table[i].tag, 3};
		char out[200];

		print_message("%s\n", table[i].word);
		assert_int_equal(d->latest == NULL, table[i].latest == NULL);
		if (d->latest) {
			assert_true(dialect_page("https://x", d->latest, &p, out, sizeof out));
			assert_string_equal(out, table[i].latest);
		}
		assert_true(dialect_page("https://x///", d->list, &p, out, sizeof out));
		assert_string_equal(out, table[i].list);
		assert_true(dialect_page("https://x", d->release, &p, out, sizeof out));
		assert_string_equal(out, table[i].release);
		assert_false(dialect_page("https://x", d->release, &p, out, strlen(table[i].release)));
		assert_string_equal(out, "");
	}
}

/* What the code of updater/fetch/forge and updater/fetch/http takes for granted. */
static void whole(void **state)
{
	static const char *const known[] = {"github", "gitea", "gitlab"};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		const struct dialect *d = dialect_of(known[i]);

		assert_non_null(strstr(d->latest, "/releases/"));
		assert_non_null(d->lead);
		assert_non_null(d->accept);
		assert_non_null(d->header);
		assert_non_null(d->scheme);
		assert_non_null(d->names.draft);
		assert_non_null(d->names.published);
	}
}

static void unescaped(void **state)
{
	static const char *const table[][2] = {
		{"v1", "v1"},	{"a%2Fb", "a/b"}, {"v%2b", "v+"}, {"v1?x", "v1"}, {"v1#x", "v1"}, {"", NULL},
		{"?x", NULL},	{"v%", NULL},	  {"v%2", NULL},  {"v%zz", NULL}, {"v%00", NULL}, {"v%0a", NULL},
		{"v%20", NULL}, {"v\x7f", NULL},  {"v 1", NULL},  {"1234", NULL}, {"123", "123"},
	};
	char out[4];

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		print_message("%s\n", table[i][0]);
		assert_int_equal(dialect_unescape(table[i][0], out, sizeof out), table[i][1] != NULL);
		if (table[i][1])
			assert_string_equal(out, table[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words),
		cmocka_unit_test(pages),
		cmocka_unit_test(whole),
		cmocka_unit_test(unescaped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
