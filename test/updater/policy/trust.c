#include "test/unit.h"
#include "updater/policy/trust.h"

static void words(void **state)
{
	enum trust level = TRUST_LEVELS;
	(void)state;
	for (int i = 0; i < TRUST_LEVELS; i++) {
		assert_true(trust_read(trust_word((enum trust)i), &level));
		assert_int_equal(level, i);
	}
	assert_false(trust_read("", &level));
	assert_false(trust_read("Signature", &level));
	assert_false(trust_read("signature ", &level));
	assert_int_equal(level, TRUST_SIGNATURE);
}

static void least(void **state)
{
	static const struct {
		struct trust_rule rule;
		enum trust least;
	} table[] = {
		/* nothing is set: a digest, and never less than last time */
		{{false, 0, false, TRUST_NONE}, TRUST_DIGEST},
		{{false, 0, false, TRUST_DIGEST}, TRUST_DIGEST},
		{{false, 0, false, TRUST_CHECKSUMS}, TRUST_CHECKSUMS},
		{{false, 0, false, TRUST_SIGNATURE}, TRUST_SIGNATURE},
		/* keys are pinned */
		{{false, 0, true, TRUST_NONE}, TRUST_SIGNATURE},
		{{false, 0, true, TRUST_CHECKSUMS}, TRUST_SIGNATURE},
		{{false, 0, true, TRUST_SIGNATURE}, TRUST_SIGNATURE},
		/* what is named is meant, whatever was before */
		{{true, TRUST_NONE, false, TRUST_SIGNATURE}, TRUST_NONE},
		{{true, TRUST_NONE, true, TRUST_SIGNATURE}, TRUST_NONE},
		{{true, TRUST_DIGEST, true, TRUST_CHECKSUMS}, TRUST_DIGEST},
		{{true, TRUST_CHECKSUMS, false, TRUST_NONE}, TRUST_CHECKSUMS},
		{{true, TRUST_SIGNATURE, true, TRUST_NONE}, TRUST_SIGNATURE},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		assert_int_equal(trust_least(&table[i].rule), table[i].least);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(words), cmocka_unit_test(least)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
