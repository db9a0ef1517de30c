#include "test/unit.h"
#include <string.h>
#include "updater/command/progress.h"

static void shows(unsigned columns, uint64_t done, uint64_t total, uint64_t rate, const char *expected)
{
	char line[400];
	struct text t;
	text_begin(&t, line, sizeof(line));
	progress_line(&t, columns, done, total, rate);
	assert_string_equal(line, expected);
}

static void how_far_it_is(void **state)
{
	(void)state;
	shows(80, 0, 1000, 0, "[........................................]   0 %  0.0 of 0.9 KiB");
	shows(80, 1 << 20, 2 << 20, 512 << 10,
	      "[################................]  50 %  1.0 of 2.0 MiB  512.0 KiB/s  2 s left");
	shows(40, 2048, 2048, 1, "[###############] 100 %  2.0 of 2.0 KiB");
	shows(80, 9, 5, 0, "[########################################] 100 %  0.0 of 0.0 KiB"); /* more than was said */
}

static void how_long_it_takes(void **state)
{
	(void)state;
	shows(50, 0, 100ull << 20, 1 << 20, "  0 %  0.0 of 100.0 MiB  1.0 MiB/s  1 min 40 s le");
	shows(60, 0, 7300ull << 20, 1 << 20, "[.....]   0 %  0.0 of 7300.0 MiB  1.0 MiB/s  2 h 1 min left");
}

static void on_any_terminal(void **state)
{
	(void)state;
	for (unsigned columns = 0; columns <= 200; columns++) {
		char line[400];
		struct text t;
		text_begin(&t, line, sizeof(line));
		progress_line(&t, columns, 123456789, 987654321, 54321);
		assert_true(text_whole(&t));
		assert_true(t.len < columns || t.len == 0); /* one that wraps is not drawn over */
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(how_far_it_is),
		cmocka_unit_test(how_long_it_takes),
		cmocka_unit_test(on_any_terminal),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
