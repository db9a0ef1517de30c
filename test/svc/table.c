#include "svc/table.h"

#include <string.h>
#include "lib/log.h"
#include "test/unit.h"

static void ignore(const struct service *s, int64_t now)
{
	(void)s;
	(void)now;
}

static int begin(void **unused)
{
	(void)unused;
	log_start("table", LOG_TEXT, LOG_LEVEL_ERROR);
	service_world.svdir = "/nonexistent";
	service_world.place = "/nonexistent";
	service_world.changed = ignore;
	return 0;
}

/* A name of the full length, with a number in front. */
static void number(char name[DIR_NAME + 1], int n)
{
	memset(name, 'x', DIR_NAME);
	name[DIR_NAME] = '\0';
	for (int at = 6; at >= 0; at--, n /= 10)
		name[at] = (char)('0' + n % 10);
}

static void forget(const char *name)
{
	struct service *s = table_find(name);

	assert_non_null(s);
	service_event(s, LIFE_EXIT, 0);
	assert_false(table_sweep(0));
	assert_null(table_find(name));
}

static int end(void **unused)
{
	(void)unused;
	for (struct service *s = table_next(NULL); s != NULL; s = table_next(s)) {
		if (!s->logger) /* these go behind their services */
			service_event(s, LIFE_EXIT, 0);
	}
	(void)table_sweep(0);
	return table_next(NULL) == NULL ? 0 : -1;
}

static void finds_by_name(void **unused)
{
	struct service *a = table_add("a", false, 0), *b = table_add("b", true, 0);

	(void)unused;
	assert_ptr_equal(table_find("a"), a);
	assert_ptr_equal(table_find("b"), b);
	assert_string_equal(table_at(b->peer)->name, "b/log");
	assert_ptr_equal(table_find("b/log"), table_at(b->peer));
	assert_null(table_find("c"));
	assert_null(table_find(""));
	forget("a");
	assert_ptr_equal(table_find("b"), b);
	assert_ptr_equal(table_add("c", false, 0), a); /* the first free place */
}

/* More names than the row of them holds, one after the other, while some stay. */
static void names_come_and_go(void **unused)
{
	char name[DIR_NAME + 1], stays[] = "stay0";

	(void)unused;
	for (int i = 0; i < 10; i++) {
		stays[4] = (char)('0' + i);
		assert_non_null(table_add(stays, i % 2 == 0, 0));
		number(name, i);
		assert_non_null(table_add(name, false, 0)); /* between them something that goes */
	}
	for (int i = 0; i < 6000; i++) {
		number(name, i);
		if (i >= 10)
			assert_non_null(table_add(name, false, 0));
		assert_string_equal(table_find(name)->name, name);
		forget(name);
	}
	for (int i = 0; i < 10; i++) {
		stays[4] = (char)('0' + i);
		assert_string_equal(table_find(stays)->name, stays);
		if (i % 2 == 0)
			assert_int_equal(strncmp(table_at(table_find(stays)->peer)->name, stays, 5), 0);
	}
}

static void no_more_than_it_holds(void **unused)
{
	char name[DIR_NAME + 1];

	(void)unused;
	for (int i = 0; i < TABLE_SERVICES; i++) {
		number(name, i);
		assert_non_null(table_add(name, false, 0));
	}
	assert_null(table_add("one-more", false, 0));
	assert_string_equal(table_find(name)->name, name);
	forget(name);
	assert_non_null(table_add("one-more", false, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(finds_by_name, begin, end),
		cmocka_unit_test_setup_teardown(names_come_and_go, begin, end),
		cmocka_unit_test_setup_teardown(no_more_than_it_holds, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
