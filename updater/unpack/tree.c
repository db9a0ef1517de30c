#include "updater/unpack/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "lib/io.h"
#include "updater/unpack/hash.h"
#include "updater/unpack/manifest.h"
#include "updater/unpack/needs.h"

#define RATIO 500			/* real programs pack to a third; logs of zeros to a thousandth */
#define RATIO_FROM ((uint64_t)64 << 20) /* below so many bytes nobody is hurt */
#define MODE_PROGRAM 0755
#define MODE_FILE 0644

/* Counts an entry that is going to be made at path. */
static int count_entry(struct tree *t, const char *path)
{
	if (++t->entries > t->request->max_entries)
		return job_fail(t->error, "toobig", "%.300s: more than %llu entries", path,
				(unsigned long long)t->request->max_entries);
	return 0;
}

/* The writer made a directory, named by an entry or above one. */
static int on_made(void *context, const char *path)
{
	struct tree *t = context;

	return count_entry(t, path) < 0 ? -1 : manifest_dir(MODE_PROGRAM, path);
}

void tree_begin(struct tree *t, int root, const struct request *r, uint64_t packed, struct job_error *e)
{
	memset(t, 0, sizeof *t);
	t->request = r;
	t->error = e;
	t->packed = packed;
	t->fd = -1;
	t->writer.made = on_made;
	t->writer.context = t;
	writer_begin(&t->writer, root);
}

static int unsafe(struct tree *t, const char *name, const char *why)
{
	return job_fail(t->error, "unsafe", "%.300s %s", name, why);
}

/* Why the writer failed at path. */
static int cannot_write(struct tree *t, const char *path)
{
	if (errno == EEXIST)
		return unsafe(t, path, "comes twice");
	if (errno == ELOOP || errno == ENOTDIR)
		return unsafe(t, path, "leads through something that is no directory");
	if (errno == EFBIG)
		return job_fail(t->error, "toobig", "%.300s is larger than allowed", path);
	return job_fail_errno(t->error, "cannot write %.300s", path);
}

/* Is there one directory that holds everything? */
static void note_top(struct tree *t, const char *path, bool is_dir)
{
	size_t n = strcspn(path, "/");

	if (path[n] == '\0' && !is_dir)
		t->scattered = true;
	if (t->top[0] == '\0')
		memcpy(t->top, path, n);
	else if (strlen(t->top) != n || memcmp(t->top, path, n) != 0)
		t->scattered = true;
}

/* Cleans a name that the archive gives. */
static int take_name(struct tree *t, const char *name, char path[static PATH_TEXT], bool is_dir)
{
	const char *refused = path_clean(name, path);

	if (!refused && path[0] == '\0' && !is_dir)
		refused = "names the top directory itself";
	if (refused)
		return unsafe(t, name[0] ? name : "an entry's name", refused);
	if (path[0])
		note_top(t, path, is_dir);
	return 0;
}

int tree_dir(struct tree *t, const char *name)
{
	char path[PATH_TEXT];

	if (take_name(t, name, path, true) < 0)
		return -1;
	return writer_dir(&t->writer, path) < 0 ? cannot_write(t, path) : 0;
}

/* May the tree grow to so many bytes? */
static int check_bytes(struct tree *t, uint64_t more)
{
	if (more > t->request->max_bytes || t->bytes > t->request->max_bytes - more)
		return job_fail(t->error, "toobig", "%.300s: more than %llu bytes unpacked", t->path,
				(unsigned long long)t->request->max_bytes);
	if (t->bytes + more > RATIO_FROM && (t->bytes + more) / RATIO > t->packed)
		return job_fail(t->error, "toobig", "%.300s: more than %d times the bytes of the archive", t->path,
				RATIO);
	return 0;
}

int tree_file(struct tree *t, const char *name, bool executable, uint64_t size)
{
	if (take_name(t, name, t->path, false) < 0 || count_entry(t, t->path) < 0 || check_bytes(t, size) < 0)
		return -1;
	t->mode = executable ? MODE_PROGRAM : MODE_FILE;
	t->fd = writer_file(&t->writer, t->path, t->mode);
	if (t->fd < 0)
		return cannot_write(t, t->path);
	t->at = 0;
	memset(t->head, 0, sizeof t->head);
	hash_begin();
	return 0;
}

int tree_piece(struct tree *t, const void *bytes, size_t n, uint64_t offset)
{
	if (offset < t->at || offset > INT64_MAX - n)
		return job_fail(t->error, "archive", "%.300s: its pieces overlap", t->path);
	if (check_bytes(t, offset + n) < 0)
		return -1;
	if (offset < ELF_HEAD)
		memcpy(t->head + offset, bytes, n < ELF_HEAD - offset ? n : ELF_HEAD - offset);
	if (offset > t->at && lseek(t->fd, (off_t)offset, SEEK_SET) < 0)
		return cannot_write(t, t->path);
	hash_add_zeros(offset - t->at);
	hash_add(bytes, n);
	if (io_write(t->fd, bytes, n) < 0)
		return cannot_write(t, t->path);
	t->at = offset + n;
	return 0;
}

/* Is it a program, and for which machine? */
static void note_program(struct tree *t)
{
	size_t n = t->at < ELF_HEAD ? (size_t)t->at : ELF_HEAD;

	if (t->mode != MODE_PROGRAM)
		return;
	t->programs++;
	if (elf_fit(t->head, n) != ELF_FOREIGN)
		return;
	if (t->foreign++ == 0) {
		memcpy(t->foreign_path, t->path, sizeof t->foreign_path);
		t->foreign_machine = elf_machine(t->head, n);
	}
}

int tree_file_end(struct tree *t, uint64_t size, const struct timespec *mtime)
{
	const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, *mtime};
	char hex[HASH_HEX];

	if (size > t->at) { /* it ends in a hole */
		hash_add_zeros(size - t->at);
		if (check_bytes(t, size) < 0)
			return -1;
		if (ftruncate(t->fd, (off_t)size) < 0)
			return cannot_write(t, t->path);
		t->at = size;
	}
	if (hash_end(hex) < 0)
		return job_fail(t->error, "system", "%.300s: SHA-256 failed", t->path);
	if (futimens(t->fd, times) < 0 || manifest_file(t->mode, t->at, hex, t->path) < 0)
		return cannot_write(t, t->path);
	t->files++;
	t->bytes += t->at;
	note_program(t);
	writer_done(&t->writer, t->fd);
	t->fd = -1;
	return 0;
}

void tree_without_capability(struct tree *t)
{
	if (!t->capable[0])
		memcpy(t->capable, t->path, sizeof t->path);
}

int tree_symlink(struct tree *t, const char *name, const char *target)
{
	char path[PATH_TEXT];
	const char *refused;
	bool climbs;

	if (take_name(t, name, path, false) < 0 || count_entry(t, path) < 0)
		return -1;
	refused = path_check_target(path, target, &climbs);
	if (refused)
		return job_fail(t->error, "unsafe", "%.300s -> %.100s %s", path, target, refused);
	if (climbs && !t->climber[0])
		memcpy(t->climber, path, sizeof path);
	if (writer_symlink(&t->writer, path, target) < 0 || manifest_link(target, path) < 0)
		return cannot_write(t, path);
	return 0;
}

/* Hashes a file that was written before; *size and *program are what it is. */
static int hash_again(int fd, char hex[static HASH_HEX], struct stat *st)
{
	char buf[8192];
	ssize_t n;

	hash_begin();
	while ((n = io_read(fd, buf, sizeof buf)) > 0)
		hash_add(buf, (size_t)n);
	return n < 0 || hash_end(hex) < 0 ? -1 : fstat(fd, st);
}

int tree_hard_link(struct tree *t, const char *name, const char *existing)
{
	char path[PATH_TEXT], from[PATH_TEXT], hex[HASH_HEX];
	const char *refused;
	struct stat st;
	int fd, result;

	if (take_name(t, name, path, false) < 0 || count_entry(t, path) < 0)
		return -1;
	refused = path_clean(existing, from);
	if (refused)
		return job_fail(t->error, "unsafe", "%.300s is a hard link to %.100s, which %s", path, existing,
				refused);
	fd = writer_hard_link(&t->writer, path, from);
	if (fd < 0 && (errno == ENOENT || errno == EPERM || errno == ELOOP || errno == ENOTDIR))
		return job_fail(t->error, "unsafe", "%.300s is a hard link to %.100s, which is no file of this archive",
				path, from);
	if (fd < 0)
		return cannot_write(t, path);
	result = hash_again(fd, hex, &st);
	io_close(&fd);
	if (result < 0 || manifest_file(st.st_mode & 0777, (uint64_t)st.st_size, hex, path) < 0)
		return cannot_write(t, path);
	t->files++;
	t->programs += (st.st_mode & 0111) != 0;
	return 0;
}

/* What to say of a program for another machine. */
static int foreign(struct tree *t, const char *path, const char *machine)
{
	return job_fail(t->error, "arch", "%.300s is a program for %s, not for %s", path, machine, elf_our_machine());
}

/* Looks at one candidate. 1: it is a program that can run; 0: it is none; -1: it is for another machine. */
static int look_at(struct tree *t, const char *name)
{
	unsigned char head[ELF_HEAD];
	struct stat st;
	ssize_t n = -1;

	/* Links are followed: each was found to stay inside. */
	int fd = openat(t->writer.root, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 0111))
		n = io_read(fd, head, sizeof head);
	if (n >= 0 && elf_fit(head, (size_t)n) != ELF_FOREIGN && needs_file(fd, t->needs))
		memcpy(t->program, name, strlen(name) + 1);
	io_close(&fd);
	if (n < 0)
		return 0;
	return elf_fit(head, (size_t)n) == ELF_FOREIGN ? foreign(t, name, elf_machine(head, (size_t)n)) : 1;
}

/* The first of the names that is a program must fit this machine. Without such a name any program of the archive may be
 * meant, so at least one of them must fit. */
static int check_entry(struct tree *t)
{
	char name[PATH_TEXT], path[PATH_TEXT];
	const char *s = t->request->entry;

	if (*s == '\0')
		return 0;
	while (*s) {
		size_t n = strcspn(s, ",");
		int found;

		memcpy(name, s, n);
		name[n] = '\0';
		s += n;
		s += *s == ',';
		if (n == 0)
			continue;
		if (path_clean(name, path) != NULL)
			return job_fail(t->error, "usage", "entry=%s is no path in a release", name);
		found = look_at(t, path);
		if (found != 0)
			return found < 0 ? -1 : 0;
	}
	if (t->programs == 0)
		return job_fail(t->error, "entry", "nothing in the archive is executable; expected one of %s",
				t->request->entry);
	return t->foreign == t->programs ? foreign(t, t->foreign_path, t->foreign_machine) : 0;
}

static int strip(struct tree *t)
{
	if (t->scattered || t->top[0] == '\0') {
		t->top[0] = '\0';
		return 0;
	}
	if (t->climber[0])
		return unsafe(t, t->climber, "is a link that leaves the archive's top directory");
	return writer_strip(&t->writer, t->top) < 0 ? cannot_write(t, t->top) : 0;
}

int tree_end(struct tree *t)
{
	if (t->files == 0)
		return job_fail(t->error, "archive", "it holds no file");
	if (strip(t) < 0 || check_entry(t) < 0)
		return -1;
	return writer_sync(&t->writer) < 0 ? job_fail_errno(t->error, "cannot bring the release to the disk") : 0;
}

void tree_close(struct tree *t)
{
	io_close(&t->fd);
	writer_end(&t->writer);
}
