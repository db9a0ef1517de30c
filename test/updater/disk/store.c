#include "test/updater/scratch.h"
#include "updater/disk/store.h"

#include <errno.h>
#include <limits.h>
#include "lib/io.h"

static struct store store;
static char baked[128], version[128], state_dir[128];

static void open_store(void)
{
	snprintf(baked, sizeof(baked), "%s/image/baked", scratch);
	snprintf(version, sizeof(version), "%s/version", scratch);
	snprintf(state_dir, sizeof(state_dir), "%s/state", scratch);
	assert_int_equal(store_open(&store, state_dir, baked, version, NULL), 0);
}

/* Installs a release the whole way. */
static void install(const char *tag)
{
	struct stage stage;
	char path[256];
	assert_int_equal(store_stage(&store, &stage), 0);
	snprintf(path, sizeof(path), "state/staging/%s/tree/run", stage.name);
	put(path, tag);
	snprintf(path, sizeof(path), "state/staging/%s", stage.name);
	assert_int_equal(chdir(path), 0);
	ship("tree", tag, "files");
	assert_int_equal(chdir(scratch), 0);
	assert_int_equal(store_install(&store, &stage, tag), 0);
	store_unstage(&store, &stage);
	assert_false(there(path));
}

static void expect_list(const char *expected)
{
	char names[STORE_MAX][STORE_NAME], text[512] = "";
	int count = store_list(&store, names);
	for (int i = 0; i < count; i++) {
		strcat(text, names[i]);
		strcat(text, " ");
	}
	assert_string_equal(text, expected);
}

static void count_removed(void *context, const char *tag)
{
	(void)tag;
	(*(int *)context)++;
}

static void begins_with_nothing(void **state)
{
	char name[STORE_NAME];
	(void)state;
	open_store();
	assert_false(store.has_baked);
	expect_list("");
	assert_false(store_link(&store, "current", name));
	assert_true(there("state/releases"));
	struct stat st;
	assert_int_equal(stat("state/staging", &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	store_close(&store);
}

static void knows_the_images_release(void **state)
{
	char name[STORE_NAME];
	struct manifest m;
	(void)state;
	put("image/baked/run", "baked");
	put("version", " v1.0.0 \n");
	open_store();
	assert_true(there("image/baked.files"));
	assert_string_equal(store_tag(&store, STORE_BAKED), "v1.0.0");
	assert_int_equal(store_manifest(&store, STORE_BAKED, &m), 0);
	assert_true(manifest_has(&m, "run"));
	manifest_close(&m);
	assert_int_equal(store_set_link(&store, "current", STORE_BAKED), 0);
	assert_true(store_link(&store, "current", name));
	assert_string_equal(name, STORE_BAKED);
	holds("state/current/run", "baked");
	store_close(&store);
	/* a manifest that was there before the app wrote is not made again */
	put("image/baked/by-the-app", "x");
	open_store();
	assert_int_equal(store_manifest(&store, STORE_BAKED, &m), 0);
	assert_false(manifest_has(&m, "by-the-app"));
	manifest_close(&m);
	store_close(&store);
	/* that of another image is */
	put("version", "v1.0.1");
	open_store();
	assert_int_equal(store_manifest(&store, STORE_BAKED, &m), 0);
	assert_true(manifest_has(&m, "by-the-app"));
	manifest_close(&m);
	store_close(&store);
	unlink("version");
	open_store();
	assert_string_equal(store.baked_tag, "dev");
	store_close(&store);
}

static void installs_and_lists(void **state)
{
	char name[STORE_NAME];
	(void)state;
	put("image/baked/run", "baked");
	put("version", "v1.5.0");
	open_store();
	install("v1.10.0");
	install("v1.9.0");
	install("v1.5.0");
	mkdir("state/releases/v9.9.9", 0755); /* without a manifest: not ours, not whole */
	mkdir("state/releases/.hidden", 0755);
	put("state/releases/v8.8.8.files", "x");
	expect_list("v1.10.0 v1.9.0 @baked v1.5.0 ");
	assert_int_equal(store_set_link(&store, "current", "v1.9.0"), 0);
	assert_int_equal(store_set_link(&store, "current", "v1.10.0"), 0);
	holds("state/current/run", "v1.10.0");
	assert_true(store_link(&store, "current", name));
	assert_string_equal(name, "v1.10.0");
	assert_true(store_has(&store, "v1.9.0"));
	assert_false(store_has(&store, "v9.9.9"));
	assert_false(store_has(&store, "../releases/v1.9.0"));
	store_close(&store);
}

static void does_not_follow_a_strange_link(void **state)
{
	char name[STORE_NAME];
	static const char *const targets[] = {"/etc", "releases/../v1.0.0", "releases/none", "v1.0.0", "releases/"};
	(void)state;
	open_store();
	install("v1.0.0");
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		unlink("state/current");
		assert_int_equal(symlink(targets[i], "state/current"), 0);
		assert_false(store_link(&store, "current", name));
		assert_string_equal(name, "");
	}
	store_close(&store);
}

static void what_is_in_the_place_of_its_scratch_rooms_goes(void **state)
{
	(void)state;
	put("elsewhere/precious", "x");
	assert_int_equal(mkdir("state", 0755), 0);
	put("state/staging", "a file");
	assert_int_equal(symlink("../elsewhere", "state/download"), 0);
	open_store();
	assert_int_equal(store_sweep(&store), 0);
	assert_int_not_equal(store.staging, -1);
	assert_int_equal(faccessat(store.download, "precious", F_OK, 0), -1);
	assert_true(there("elsewhere/precious"));
	store_close(&store);
}

static void sweeps_attempts_only(void **state)
{
	struct stage stage;
	(void)state;
	open_store();
	install("v1.0.0");
	assert_int_equal(store_stage(&store, &stage), 0);
	put("state/staging/gone-v0/a/b", "x");
	put("state/releases/v1.1.0.files", "of an attempt that ended between two renames");
	put("state/releases/v1.1.0.carried", "");
	put("state/releases/v0.9.0/run", "put there by a person");
	assert_int_equal(store_sweep(&store), 0);
	assert_false(there("state/staging/gone-v0"));
	assert_false(there("state/releases/v1.1.0.files"));
	assert_false(there("state/releases/v1.1.0.carried"));
	assert_true(there("state/releases/v0.9.0/run"));
	assert_true(store_has(&store, "v1.0.0"));
	store_unstage(&store, &stage);
	store_close(&store);
}

static void replaces_a_release_of_the_same_tag(void **state)
{
	(void)state;
	open_store();
	install("v1.0.0");
	install("v1.0.0"); /* untouched: it just makes way */
	assert_false(there("state/kept"));
	put("state/releases/v1.0.0/by-the-app", "precious");
	install("v1.0.0");
	assert_false(there("state/releases/v1.0.0/by-the-app"));
	int fd = open_dir("state/kept");
	assert_int_equal(fchdir(fd), 0);
	close(fd);
	assert_int_equal(system("cat v1.0.0.*/by-the-app | grep -qx precious"), 0);
	store_close(&store);
}

static void collects_what_is_old(void **state)
{
	(void)state;
	put("image/baked/run", "baked");
	put("version", "v0.1.0");
	open_store();
	for (int i = 1; i <= 8; i++) {
		char tag[32];
		snprintf(tag, sizeof(tag), "v1.%d.0", i);
		install(tag);
	}
	assert_int_equal(store_set_link(&store, "current", "v1.8.0"), 0);
	assert_int_equal(store_set_link(&store, "previous", "v1.2.0"), 0);
	put("state/releases/v1.4.0/by-the-app", "not taken along");
	put("state/releases/v1.3.0/by-the-app", "taken along");
	assert_int_equal(store_set_carried(&store, "v1.3.0", true), 0);
	edit("state/releases/v1.5.0/run", "edited");
	int removed = 0;
	assert_int_equal(store_gc(&store, 1, "v1.1.0", "", count_removed, &removed), 0);
	/* kept: current, previous, the one named, the one highest other; those with the app's work in them */
	expect_list("v1.8.0 v1.7.0 v1.5.0 v1.4.0 v1.2.0 v1.1.0 @baked ");
	assert_int_equal(removed, 2);
	assert_false(there("state/releases/v1.3.0"));
	assert_false(there("state/releases/v1.3.0.files"));
	assert_false(there("state/releases/v1.3.0.carried"));
	assert_int_equal(store_set_carried(&store, "v1.4.0", true), 0);
	assert_int_equal(store_set_carried(&store, "v1.4.0", false), 0);
	assert_int_equal(store_gc(&store, 0, "", "", count_removed, &removed), 0);
	expect_list("v1.8.0 v1.5.0 v1.4.0 v1.2.0 @baked ");
	store_close(&store);
}

/* As moult-unpack writes it at the end of the first line. */
static void publish(const char *tag, const char *when)
{
	char path[256], text[4096], changed[4200];
	snprintf(path, sizeof(path), "state/releases/%s.files", tag);
	ssize_t n = io_read_file(AT_FDCWD, path, text, sizeof(text));
	assert_true(n > 0);
	int head = (int)strcspn(text, "\n");
	snprintf(changed, sizeof(changed), "%.*s %s%s", head, text, when, text + head);
	put(path, changed);
}

static void lists_what_is_no_version_by_time(void **state)
{
	(void)state;
	open_store();
	install("build-9");
	install("build-10");
	install("nightly");
	install("v0.1");
	publish("build-9", "300");
	publish("build-10", "200");
	expect_list("v0.1 build-9 build-10 nightly ");
	assert_true(store_compare(&store, "build-9", "build-10") > 0);
	assert_true(store_compare(&store, "nightly", "build-10") < 0);
	assert_int_equal(store_compare(&store, "nightly", "unheard-of"), 0);
	store_close(&store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_SCRATCH(begins_with_nothing),
		IN_SCRATCH(knows_the_images_release),
		IN_SCRATCH(installs_and_lists),
		IN_SCRATCH(does_not_follow_a_strange_link),
		IN_SCRATCH(what_is_in_the_place_of_its_scratch_rooms_goes),
		IN_SCRATCH(sweeps_attempts_only),
		IN_SCRATCH(replaces_a_release_of_the_same_tag),
		IN_SCRATCH(lists_what_is_no_version_by_time),
		IN_SCRATCH(collects_what_is_old),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
