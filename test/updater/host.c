#include "updater/host.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "test/unit.h"

/* A release with a loader of its own, and an image without. */
static void what_a_program_needs(void **state)
{
	char base[] = "/tmp/moult-host-XXXXXX";
	int tree;
	(void)state;
	assert_non_null(mkdtemp(base));
	tree = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(tree >= 0);
	assert_int_equal(mkdirat(tree, "lib", 0755), 0);
	close(openat(tree, "lib/ld.so", O_CREAT | O_WRONLY | O_CLOEXEC, 0755));
	assert_true(host_has("/bin/sh", "/app", tree));
	assert_false(host_has("/lib/ld-none.so.1", "/app", tree));
	assert_false(host_has("/bin/sh/x", "/app", tree));
	assert_true(host_has("/app/lib/ld.so", "/app", tree));
	assert_false(host_has("/app/lib/ld-none.so", "/app", tree));
	assert_false(host_has("/application/lib/ld.so", "/app", tree));
	unlinkat(tree, "lib/ld.so", 0);
	unlinkat(tree, "lib", AT_REMOVEDIR);
	close(tree);
	rmdir(base);
}

static void what_to_do_about_it(void **state)
{
	(void)state;
	assert_non_null(strstr(host_remedy("/lib64/ld-linux-x86-64.so.2"), "(glibc): take a static build"));
	assert_non_null(strstr(host_remedy("/lib64/ld64.so.2"), "(glibc)"));
	assert_non_null(strstr(host_remedy("/lib/ld-musl-aarch64.so.1"), "(musl): take a static build"));
	assert_non_null(strstr(host_remedy("/usr/bin/python3"), "an image that has it"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_program_needs),
		cmocka_unit_test(what_to_do_about_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
