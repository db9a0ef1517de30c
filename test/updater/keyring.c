#include "test/updater/scratch.h"
#include "updater/keyring.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KEY "RWTUPF8yUJrGjwiDVRg4YrHs5EQoJ/8XsmE9TgXjyGU3XWf2062XeXtF"
#define PEM                                                                                                            \
	"-----BEGIN PUBLIC KEY-----\n"                                                                                 \
	"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMX64IS0bbyvluWYMlSTZBO5TKxaA\n"                                           \
	"OFL0ImvBNxDC/2+MaFLX1ZmD/VwEaq54vAKPunsn0SGtNlA0hU1dUafWsg==\n"                                               \
	"-----END PUBLIC KEY-----\n"

static struct keyring k;
static char about[600];

static const char *read_ring(const char *verify, const char *keys, const char *files)
{
	return keyring_read(&k, verify, keys, files, about, sizeof(about));
}

/* The absolute path of a file in the scratch directory with this content. */
static const char *file(const char *name, const void *bytes, size_t n)
{
	static char paths[4][300];
	static unsigned next;
	char dir[200], *path = paths[next++ % 4];
	snprintf(dir, sizeof(dir), "/proc/self/fd/%d", scratch_fd);
	ssize_t length = readlink(dir, path, 200);
	assert_true(length > 0);
	snprintf(path + length, 90, "/%s", name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_int_equal(write(fd, bytes, n), (ssize_t)n);
	close(fd);
	return path;
}

static void nothing_is_set(void **state)
{
	(void)state;
	assert_null(read_ring("", "", ""));
	assert_int_equal(k.keys.count, 0);
	assert_false(k.named);
}

static void all_three(void **state)
{
	char paths[700];
	(void)state;
	snprintf(paths, sizeof(paths), "%s:%s", file("a.pub", PEM, strlen(PEM)), file("b.pub", KEY, strlen(KEY)));
	assert_null(read_ring("signature", KEY, paths));
	assert_int_equal(k.keys.count, 3);
	assert_string_equal(k.keys.keys[1].id, "6fdec13096ca6c38"); /* as openssl and sha256sum show it */
	assert_true(k.named && k.least == TRUST_SIGNATURE);
}

static void what_is_wrong_is_named(void **state)
{
	static char large[KEYRING_FILE_MAX + 1];
	(void)state;
	memset(large, '\n', sizeof(large));
	assert_string_equal(read_ring("", "x", ""),
			    "holds something that is no key: neither minisign's RW... nor a PEM "
			    "block PUBLIC KEY");
	assert_string_equal(about, "UPDATE_KEY");
	assert_string_equal(read_ring("", "", "key.pub"), "is no absolute path");
	assert_string_equal(about, "UPDATE_KEY_FILE=key.pub");
	assert_string_equal(read_ring("", "", file("large", large, sizeof(large))), "is larger than 16 KiB");
	assert_string_equal(read_ring("", "", file("zero", KEY "\0", sizeof(KEY))), "is no text");
	assert_string_equal(read_ring("", "", file("empty", "", 0)), "holds no key");
	assert_non_null(strstr(about, "/empty"));
	assert_non_null(read_ring("", "", "/dev/zero"));
	assert_string_equal(read_ring("more", "", ""), "has to be none, digest, checksums or signature");
	assert_string_equal(about, "UPDATE_VERIFY=more");
	assert_string_equal(read_ring("signature", "", ""), "needs a key in UPDATE_KEY or UPDATE_KEY_FILE");
}

/* Whoever sets the wrong one must not find it in a log. */
static void a_secret_is_never_shown(void **state)
{
	static const char secret[] = "RWQAAEIyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
	const char *wrong = read_ring("", secret, "");
	(void)state;
	assert_non_null(strstr(wrong, "secret key of minisign"));
	assert_null(strstr(wrong, "RWQA"));
	assert_null(strstr(about, "RWQA"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_set),
		IN_SCRATCH(all_three),
		IN_SCRATCH(what_is_wrong_is_named),
		cmocka_unit_test(a_secret_is_never_shown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
