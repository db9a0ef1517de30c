#include "lib/ident.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "test/unit.h"

static char root[] = "/tmp/moult-ident-XXXXXX";

static void write_table(const char *name, const char *content)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof path, "%s/etc/%s", root, name);
	f = fopen(path, "we");
	assert_non_null(f);
	fputs(content, f);
	fclose(f);
}

static int make_root(void **state)
{
	char path[64];
	static char table[6000];

	(void)state;
	assert_non_null(mkdtemp(root));
	snprintf(path, sizeof path, "%s/etc", root);
	assert_int_equal(mkdir(path, 0700), 0);
	/* One line longer than the reader's buffer, then the ones that count; the last without its newline. */
	memset(table, 'x', 5000);
	strcpy(table + 5000, "\nroot:x:0:0::/root:/bin/sh\nbroken:x:1\napp:x:1000:50:App:/srv/app:/bin/sh\n"
			     "odd:x:abc:1::/:/x\nnohome:x:1001:1001:::");
	write_table("passwd", table);
	write_table("group", "root:x:0:\nadm:x:4:nobody,app\nweb:x:33:application\nappgrp:x:50:app\nlast:x:60:app");
	return 0;
}

static int remove_root(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof command, "rm -rf %s", root);
	return system(command);
}

static void finds_by_name(void **state)
{
	struct ident id;

	(void)state;
	assert_int_equal(ident_find(root, "app", &id), 0);
	assert_int_equal(id.uid, 1000);
	assert_int_equal(id.gid, 50);
	assert_string_equal(id.name, "app");
	assert_string_equal(id.home, "/srv/app");
	assert_int_equal(id.ngroups, 3);
	assert_int_equal(id.groups[0], 50);
	assert_int_equal(id.groups[1], 4);
	assert_int_equal(id.groups[2], 60);
}

static void finds_by_number_and_group(void **state)
{
	struct ident id;

	(void)state;
	assert_int_equal(ident_find(root, "12345", &id), 0);
	assert_int_equal(id.uid, 12345);
	assert_int_equal(id.gid, 12345);
	assert_string_equal(id.name, "");
	assert_string_equal(id.home, "/");
	assert_int_equal(ident_find(root, "1000", &id), 0);
	assert_string_equal(id.name, "app");
	assert_int_equal(ident_find(root, "app:web", &id), 0);
	assert_int_equal(id.gid, 33);
	assert_int_equal(ident_find(root, "1000:7", &id), 0);
	assert_int_equal(id.gid, 7);
	assert_int_equal(ident_find("/nonexistent", "5:6", &id), 0);
	assert_int_equal(ident_find(root, "nohome", &id), 0);
	assert_string_equal(id.home, "/");
}

static void refuses_nonsense(void **state)
{
	static const struct {
		const char *spec;
		int error;
	} table[] = {
		{"nobody-here", ENOENT}, {"", EINVAL},	      {":", EINVAL},	      {"app:", EINVAL},
		{"app:none", ENOENT},	 {"-1", EINVAL},      {"4294967295", EINVAL}, {"a b", EINVAL},
		{"../app", EINVAL},	 {"app:a:b", EINVAL}, {"odd", ENOENT},	      {"broken", ENOENT},
	};
	struct ident id = {.uid = 7};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		errno = 0;
		assert_int_equal(ident_find(root, table[i].spec, &id), -1);
		if (errno != table[i].error)
			fail_msg("'%s': %s", table[i].spec, strerror(errno));
		assert_int_equal(id.uid, 7);
	}
}

static void refuses_too_many_groups(void **state)
{
	static char table[4000];
	struct ident id;
	size_t n = 0;

	(void)state;
	for (int i = 0; i < IDENT_GROUPS; i++)
		n += (size_t)snprintf(table + n, sizeof table - n, "g%d:x:%d:app\n", i, 100 + i);
	write_table("group", table);
	assert_int_equal(ident_find(root, "app", &id), -1);
	assert_int_equal(errno, E2BIG);
}

/* A reader of these would never come back. */
static void refuses_tables_without_an_end(void **state)
{
	char path[64];
	struct ident id = {.uid = 7};

	(void)state;
	snprintf(path, sizeof path, "%s/etc/passwd", root);
	assert_int_equal(truncate(path, (16L << 20) + 1), 0);
	assert_int_equal(ident_find(root, "app", &id), -1);
	assert_int_equal(errno, EFBIG);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/dev/zero", path), 0);
	assert_int_equal(ident_find(root, "app", &id), -1);
	assert_int_equal(errno, EFBIG);
	assert_int_equal(id.uid, 7);
	assert_int_equal(ident_find(root, "12345", &id), 0);
	assert_int_equal(id.gid, 12345);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_by_name),
		cmocka_unit_test(finds_by_number_and_group),
		cmocka_unit_test(refuses_nonsense),
		cmocka_unit_test(refuses_too_many_groups),
		cmocka_unit_test(refuses_tables_without_an_end),
	};

	return cmocka_run_group_tests(tests, make_root, remove_root);
}
