#include "updater/disk/profile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "lib/io.h"
#include "lib/text.h"
#include "updater/sha256.h"

#define LINK "profile"
#define PLACE "profiles.used"
#define MARK 17 /* '.' and 16 digits of its content's hash */

const char *profile_name_fault(const char *name)
{
	if (strlen(name) > PROFILE_NAME_MAX)
		return "is longer than 64 bytes";
	return version_tag_fault(name);
}

bool profile_current(int dirfd, char used[PROFILE_USED])
{
	char target[sizeof(PLACE) + PROFILE_USED];
	ssize_t n = readlinkat(dirfd, LINK, target, sizeof(target) - 1);
	used[0] = '\0';
	if (n == -1)
		return false;
	target[n] = '\0';
	const char *name = target + sizeof(PLACE);
	if (strncmp(target, PLACE "/", sizeof(PLACE)) != 0 || version_tag_fault(name) != NULL)
		return false;
	memcpy(used, name, strlen(name) + 1);
	return true;
}

void profile_name(const char *used, char name[PROFILE_NAME_MAX + 1])
{
	size_t len = strlen(used);
	struct text t;
	text_begin(&t, name, PROFILE_NAME_MAX + 1);
	text_addf(&t, "%.*s", len > MARK ? (int)(len - MARK) : (int)len, used);
}

int profile_save(int dirfd, const char *name, const char *text, size_t len, char used[PROFILE_USED])
{
	struct sha256 sum;
	char hex[65];
	sha256_begin(&sum);
	sha256_add(&sum, text, len);
	sha256_end(&sum, hex);
	if (text_format(used, PROFILE_USED, "%s.%.16s", name, hex) == -1)
		return -1;
	if (mkdirat(dirfd, PLACE, 0755) == -1 && errno != EEXIST)
		return -1;
	int place = openat(dirfd, PLACE, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int r = place == -1 ? -1 : io_replace(place, used, text, len, 0644); /* the app's user reads it */
	io_close(&place);
	return r;
}

int profile_turn(int dirfd, const char *used)
{
	char target[sizeof(PLACE) + PROFILE_USED];
	if (used[0] == '\0') {
		if (unlinkat(dirfd, LINK, 0) == -1)
			return errno == ENOENT ? 0 : -1;
		return io_sync_dir(dirfd);
	}
	if (text_format(target, sizeof(target), PLACE "/%s", used) == -1)
		return -1;
	return io_replace_link(dirfd, LINK, target);
}

int profile_sweep(int dirfd)
{
	char used[PROFILE_USED];
	int fd = openat(dirfd, PLACE, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);
	if (dir == NULL) {
		int error = errno;
		io_close(&fd);
		errno = error;
		return error == ENOENT ? 0 : -1;
	}
	profile_current(dirfd, used);
	int r = 0;
	const struct dirent *d;
	while (r == 0 && (d = readdir(dir)) != NULL)
		if (d->d_name[0] != '.' && strcmp(d->d_name, used) != 0)
			r = unlinkat(fd, d->d_name, 0);
	closedir(dir);
	return r;
}
