/* What the tests of the disk rooms share: a directory of their own, and files in it told in one line each. */
#ifndef TEST_UPDATER_SCRATCH_H
#define TEST_UPDATER_SCRATCH_H

#include "test/unit.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "updater/sha256.h"
#include "updater/disk/tree.h"

static char scratch[64];
static int scratch_fd = -1; /* the same, for what wants a descriptor */

static int scratch_make(void **state)
{
	(void)state;
	snprintf(scratch, sizeof(scratch), "/tmp/moult-test-XXXXXX");
	if (mkdtemp(scratch) == NULL || chdir(scratch) == -1)
		return -1;
	scratch_fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return scratch_fd == -1 ? -1 : 0;
}

static int scratch_remove(void **state)
{
	(void)state;
	close(scratch_fd);
	return chdir("/") == -1 ? -1 : tree_remove(AT_FDCWD, scratch);
}

#define IN_SCRATCH(f) cmocka_unit_test_setup_teardown(f, scratch_make, scratch_remove)

/* A file with this text, its directories made; replaced by rename, as editors do, when it is there. */
__attribute__((unused)) static void put(const char *path, const char *text)
{
	char part[256], draft[300];
	for (size_t i = 1; path[i] != '\0'; i++)
		if (path[i] == '/') {
			snprintf(part, sizeof(part), "%.*s", (int)i, path);
			mkdir(part, 0755);
		}
	snprintf(draft, sizeof(draft), "%s~", path);
	int fd = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	assert_int_equal(rename(draft, path), 0);
}

/* Overwrites in place: the same inode. */
__attribute__((unused)) static void edit(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

__attribute__((unused)) static bool there(const char *path)
{
	struct stat st;
	return lstat(path, &st) == 0;
}

__attribute__((unused)) static void holds(const char *path, const char *text)
{
	char buf[256] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		print_error("%s is not there\n", path);
	assert_int_not_equal(fd, -1);
	assert_true(read(fd, buf, sizeof(buf) - 1) >= 0);
	close(fd);
	assert_string_equal(buf, text);
}

__attribute__((unused)) static int open_dir(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_not_equal(fd, -1);
	return fd;
}

/* Ships a tree: a manifest of what is below `top` now, with digests, as moult-unpack writes it. */
struct shipment {
	FILE *out;
};

__attribute__((unused)) static enum tree_next ship_entry(void *context, const struct tree_entry *e)
{
	struct shipment *s = context;
	if (S_ISREG(e->st->st_mode)) {
		char hex[65];
		int fd = openat(e->dirfd, e->name, O_RDONLY | O_CLOEXEC);
		assert_int_equal(sha256_of(fd, hex), 0);
		close(fd);
		fprintf(s->out, "f %04o %lld %s %s\n", (unsigned)e->st->st_mode & 07777, (long long)e->st->st_size, hex,
			e->path);
	} else if (S_ISDIR(e->st->st_mode)) {
		fprintf(s->out, "d 0755 - - %s\n", e->path);
	} else {
		char target[256] = "";
		assert_true(readlinkat(e->dirfd, e->name, target, sizeof(target) - 1) > 0);
		fprintf(s->out, "l - - %s %s\n", target, e->path);
	}
	return TREE_ON;
}

__attribute__((unused)) static void ship(const char *top, const char *tag, const char *files)
{
	struct shipment s = {fopen(files, "we")};
	struct stat st;
	int fd = open_dir(top);
	assert_non_null(s.out);
	assert_int_equal(fstat(fd, &st), 0);
	fprintf(s.out,
		"moult-manifest 1 %s app.tar.gz "
		"sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb "
		"%lld\n",
		tag, (long long)st.st_mtime);
	assert_int_equal(tree_walk(fd, ship_entry, &s), 0);
	fclose(s.out);
	close(fd);
	/* The kernel's clock for files ticks slowly: what is written next would be of the same moment. */
	do {
		put("tick", "");
		assert_int_equal(stat("tick", &st), 0);
		struct stat of;
		assert_int_equal(stat(files, &of), 0);
		if (st.st_ctim.tv_sec != of.st_mtim.tv_sec || st.st_ctim.tv_nsec != of.st_mtim.tv_nsec)
			break;
	} while (true);
	unlink("tick");
}

#endif
