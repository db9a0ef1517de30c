#include "test/updater/scratch.h"

#include <errno.h>
#include <time.h>
#include "updater/disk/audit.h"

#define DIGEST_OF_ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
static const char files[] = "moult-manifest 1 v1 app.tgz sha256:" DIGEST_OF_ABC " 1700000000\n"
			    "f 0755 3 " DIGEST_OF_ABC " bin/run\n"
			    "f 0644 3 " DIGEST_OF_ABC " conf\n"
			    "d 0755 - - bin\n"
			    "l - - conf alias\n"
			    "f 0644 9 - from%20image\n";

/* A release as it was shipped; the manifest is younger than it. */
static void ship_all(void)
{
	struct timespec past[2] = {{1, 0}, {1, 0}}, future[2] = {{time(NULL) + 1000, 0}, {time(NULL) + 1000, 0}};
	put("top/bin/run", "abc");
	assert_int_equal(chmod("top/bin/run", 0755), 0);
	put("top/conf", "abc");
	put("top/from image", "123456789");
	assert_int_equal(symlink("conf", "top/alias"), 0);
	put("files", files);
	assert_int_equal(utimensat(AT_FDCWD, "top/conf", past, 0), 0); /* what the app can set says nothing */
	assert_int_equal(utimensat(AT_FDCWD, "files", future, 0), 0);
}

/* The manifest is older than whatever is done from now on. */
static void begin_to_run(void)
{
	struct timespec past[2] = {{1, 0}, {1, 0}};
	assert_int_equal(utimensat(AT_FDCWD, "files", past, 0), 0);
}

/* What the whole of it finds: one thing of the kind about this path, or nothing (AUDIT_OVER). */
static void finds(enum audit_result kind, const char *path, size_t step)
{
	struct manifest m;
	struct audit a;
	enum audit_result found = AUDIT_OVER, r;
	char where[TREE_PATH] = "";
	assert_int_equal(manifest_open(scratch_fd, "files", &m), 0);
	int top = openat(scratch_fd, "top", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	audit_begin(&a, &m, top);
	while ((r = audit_step(&a, step)) != AUDIT_OVER) {
		if (r == AUDIT_MORE)
			continue;
		assert_int_equal(found, AUDIT_OVER); /* only one */
		assert_true(a.why[0] != '\0');
		found = r;
		snprintf(where, sizeof(where), "%s", a.entry.path);
	}
	assert_int_equal(a.files, 5);
	audit_end(&a);
	manifest_close(&m);
	close(top);
	assert_int_equal(found, kind);
	assert_string_equal(where, path);
}

static void nothing_where_nothing_is_wrong(void **state)
{
	(void)state;
	ship_all();
	finds(AUDIT_OVER, "", 1);
	begin_to_run();
	finds(AUDIT_OVER, "", 1 << 20);
	put("top/created", "by the app"); /* is none of its business */
	finds(AUDIT_OVER, "", 1);
}

static void a_flipped_byte(void **state)
{
	(void)state;
	ship_all();
	begin_to_run();
	edit("top/bin/run", "abd"); /* a program is never the app's work */
	finds(AUDIT_DAMAGED, "bin/run", 1);
	edit("top/bin/run", "abc");
	edit("top/conf", "abd"); /* a file may be */
	finds(AUDIT_CHANGED, "conf", 1);
	struct timespec future[2] = {{time(NULL) + 1000, 0}, {time(NULL) + 1000, 0}};
	assert_int_equal(utimensat(AT_FDCWD, "files", future, 0), 0); /* unless nobody wrote to it: a bad disk */
	finds(AUDIT_DAMAGED, "conf", 1);
}

static void other_damage(void **state)
{
	(void)state;
	ship_all();
	begin_to_run();
	edit("top/bin/run", "longer");
	finds(AUDIT_DAMAGED, "bin/run", 1);
	edit("top/bin/run", "abc");
	assert_int_equal(chmod("top/bin/run", 0644), 0);
	finds(AUDIT_DAMAGED, "bin/run", 1);
	assert_int_equal(chmod("top/bin/run", 0755), 0);
	assert_int_equal(unlink("top/from image"), 0);
	finds(AUDIT_MISSING, "from image", 1);
	assert_int_equal(mkdir("top/from image", 0755), 0);
	finds(AUDIT_DAMAGED, "from image", 1);
	assert_int_equal(rmdir("top/from image"), 0);
	put("top/from image", "another length");
	finds(AUDIT_CHANGED, "from image", 1);
	put("top/from image", "987654321"); /* without a hash only the size tells */
	finds(AUDIT_OVER, "", 1);
	assert_int_equal(unlink("top/alias") + symlink("/etc/passwd", "top/alias"), 0);
	finds(AUDIT_CHANGED, "alias", 1);
}

/* A large file is hashed in pieces, and can be left in the middle. */
static void in_pieces(void **state)
{
	static char big[300001];
	struct manifest m;
	struct audit a;
	char line[400], hex[65];
	unsigned steps = 0;
	(void)state;
	memset(big, 'x', sizeof(big) - 1);
	put("top/big", big);
	int fd = open("top/big", O_RDONLY | O_CLOEXEC);
	assert_int_equal(sha256_of(fd, hex), 0);
	close(fd);
	snprintf(line, sizeof(line), "moult-manifest 1 v1 app.tgz - 1700000000\nf 0644 300000 %s big\n", hex);
	put("files", line);
	assert_int_equal(manifest_open(scratch_fd, "files", &m), 0);
	int top = openat(scratch_fd, "top", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	audit_begin(&a, &m, top);
	while (audit_step(&a, 65536) == AUDIT_MORE)
		steps++;
	assert_in_range(steps, 5, 7);
	audit_end(&a);
	audit_begin(&a, &m, top);
	assert_int_equal(audit_step(&a, 65536), AUDIT_MORE);
	assert_int_equal(audit_step(&a, 65536), AUDIT_MORE);
	audit_end(&a);
	assert_int_equal(a.fd, -1);
	manifest_close(&m);
	close(top);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_SCRATCH(nothing_where_nothing_is_wrong),
		IN_SCRATCH(a_flipped_byte),
		IN_SCRATCH(other_damage),
		IN_SCRATCH(in_pieces),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
