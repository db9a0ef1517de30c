#include "test/unit.h"
#include "updater/policy/order.h"

static void versions_then_times(void **state)
{
	(void)state;
	assert_true(order_compare("v1.1", 1, "v1.0", 9) > 0);
	assert_int_equal(order_compare("v1.0", 1, "1.0.0", 9), 0);
	assert_true(order_compare("v1.0", 1, "build-9", 9) > 0);
	assert_true(order_compare("build-9", 1, "build-8", 2) < 0);
	assert_true(order_compare("build-9", 1, "build-8", 0) > 0);
	assert_int_equal(order_compare("build-9", 0, "build-8", 0), 0);
	assert_int_equal(order_compare("build-9", 5, "build-8", 5), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(versions_then_times)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
