#include "svc/signame.h"

#include <signal.h>
#include "test/unit.h"

static void numbers(void **unused)
{
	static const struct {
		const char *text;
		int number;
	} rows[] = {
		{"TERM", SIGTERM}, {"SIGTERM", SIGTERM}, {"term", SIGTERM}, {"SigHup", SIGHUP},
		{"15", SIGTERM},   {"64", 64},		 {"1", SIGHUP},	    {"SYS", SIGSYS},
		{"", 0},	   {"SIG", 0},		 {"0", 0},	    {"65", 0},
		{"-1", 0},	   {"TERMX", 0},	 {"TER", 0},	    {"SIGSIGTERM", 0},
		{"15 ", 0},	   {"STKFLT", 0},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (signame_number(rows[i].text) != rows[i].number)
			fail_msg("'%s' is %d", rows[i].text, signame_number(rows[i].text));
	}
}

static void there_and_back(void **unused)
{
	(void)unused;
	for (int n = 1; n <= 31; n++) {
		if (n != 16) /* the one without a meaning */
			assert_int_equal(signame_number(signame_text(n)), n);
	}
	assert_string_equal(signame_text(37), "signal 37");
	assert_string_equal(signame_text(0), "signal 0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(numbers), cmocka_unit_test(there_and_back)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
