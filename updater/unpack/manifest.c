#include "updater/unpack/manifest.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "lib/io.h"
#include "lib/text.h"
#include "updater/unpack/path.h"

#define LINE_MAX_BYTES (6 * PATH_TEXT + 256) /* two names with every byte written as three */

static int draft = -1;
static char gathered[16384]; /* lines on their way to or from the draft */
static size_t filled;

int manifest_begin(void)
{
	io_close(&draft);
	filled = 0;
	draft = memfd_create("manifest", MFD_CLOEXEC);
	return draft < 0 ? -1 : 0;
}

static int flush(int fd)
{
	size_t n = filled;

	filled = 0;
	return io_write(fd, gathered, n);
}

static int put(int fd, const char *bytes, size_t n)
{
	if (n > sizeof gathered - filled && flush(fd) < 0)
		return -1;
	memcpy(gathered + filled, bytes, n);
	filled += n;
	return 0;
}

static void escape(struct text *t, const char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c <= ' ' || c == 0x7f || c == '%')
			text_addf(t, "%%%c%c", "0123456789ABCDEF"[c >> 4], "0123456789ABCDEF"[c & 15]);
		else
			text_add_bytes(t, s, 1);
	}
}

static int end_line(struct text *t, const char *path)
{
	escape(t, path);
	text_add(t, "\n");
	if (!text_whole(t)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return put(draft, t->at, t->len);
}

int manifest_file(mode_t mode, uint64_t size, const char *sha256, const char *path)
{
	char line[LINE_MAX_BYTES];
	struct text t;

	text_begin(&t, line, sizeof line);
	text_addf(&t, "f %04o %llu %s ", (unsigned)mode, (unsigned long long)size, sha256);
	return end_line(&t, path);
}

int manifest_dir(mode_t mode, const char *path)
{
	char line[LINE_MAX_BYTES];
	struct text t;

	text_begin(&t, line, sizeof line);
	text_addf(&t, "d %04o - - ", (unsigned)mode);
	return end_line(&t, path);
}

int manifest_link(const char *target, const char *path)
{
	char line[LINE_MAX_BYTES];
	struct text t;

	text_begin(&t, line, sizeof line);
	text_add(&t, "l - - ");
	escape(&t, target);
	text_add(&t, " ");
	return end_line(&t, path);
}

static int write_head(int out, const struct request *r, const char *sha256, int64_t now)
{
	char line[LINE_MAX_BYTES];
	struct text t;

	text_begin(&t, line, sizeof line);
	text_add(&t, "moult-manifest 1 ");
	escape(&t, r->tag);
	text_add(&t, " ");
	escape(&t, r->name);
	text_addf(&t, " sha256:%s %lld", sha256, (long long)now);
	if (r->published > 0)
		text_addf(&t, " %llu", (unsigned long long)r->published);
	text_add(&t, "\n");
	return io_write(out, t.at, t.len);
}

/* Writes one line of the draft without the top directory in its path; the line of top itself is left out. */
static int put_stripped(int out, const char *line, size_t n, struct text *top)
{
	const char *path = (const char *)memrchr(line, ' ', n - 1) + 1;
	size_t head = (size_t)(path - line), rest = n - head;

	if (top->len && rest > top->len && memcmp(path, top->at, top->len) == 0) {
		if (path[top->len] == '\n')
			return 0;
		path += top->len + 1;
		rest -= top->len + 1;
	}
	return put(out, line, head) < 0 ? -1 : put(out, path, rest);
}

/* Goes through the draft line by line; a line always fits into the piece that is read. */
static int copy_draft(int out, struct text *top)
{
	static char piece[2 * LINE_MAX_BYTES];
	size_t have = 0;

	off_t at = 0;

	for (;;) {
		ssize_t got = pread(draft, piece + have, sizeof piece - have, at);
		char *line = piece, *end;

		if (got < 0)
			return -1;
		at += got;
		have += (size_t)got;
		while ((end = memchr(line, '\n', have))) {
			size_t n = (size_t)(end - line) + 1;

			if (put_stripped(out, line, n, top) < 0)
				return -1;
			line += n;
			have -= n;
		}
		memmove(piece, line, have);
		if (got == 0)
			return 0;
	}
}

int manifest_end(int out, const struct request *r, const char *sha256, int64_t now, const char *top)
{
	char escaped[3 * PATH_TEXT];
	struct text t;
	int result;

	text_begin(&t, escaped, sizeof escaped);
	escape(&t, top);
	result = flush(draft);
	if (result == 0)
		result = write_head(out, r, sha256, now);
	if (result == 0)
		result = copy_draft(out, &t);
	if (result == 0)
		result = flush(out);
	if (result == 0 && fsync(out) < 0 && errno != EINVAL && errno != ENOTSUP)
		result = -1;
	io_close(&draft);
	return result;
}
