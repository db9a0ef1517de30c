#include "lib/io.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "lib/kernel.h"
#include "lib/text.h"

void io_close(int *fd)
{
	int saved = errno;

	if (*fd != -1)
		close(*fd);
	*fd = -1;
	errno = saved;
}

ssize_t io_read(int fd, void *buf, size_t n)
{
	size_t done = 0;

	while (done < n) {
		ssize_t r = read(fd, (char *)buf + done, n - done);

		if (r == -1 && errno == EINTR)
			continue;
		if (r == -1)
			return -1;
		if (r == 0)
			break;
		done += (size_t)r;
	}
	return (ssize_t)done;
}

int io_write(int fd, const void *bytes, size_t n)
{
	const char *p = bytes;

	while (n > 0) {
		ssize_t w = write(fd, p, n);

		if (w == -1 && errno == EINTR)
			continue;
		if (w == -1)
			return -1;
		p += w;
		n -= (size_t)w;
	}
	return 0;
}

ssize_t io_read_file(int dirfd, const char *name, char *buf, size_t size)
{
	struct stat st;
	ssize_t n = -1;
	int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd == -1)
		return -1;
	if (kernel_fstat(fd, &st) == -1)
		goto out;
	if (!S_ISREG(st.st_mode)) {
		errno = EINVAL;
		goto out;
	}
	n = io_read(fd, buf, size);
	if (n == (ssize_t)size) {
		errno = EFBIG;
		n = -1;
	}
	if (n >= 0)
		buf[n] = '\0';
out:
	io_close(&fd);
	return n;
}

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

ssize_t io_read_line(int dirfd, const char *name, char *buf, size_t size)
{
	ssize_t n = io_read_file(dirfd, name, buf, size);
	size_t start = 0;
	size_t end;

	if (n < 0)
		return -1;
	end = strcspn(buf, "\n");
	while (start < end && blank(buf[start]))
		start++;
	while (end > start && blank(buf[end - 1]))
		end--;
	memmove(buf, buf + start, end - start);
	buf[end - start] = '\0';
	return (ssize_t)(end - start);
}

int io_sync_dir(int dirfd)
{
	if (fsync(dirfd) == 0 || errno == EINVAL || errno == ENOTSUP)
		return 0;
	return -1;
}

static int sync_dir_of(int dirfd)
{
	int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r;

	if (fd == -1)
		return -1;
	r = io_sync_dir(fd);
	io_close(&fd);
	return r;
}

static int write_new(int dirfd, const char *temp, const void *bytes, size_t n, mode_t mode)
{
	int fd = openat(dirfd, temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);

	if (fd == -1)
		return -1;
	if (io_write(fd, bytes, n) == -1 || fsync(fd) == -1) {
		io_close(&fd);
		return -1;
	}
	return close(fd);
}

static int rename_over(int dirfd, const char *temp, const char *name)
{
	if (renameat(dirfd, temp, dirfd, name) == -1)
		return -1;
	return sync_dir_of(dirfd);
}

/* Takes back a temporary file, keeping the errno that made it necessary. */
static int give_up(int dirfd, const char *temp)
{
	int saved = errno;

	unlinkat(dirfd, temp, 0);
	errno = saved;
	return -1;
}

static int temp_name(int dirfd, const char *name, char temp[NAME_MAX + 1])
{
	if (text_format(temp, NAME_MAX + 1, "%s.new", name) == -1)
		return -1;
	/* One left over by a crash is nobody's: whoever replaces this file is the only one who does. */
	if (unlinkat(dirfd, temp, 0) == -1 && errno != ENOENT)
		return -1;
	return 0;
}

int io_replace(int dirfd, const char *name, const void *bytes, size_t n, mode_t mode)
{
	char temp[NAME_MAX + 1];

	if (temp_name(dirfd, name, temp) == -1)
		return -1;
	if (write_new(dirfd, temp, bytes, n, mode) == -1 || rename_over(dirfd, temp, name) == -1)
		return give_up(dirfd, temp);
	return 0;
}

int io_replace_link(int dirfd, const char *name, const char *target)
{
	char temp[NAME_MAX + 1];

	if (temp_name(dirfd, name, temp) == -1)
		return -1;
	if (symlinkat(target, dirfd, temp) == -1 || rename_over(dirfd, temp, name) == -1)
		return give_up(dirfd, temp);
	return 0;
}

int io_make_dirs(int dirfd, const char *path, mode_t mode)
{
	char part[PATH_MAX];
	size_t n = strlen(path);
	struct stat st;

	if (n == 0 || n >= sizeof part) {
		errno = n == 0 ? ENOENT : ENAMETOOLONG;
		return -1;
	}
	memcpy(part, path, n + 1);
	for (size_t i = 1; i <= n; i++) {
		if (part[i] != '/' && part[i] != '\0')
			continue;
		part[i] = '\0';
		if (mkdirat(dirfd, part, mode) == -1 && errno != EEXIST) {
			/* A read-only file system says EROFS even where the directory is there. */
			int saved = errno;

			if (kernel_stat(dirfd, part, &st, 0) == -1) {
				errno = saved;
				return -1;
			}
		}
		part[i] = i < n ? '/' : '\0';
	}
	if (kernel_stat(dirfd, part, &st, 0) == -1)
		return -1;
	if (!S_ISDIR(st.st_mode)) {
		errno = ENOTDIR;
		return -1;
	}
	return 0;
}
