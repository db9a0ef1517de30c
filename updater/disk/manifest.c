#include "updater/disk/manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include "lib/env.h"
#include "lib/io.h"
#include "lib/text.h"
#include "updater/sha256.h"

#define FIRST_WORDS "moult-manifest 1 "
#define SIZE_LIMIT (64u << 20)
#define LINE_LIMIT (4 * TREE_PATH)

/* An entry's line cut into its five words; they end at a space or newline, not at a NUL. */
struct word {
	const char *at;
	size_t len;
};

enum { TYPE, MODE, SIZE, WHAT, PATH, WORDS };

static void words(const char *line, struct word out[WORDS])
{
	for (int i = 0; i < WORDS; i++) {
		out[i] = (struct word){line, strcspn(line, " \n")};
		line += out[i].len + (i < WORDS - 1);
	}
}

static bool is_entry(const char *line, size_t len)
{
	int spaces = 0;
	for (size_t i = 0; i < len; i++) {
		if (line[i] == '\0')
			return false;
		if (line[i] == ' ' && (++spaces == WORDS || i + 1 == len || line[i + 1] == ' '))
			return false;
	}
	return spaces == WORDS - 1 && strchr("fdl", line[0]) != NULL && line[1] == ' ';
}

static int compare_words(struct word a, struct word b)
{
	int order = memcmp(a.at, b.at, a.len < b.len ? a.len : b.len);
	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static int compare_lines(const void *a, const void *b)
{
	struct word x[WORDS], y[WORDS];
	words(*(const char *const *)a, x);
	words(*(const char *const *)b, y);
	return compare_words(x[PATH], y[PATH]);
}

/* "TAG ASSET sha256:HEX|- EPOCH", and when it was published, which older manifests do not say */
static bool parse_head(struct manifest *m, const char *line, size_t len)
{
	char copy[1024];
	if (len >= sizeof(copy) || memchr(line, '\0', len) != NULL)
		return false;
	memcpy(copy, line, len);
	copy[len] = '\0';
	char *rest = copy;
	const char *tag = strsep(&rest, " "), *asset = strsep(&rest, " "), *digest = strsep(&rest, " ");
	uint64_t epoch, published = 0;
	if (rest == NULL || asset[0] == '\0' || version_tag_fault(tag) != NULL)
		return false;
	const char *when = strsep(&rest, " ");
	if (env_number(when, 0, INT64_MAX, &epoch) == -1 ||
	    (rest != NULL && env_number(rest, 0, INT64_MAX, &published) == -1))
		return false;
	if (!release_digest(digest, m->digest) && strcmp(digest, "-") != 0)
		return false;
	if (strlen(asset) < sizeof(m->asset)) /* one that is not so long when it is not encoded is of no interest */
		memcpy(m->asset, asset, strlen(asset) + 1);
	m->epoch = (int64_t)epoch;
	m->published = (int64_t)published;
	memcpy(m->tag, tag, strlen(tag) + 1);
	return true;
}

static size_t count_lines(const char *text, size_t size)
{
	size_t n = 0;
	for (size_t i = 0; i < size; i++)
		n += text[i] == '\n';
	return n;
}

static bool parse(struct manifest *m)
{
	const char *at = m->text, *end = m->text + m->size;
	if (m->size < strlen(FIRST_WORDS) || memcmp(at, FIRST_WORDS, strlen(FIRST_WORDS)) != 0)
		return false;
	for (bool head = true; at < end; head = false) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		if (newline == NULL)
			return false;
		size_t len = (size_t)(newline - at);
		if (head ? !parse_head(m, at + strlen(FIRST_WORDS), len - strlen(FIRST_WORDS)) : !is_entry(at, len))
			return false;
		if (!head)
			m->lines[m->count++] = at;
		at = newline + 1;
	}
	qsort(m->lines, m->count, sizeof(*m->lines), compare_lines);
	return true;
}

int manifest_open(int dirfd, const char *name, struct manifest *m)
{
	struct stat st;
	int r = -1;
	*m = (struct manifest){0};
	int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd == -1 || fstat(fd, &st) == -1)
		goto out;
	errno = EBADMSG;
	if (!S_ISREG(st.st_mode) || st.st_size == 0 || st.st_size > SIZE_LIMIT)
		goto out;
	m->text = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (m->text == MAP_FAILED) {
		m->text = NULL;
		goto out;
	}
	m->size = (size_t)st.st_size;
	m->when = st.st_mtim;
	m->lines = calloc(count_lines(m->text, m->size) + 1, sizeof(*m->lines));
	if (m->lines == NULL)
		goto out;
	r = parse(m) ? 0 : -1;
	errno = EBADMSG;
out:
	io_close(&fd);
	if (r == -1)
		manifest_close(m);
	return r;
}

void manifest_close(struct manifest *m)
{
	int error = errno;
	free(m->lines);
	if (m->text != NULL)
		munmap(m->text, m->size);
	*m = (struct manifest){0};
	errno = error;
}

static void encode(struct text *t, const char *s)
{
	static const char digits[] = "0123456789ABCDEF";
	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;
		char code[3] = {'%', digits[c >> 4], digits[c & 15]};
		bool plain = c > ' ' && c != 0x7f && c != '%';
		text_add_bytes(t, plain ? s : code, plain ? 1 : 3);
	}
}

static int nibble(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
				      : -1;
}

/* False when it does not fit or is not what encode() makes. */
static bool decode(struct word w, char *out, size_t size)
{
	size_t n = 0;
	for (size_t i = 0; i < w.len; i++) {
		int c = (unsigned char)w.at[i];
		if (c == '%') {
			if (i + 2 >= w.len || nibble(w.at[i + 1]) == -1 || nibble(w.at[i + 2]) == -1)
				return false;
			c = nibble(w.at[i + 1]) * 16 + nibble(w.at[i + 2]);
			i += 2;
		}
		if (c == '\0' || n + 1 >= size)
			return false;
		out[n++] = (char)c;
	}
	out[n] = '\0';
	return true;
}

/* The entry's line for a path, or NULL. */
static const char *find(const struct manifest *m, const char *path)
{
	char encoded[3 * TREE_PATH];
	struct text t;
	text_begin(&t, encoded, sizeof(encoded));
	encode(&t, path);
	struct word wanted = {encoded, t.len}, w[WORDS];
	size_t low = 0, high = m->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		words(m->lines[middle], w);
		int order = compare_words(wanted, w[PATH]);
		if (order == 0)
			return m->lines[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

bool manifest_entry(const struct manifest *m, size_t i, struct manifest_entry *out)
{
	struct word w[WORDS];
	char number[24];
	uint64_t mode = 0;
	*out = (struct manifest_entry){0};
	words(m->lines[i], w);
	out->type = *w[TYPE].at;
	if (!decode(w[PATH], out->path, sizeof(out->path)))
		return false;
	if (out->type == 'l')
		return decode(w[WHAT], out->target, sizeof(out->target));
	if (!decode(w[MODE], number, sizeof(number)) || env_octal(number, 07777, &mode) == -1)
		return false;
	out->mode = (unsigned)mode;
	if (out->type == 'd')
		return true;
	if (w[WHAT].len == 64 && !decode(w[WHAT], out->digest, sizeof(out->digest)))
		return false;
	return decode(w[SIZE], number, sizeof(number)) && env_number(number, 0, INT64_MAX, &out->size) == 0;
}

bool manifest_has(const struct manifest *m, const char *path)
{
	return find(m, path) != NULL;
}

static bool before(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec < b->tv_sec : a->tv_nsec < b->tv_nsec;
}

/* Nobody touched its inode after the release was put in place, nor long before it was unpacked, which is what a clock
 * that was set back looks like. What came with the image may be of any age. */
static bool is_untouched(const struct manifest *m, const struct stat *st)
{
	if (!before(&st->st_ctim, &m->when))
		return false;
	return m->digest[0] == '\0' || st->st_ctim.tv_sec > m->epoch - 3600;
}

static enum manifest_origin file_origin(const struct manifest *m, const struct tree_entry *e, struct word size,
					struct word digest)
{
	char text[24], hex[65];
	uint64_t shipped;
	if (!S_ISREG(e->st->st_mode) || !decode(size, text, sizeof(text)) ||
	    env_number(text, 0, INT64_MAX, &shipped) == -1 || (off_t)shipped != e->st->st_size)
		return MANIFEST_EDITED;
	if (is_untouched(m, e->st))
		return MANIFEST_SHIPPED;
	if (digest.len != 64)
		return MANIFEST_EDITED;
	int fd = openat(e->dirfd, e->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd == -1)
		return MANIFEST_FAILED;
	int r = sha256_of(fd, hex);
	io_close(&fd);
	if (r == -1)
		return MANIFEST_FAILED;
	return memcmp(hex, digest.at, 64) == 0 ? MANIFEST_SHIPPED : MANIFEST_EDITED;
}

static enum manifest_origin link_origin(const struct tree_entry *e, struct word target)
{
	char shipped[TREE_PATH], now[TREE_PATH];
	if (!S_ISLNK(e->st->st_mode) || !decode(target, shipped, sizeof(shipped)))
		return MANIFEST_EDITED;
	ssize_t n = readlinkat(e->dirfd, e->name, now, sizeof(now) - 1);
	if (n == -1)
		return MANIFEST_FAILED;
	now[n] = '\0';
	return strcmp(shipped, now) == 0 ? MANIFEST_SHIPPED : MANIFEST_EDITED;
}

enum manifest_origin manifest_origin(const struct manifest *m, const struct tree_entry *e)
{
	const char *line = find(m, e->path);
	if (line == NULL)
		return MANIFEST_CREATED;
	struct word w[WORDS];
	words(line, w);
	if (*w[TYPE].at == 'f')
		return file_origin(m, e, w[SIZE], w[WHAT]);
	if (*w[TYPE].at == 'l')
		return link_origin(e, w[WHAT]);
	return S_ISDIR(e->st->st_mode) ? MANIFEST_SHIPPED : MANIFEST_EDITED;
}

/* "0755" and the like; the manifest's form was checked, its digits are what is looked at. */
static bool is_executable(struct word mode)
{
	bool any = false;
	for (size_t i = mode.len > 3 ? mode.len - 3 : 0; i < mode.len; i++)
		any |= ((mode.at[i] - '0') & 1) != 0;
	return any;
}

int manifest_check(const struct manifest *m, int top, char missing[TREE_PATH])
{
	for (size_t i = 0; i < m->count; i++) {
		struct word w[WORDS];
		struct stat st;
		words(m->lines[i], w);
		if (*w[TYPE].at != 'f' || !is_executable(w[MODE]))
			continue;
		if (!decode(w[PATH], missing, TREE_PATH)) {
			errno = EBADMSG;
			return -1;
		}
		if (fstatat(top, missing, &st, AT_SYMLINK_NOFOLLOW) == -1)
			return -1;
		if (!S_ISREG(st.st_mode)) {
			errno = ENOENT;
			return -1;
		}
	}
	return 0;
}

/* manifest_write(): lines gathered in a buffer, written out when it fills. */
struct writer {
	int fd;
	char bytes[4 * LINE_LIMIT];
	struct text t;
};

static int flush(struct writer *w)
{
	if (io_write(w->fd, w->bytes, w->t.len) == -1)
		return -1;
	text_begin(&w->t, w->bytes, sizeof(w->bytes));
	return 0;
}

static enum tree_next write_entry(void *context, const struct tree_entry *e)
{
	struct writer *w = context;
	mode_t mode = e->st->st_mode;
	if (sizeof(w->bytes) - w->t.len < 2 * LINE_LIMIT && flush(w) == -1)
		return TREE_FAIL;
	if (S_ISREG(mode)) {
		text_addf(&w->t, "f %04o %llu - ", mode & 07777, (unsigned long long)e->st->st_size);
	} else if (S_ISDIR(mode)) {
		text_addf(&w->t, "d %04o - - ", mode & 07777);
	} else if (S_ISLNK(mode)) {
		char target[TREE_PATH];
		ssize_t n = readlinkat(e->dirfd, e->name, target, sizeof(target) - 1);
		if (n == -1)
			return TREE_FAIL;
		target[n] = '\0';
		text_add(&w->t, "l - - ");
		encode(&w->t, target);
		text_add(&w->t, " ");
	} else {
		return TREE_OVER; /* a fifo or socket in an image: whose it is does not matter */
	}
	encode(&w->t, e->path);
	text_add(&w->t, "\n");
	return TREE_ON;
}

int manifest_write(int dirfd, const char *name, int top, const char *tag)
{
	char draft[256];
	struct writer *w = NULL;
	int r = -1, fd = -1;
	if (text_format(draft, sizeof(draft), "%s.new", name) == -1)
		return -1;
	fd = openat(dirfd, draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd == -1)
		return -1;
	w = malloc(sizeof(*w));
	if (w == NULL)
		goto out;
	w->fd = fd;
	text_begin(&w->t, w->bytes, sizeof(w->bytes));
	text_addf(&w->t, FIRST_WORDS "%s baked - %lld\n", tag, (long long)time(NULL));
	if (tree_walk(top, write_entry, w) == -1 || flush(w) == -1 || fsync(fd) == -1)
		goto out;
	if (renameat(dirfd, draft, dirfd, name) == -1)
		goto out;
	r = io_sync_dir(dirfd);
out:
	io_close(&fd);
	if (r == -1) {
		int error = errno;
		unlinkat(dirfd, draft, 0);
		errno = error;
	}
	free(w);
	return r;
}
