#include "updater/unpack/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <elf.h>
#include <locale.h>
#include <string.h>
#include <sys/stat.h>

#define BLOCK ((size_t)64 << 10)

void archive_init(void)
{
	setlocale(LC_CTYPE, "C.UTF-8"); /* names in pax headers are UTF-8, and libarchive asks the locale */
}

/* libarchive's own words, cut to a line. */
static int broken(struct archive *a, struct job_error *e)
{
	const char *text = archive_error_string(a);

	if (archive_errno(a) == ENOMEM)
		return job_fail(e, "toobig", "unpacking it takes more memory than allowed");
	return job_fail(e, "archive", "%.300s", text ? text : "it is no tar or zip archive");
}

/* Only what we mean to support, one by one. A filter that would start a program says ARCHIVE_WARN, and is refused. */
static struct archive *open_archive(int fd, bool bare, struct job_error *e)
{
	struct archive *a;

	a = archive_read_new();
	if (!a || archive_read_support_filter_gzip(a) != ARCHIVE_OK ||
	    archive_read_support_filter_zstd(a) != ARCHIVE_OK || archive_read_support_filter_xz(a) != ARCHIVE_OK ||
	    archive_read_support_filter_bzip2(a) != ARCHIVE_OK || archive_read_support_format_tar(a) != ARCHIVE_OK ||
	    archive_read_support_format_zip_seekable(a) != ARCHIVE_OK ||
	    (bare && archive_read_support_format_raw(a) != ARCHIVE_OK)) {
		job_fail(e, "system", "libarchive lacks gzip, zstd, xz, bzip2, tar or zip");
	} else if (archive_read_open_fd(a, fd, BLOCK) != ARCHIVE_OK) {
		broken(a, e);
	} else {
		return a;
	}
	archive_read_free(a);
	return NULL;
}

/* Pieces are given to the tree until there are none left. */
static int copy_pieces(struct archive *a, struct tree *t, struct job_error *e)
{
	const void *bytes;
	size_t n;

	la_int64_t offset;
	int got;

	while ((got = archive_read_data_block(a, &bytes, &n, &offset)) == ARCHIVE_OK) {
		if (offset < 0)
			return job_fail(e, "archive", "a piece lies before its file");
		if (n > 0 && tree_piece(t, bytes, n, (uint64_t)offset) < 0)
			return -1;
	}
	return got == ARCHIVE_EOF ? 0 : broken(a, e);
}

static struct timespec when(struct archive_entry *entry)
{
	return (struct timespec){.tv_sec = archive_entry_mtime(entry),
				 .tv_nsec = archive_entry_mtime_is_set(entry) ? 0 : UTIME_OMIT};
}

/* Of what else an archive may say of a file only this matters: a program that counts on it will miss it. */
static bool wants_capability(struct archive_entry *entry)
{
	const char *name;
	const void *value;
	size_t size;

	archive_entry_xattr_reset(entry);
	while (archive_entry_xattr_next(entry, &name, &value, &size) == ARCHIVE_OK)
		if (name && strcmp(name, "security.capability") == 0)
			return true;
	return false;
}

static int copy_file(struct archive *a, struct archive_entry *entry, struct tree *t, struct job_error *e)
{
	const struct timespec mtime = when(entry);
	uint64_t size = archive_entry_size(entry) > 0 ? (uint64_t)archive_entry_size(entry) : 0;

	if (tree_file(t, archive_entry_pathname(entry), archive_entry_perm(entry) & 0100, size) < 0 ||
	    copy_pieces(a, t, e) < 0)
		return -1;
	if (wants_capability(entry))
		tree_without_capability(t);
	return tree_file_end(t, size, &mtime);
}

/* No archive, but the program itself: when its first bytes are those of one. It has no name of its own that we would
 * believe, and no size. */
static int copy_bare(struct archive *a, struct archive_entry *entry, struct tree *t, struct job_error *e)
{
	const struct timespec mtime = when(entry);
	const void *bytes;
	size_t n;

	la_int64_t offset;
	int got = archive_read_data_block(a, &bytes, &n, &offset);

	if (got != ARCHIVE_OK && got != ARCHIVE_EOF)
		return broken(a, e);
	if (got == ARCHIVE_EOF || n < SELFMAG || (memcmp(bytes, ELFMAG, SELFMAG) != 0 && memcmp(bytes, "#!", 2) != 0))
		return job_fail(e, "archive", "it is no archive, and no program (ELF, or a script with #!) either");
	if (tree_file(t, t->request->bare, true, 0) < 0 || tree_piece(t, bytes, n, 0) < 0 || copy_pieces(a, t, e) < 0)
		return -1;
	return tree_file_end(t, 0, &mtime);
}

/* One compression around it is an archive; more are there to hide how much comes out. */
static int check_filters(struct archive *a, struct job_error *e)
{
	return archive_filter_count(a) > 2 ? job_fail(e, "archive", "it is compressed more than once") : 0;
}

static int copy_entry(struct archive *a, struct archive_entry *entry, struct tree *t, struct job_error *e)
{
	const char *name = archive_entry_pathname(entry), *target;

	if (check_filters(a, e) < 0)
		return -1;
	if (archive_format(a) == ARCHIVE_FORMAT_RAW)
		return copy_bare(a, entry, t, e);
	if (!name)
		return job_fail(e, "unsafe", "an entry has a name that is not UTF-8");
	if (archive_entry_is_encrypted(entry))
		return job_fail(e, "archive", "%.300s is encrypted", name);
	if (archive_entry_hardlink(entry))
		return tree_hard_link(t, name, archive_entry_hardlink(entry));
	switch (archive_entry_filetype(entry)) {
	case AE_IFDIR: return tree_dir(t, name);
	case AE_IFLNK: target = archive_entry_symlink(entry); return tree_symlink(t, name, target ? target : "");
	case AE_IFREG:
		if (archive_entry_perm(entry) & (S_ISUID | S_ISGID))
			return job_fail(e, "unsafe", "%.300s is setuid or setgid", name);
		return copy_file(a, entry, t, e);
	default: return job_fail(e, "unsafe", "%.300s is a device, a fifo or a socket", name);
	}
}

int archive_unpack(int fd, struct tree *t, struct job_error *e)
{
	struct archive *a = open_archive(fd, t->request->bare[0] != '\0', e);
	struct archive_entry *entry;
	int got, result = 0;

	if (!a)
		return -1;
	/* A warning (a bad checksum, a name that cannot be read) is a reason to stop like any other. */
	while (result == 0 && (got = archive_read_next_header(a, &entry)) != ARCHIVE_EOF)
		result = got == ARCHIVE_OK ? copy_entry(a, entry, t, e) : broken(a, e);
	archive_read_free(a);
	return result;
}
