#include "updater/disk/history.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "lib/io.h"
#include "lib/text.h"
#include "updater/json.h"

#define NAME "history"
#define LINE_MAX 2048
#define SIZE_MAX_BYTES 262144

static void put_time(struct text *t, int64_t when)
{
	time_t seconds = (time_t)when;
	struct tm tm = {0};
	char stamp[40];
	gmtime_r(&seconds, &tm);
	if (text_format(stamp, sizeof(stamp), "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900, tm.tm_mon + 1,
			tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec) > 0)
		json_text(t, "time", stamp);
}

static void put_event(struct text *t, const struct history_event *e)
{
	json_begin(t);
	put_time(t, e->when);
	json_text(t, "what", e->what);
	json_text(t, "from", e->from);
	json_text(t, "to", e->to);
	json_text(t, "why", e->why);
	if (e->verified[0] != '\0')
		json_text(t, "verified", e->verified);
	if (e->took >= 0)
		json_number(t, "took_ms", e->took);
	json_end(t);
	text_add(t, "\n");
}

/* The byte before the end is not a newline: the line before was torn. */
static bool is_torn(int fd, off_t size)
{
	char last;
	return size > 0 && pread(fd, &last, 1, size - 1) == 1 && last != '\n';
}

int history_add(int dirfd, const struct history_event *event)
{
	char line[LINE_MAX];
	struct text t;
	struct stat st;
	int fd = openat(dirfd, NAME, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd == -1)
		return -1;
	int r = -1;
	if (fstat(fd, &st) == -1)
		goto out;
	text_begin(&t, line, sizeof(line));
	if (is_torn(fd, st.st_size))
		text_add(&t, "\n");
	put_event(&t, event);
	if (!text_whole(&t)) {
		errno = EMSGSIZE;
		goto out;
	}
	if (io_write(fd, line, t.len) == -1 || fsync(fd) == -1)
		goto out;
	if (st.st_size > SIZE_MAX_BYTES && renameat(dirfd, NAME, dirfd, NAME ".old") == -1)
		goto out;
	r = 0;
out:
	io_close(&fd);
	return r;
}

/* A power cut may leave zeros in the place of bytes. They must not hide what was written after it. */
static void show_zeros(char *text, size_t n)
{
	for (char *zero = text; (zero = memchr(zero, '\0', n - (size_t)(zero - text))) != NULL;)
		*zero = '?';
}

/* Cuts off what stands behind the last newline, and before the first one when the text begins in the middle of a line.
 */
static size_t keep_whole_lines(char *text, size_t n, bool begins_inside)
{
	const char *end = memrchr(text, '\n', n);
	const char *start = begins_inside && end != NULL ? (char *)memchr(text, '\n', n) + 1 : text;
	size_t kept = end == NULL ? 0 : (size_t)(end + 1 - start);
	memmove(text, start, kept);
	text[kept] = '\0';
	return kept;
}

long history_tail(int dirfd, char *buf, size_t size)
{
	buf[0] = '\0';
	int fd = openat(dirfd, NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd == -1)
		return errno == ENOENT ? 0 : -1;
	struct stat st;
	ssize_t n = -1;
	if (fstat(fd, &st) == -1)
		goto out;
	off_t skipped = st.st_size > (off_t)size - 1 ? st.st_size - ((off_t)size - 1) : 0;
	n = lseek(fd, skipped, SEEK_SET) == -1 ? -1 : io_read(fd, buf, size - 1);
	if (n == -1)
		goto out;
	show_zeros(buf, (size_t)n);
	n = (ssize_t)keep_whole_lines(buf, (size_t)n, skipped > 0);
out:
	io_close(&fd);
	return n;
}
