#include "updater/unpack/write.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "test/unit.h"

static char base[64], made[256];
static struct writer w;

static int note(void *context, const char *path)
{
	(void)context;
	strcat(made, path);
	strcat(made, "|");
	return 0;
}

/* base/tree is to be filled; base/outside is what nobody may reach. */
static int start(void **state)
{
	int root;

	snprintf(base, sizeof base, "/tmp/moult-write-XXXXXX");
	if (!mkdtemp(base) || chdir(base) < 0 || mkdir("tree", 0755) < 0 || mkdir("outside", 0755) < 0)
		return -1;
	root = open("tree", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	made[0] = '\0';
	w.made = note;
	writer_begin(&w, root);
	w.walk = *state != NULL; /* the fallback of old kernels must do the same */
	return root < 0 ? -1 : 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *f)
{
	(void)st;
	(void)type;
	(void)f;
	return remove(path);
}

static int stop(void **state)
{
	(void)state;
	writer_end(&w);
	close(w.root);
	return chdir("/") | nftw(base, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static int put(const char *path, const char *text)
{
	int fd = writer_file(&w, path, 0644);

	if (fd < 0)
		return -1;
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	writer_done(&w, fd);
	return 0;
}

static void check(const char *path, const char *text)
{
	char buf[64] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_true(read(fd, buf, sizeof buf - 1) >= 0);
	close(fd);
	assert_string_equal(buf, text);
}

static void refuses(int result, int error)
{
	int got = errno;

	assert_int_equal(result, -1);
	assert_int_equal(got, error);
}

static void fills(void **state)
{
	int fd;

	(void)state;
	assert_int_equal(put("a", "1"), 0);
	assert_int_equal(put("d/e/f", "2"), 0);
	assert_int_equal(put("d/e/g", "3"), 0);
	assert_int_equal(put("d/h", "4"), 0);
	assert_int_equal(writer_dir(&w, "d/e"), 0);
	assert_int_equal(writer_dir(&w, ""), 0);
	assert_int_equal(writer_dir(&w, "i/j"), 0);
	assert_int_equal(writer_symlink(&w, "d/l", "e/f"), 0);
	fd = writer_hard_link(&w, "i/n", "d/e/f");
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(writer_sync(&w), 0);
	assert_string_equal(made, "d|d/e|i|i/j|");
	check("tree/a", "1");
	check("tree/d/e/f", "2");
	check("tree/d/e/g", "3");
	check("tree/d/h", "4");
	check("tree/d/l", "2");
	check("tree/i/n", "2");
}

static void nothing_twice(void **state)
{
	(void)state;
	assert_int_equal(put("d/a", "1"), 0);
	refuses(put("d/a", "2"), EEXIST);
	refuses(writer_symlink(&w, "d/a", "x"), EEXIST);
	refuses(writer_hard_link(&w, "d/a", "d/a"), EEXIST);
	refuses(put("d", "2"), EEXIST);
	refuses(writer_dir(&w, "d/a"), ENOTDIR);
	refuses(put("d/a/b", "2"), ENOTDIR);
	check("tree/d/a", "1");
}

static bool through_link(int result)
{
	int got = errno;

	return result == -1 && (got == ELOOP || got == ENOTDIR);
}

/* Links that lead out, made behind the writer's back: it must not go through them whoever made them. */
static void no_way_out(void **state)
{
	(void)state;
	assert_int_equal(symlink("../outside", "tree/out"), 0);
	assert_int_equal(symlink("out", "tree/hop"), 0);
	assert_int_equal(symlink("../outside/new", "tree/file"), 0);
	assert_int_equal(mkdir("tree/d", 0755), 0);
	assert_int_equal(symlink("../../outside", "tree/d/out"), 0);
	assert_true(through_link(put("out/x", "1")));
	assert_true(through_link(put("hop/x", "1")));
	assert_true(through_link(put("d/out/x", "1")));
	assert_true(through_link(put("d/out/e/x", "1")));
	assert_true(through_link(writer_dir(&w, "out")));
	assert_true(through_link(writer_dir(&w, "out/new")));
	assert_true(through_link(writer_symlink(&w, "out/x", "y")));
	refuses(put("file", "1"), EEXIST);
	refuses(access("outside/x", F_OK), ENOENT);
	refuses(access("outside/new", F_OK), ENOENT);
}

static void hard_links_to_files_only(void **state)
{
	(void)state;
	assert_int_equal(put("a", "1"), 0);
	assert_int_equal(symlink("../outside", "tree/out"), 0);
	assert_int_equal(symlink("a", "tree/l"), 0);
	assert_int_equal(mkfifo("tree/fifo", 0600), 0);
	assert_int_equal(mkdir("tree/d", 0755), 0);
	close(open("outside/secret", O_CREAT | O_WRONLY, 0600));
	assert_true(through_link(writer_hard_link(&w, "n", "out/secret")));
	refuses(writer_hard_link(&w, "n", "l"), ELOOP);
	refuses(writer_hard_link(&w, "n", "fifo"), EPERM);
	refuses(writer_hard_link(&w, "n", "d"), EPERM);
	refuses(writer_hard_link(&w, "n", "absent"), ENOENT);
	refuses(access("tree/n", F_OK), ENOENT);
}

static void strips(void **state)
{
	(void)state;
	assert_int_equal(put("top/top/a", "1"), 0);
	assert_int_equal(put("top/b", "2"), 0);
	assert_int_equal(writer_symlink(&w, "top/l", "b"), 0);
	for (int i = 0; i < 300; i++) {
		char name[32];

		snprintf(name, sizeof name, "top/many%d", i);
		assert_int_equal(put(name, "x"), 0);
	}
	assert_true(w.many);
	assert_int_equal(writer_strip(&w, "top"), 0);
	assert_int_equal(writer_sync(&w), 0);
	check("tree/top/a", "1");
	check("tree/b", "2");
	check("tree/l", "2");
	check("tree/many299", "x");
	refuses(access("tree/.moult-strip", F_OK), ENOENT);
}

#define BOTH(test)                                                                                                     \
	{#test, test, start, stop, NULL},                                                                              \
	{                                                                                                              \
#test " walking", test, start, stop, &w                                                                \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(fills), BOTH(nothing_twice), BOTH(no_way_out), BOTH(hard_links_to_files_only), BOTH(strips),
	};

	umask(022);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
