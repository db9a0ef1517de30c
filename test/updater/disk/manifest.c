#include "test/updater/scratch.h"
#include "updater/disk/manifest.h"

#include <errno.h>

#define HEAD                                                                                                           \
	"moult-manifest 1 v1.0.0 app.tar.gz sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb "  \
	"1\n"

/* What each path below the walked tree was judged to be. */
struct judgement {
	const struct manifest *m;
	const char *path;
	enum manifest_origin origin;
};

static enum tree_next judge(void *context, const struct tree_entry *e)
{
	struct judgement *j = context;
	if (strcmp(e->path, j->path) == 0)
		j->origin = manifest_origin(j->m, e);
	return TREE_ON;
}

static void expect(const struct manifest *m, const char *path, enum manifest_origin origin)
{
	struct judgement j = {m, path, MANIFEST_FAILED};
	int top = open_dir("tree");
	assert_int_equal(tree_walk(top, judge, &j), 0);
	close(top);
	if (j.origin != origin)
		print_error("%s is %d\n", path, j.origin);
	assert_int_equal(j.origin, origin);
}

static void tells_the_apps_work(void **state)
{
	struct manifest m;
	(void)state;
	put("tree/run", "program");
	put("tree/etc/a b%", "config");
	put("tree/etc/same", "config");
	put("tree/etc/touched", "config");
	put("tree/etc/replaced", "config");
	put("tree/file-to-dir", "x");
	assert_int_equal(symlink("run", "tree/link"), 0);
	assert_int_equal(symlink("run", "tree/turned"), 0);
	/* the manifest's writer encodes what has a meaning in it */
	assert_int_equal(rename("tree/etc/a b%", "tree/etc/plain"), 0);
	ship("tree", "v1.0.0", "files");
	assert_int_equal(manifest_open(AT_FDCWD, "files", &m), 0);
	assert_string_equal(m.tag, "v1.0.0");
	assert_true(manifest_has(&m, "etc/plain"));
	assert_true(manifest_has(&m, "etc"));
	assert_false(manifest_has(&m, "et"));
	assert_false(manifest_has(&m, "etc/"));

	put("tree/log/today", "written by the app");
	edit("tree/etc/same", "c0nfig"); /* same size, other bytes */
	assert_int_equal(chmod("tree/etc/touched", 0600), 0);
	put("tree/etc/replaced", "config"); /* other inode, same bytes */
	unlink("tree/turned");
	assert_int_equal(symlink("etc", "tree/turned"), 0);
	unlink("tree/file-to-dir");
	mkdir("tree/file-to-dir", 0755);

	expect(&m, "run", MANIFEST_SHIPPED);
	expect(&m, "etc", MANIFEST_SHIPPED);
	expect(&m, "etc/plain", MANIFEST_SHIPPED);
	expect(&m, "etc/same", MANIFEST_EDITED);
	expect(&m, "etc/touched", MANIFEST_SHIPPED);
	expect(&m, "etc/replaced", MANIFEST_SHIPPED);
	expect(&m, "link", MANIFEST_SHIPPED);
	expect(&m, "turned", MANIFEST_EDITED);
	expect(&m, "file-to-dir", MANIFEST_EDITED);
	expect(&m, "log", MANIFEST_CREATED);
	expect(&m, "log/today", MANIFEST_CREATED);
	manifest_close(&m);
}

static void writes_what_it_reads(void **state)
{
	struct manifest m;
	char missing[TREE_PATH];
	(void)state;
	put("tree/run me", "program");
	assert_int_equal(chmod("tree/run me", 0755), 0);
	put("tree/100%/x", "y");
	put("tree/new\nline", "z");
	assert_int_equal(symlink("a target", "tree/link"), 0);
	int top = open_dir("tree");
	int here = open_dir(".");
	assert_int_equal(manifest_write(here, "files", top, "dev"), 0);
	close(here);
	assert_false(there("files.new"));
	assert_int_equal(manifest_open(AT_FDCWD, "files", &m), 0);
	assert_int_equal(m.count, 5);
	assert_string_equal(m.digest, "");
	assert_true(manifest_has(&m, "run me"));
	assert_true(manifest_has(&m, "100%/x"));
	assert_true(manifest_has(&m, "new\nline"));
	assert_int_equal(manifest_check(&m, top, missing), 0);
	unlink("tree/100%/x");
	assert_int_equal(manifest_check(&m, top, missing), 0); /* no program */
	unlink("tree/run me");
	assert_int_equal(manifest_check(&m, top, missing), -1);
	assert_string_equal(missing, "run me");
	manifest_close(&m);
	close(top);
}

static void knows_what_it_came_from(void **state)
{
	struct manifest m;
	(void)state;
	put("files", HEAD);
	assert_int_equal(manifest_open(AT_FDCWD, "files", &m), 0);
	assert_string_equal(m.asset, "app.tar.gz");
	assert_int_equal(m.epoch, 1);
	assert_int_equal(m.published, 0); /* one of before that was written */
	manifest_close(&m);
	put("files", "moult-manifest 1 build-7 app.tar.gz - 1 1700000000\n");
	assert_int_equal(manifest_open(AT_FDCWD, "files", &m), 0);
	assert_int_equal(m.published, 1700000000);
	manifest_close(&m);
}

static void refuses_what_is_none(void **state)
{
	static const char *const texts[] = {
		"",
		"moult-manifest 2 v1 a - 1\n",
		"moult-manifest 1 v1 a - 1",
		"moult-manifest 1 ../v1 a - 1\n",
		"moult-manifest 1 v1 a md5:1 1\n",
		"moult-manifest 1 v1 a - soon\n",
		"moult-manifest 1 v1 a\n",
		"moult-manifest 1 v1 a - 1 soon\n",
		"moult-manifest 1 v1 a - 1 2 3\n",
		"moult-manifest 1 v1 a - 1 \n",
		HEAD "f 0644 1 x\n",
		HEAD "f 0644 1 x y z\n",
		HEAD "f 0644  1 x\n",
		HEAD "p 0644 1 x y\n",
		HEAD "f 0644 1 x \n",
		HEAD "\n",
		HEAD "f 0644 1 x y",
	};
	struct manifest m;
	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		put("files", texts[i]);
		errno = 0;
		assert_int_equal(manifest_open(AT_FDCWD, "files", &m), -1);
		assert_int_equal(errno, EBADMSG);
		assert_null(m.text);
	}
	assert_int_equal(manifest_open(AT_FDCWD, "none", &m), -1);
	assert_int_equal(errno, ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_SCRATCH(tells_the_apps_work),
		IN_SCRATCH(writes_what_it_reads),
		IN_SCRATCH(knows_what_it_came_from),
		IN_SCRATCH(refuses_what_is_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
