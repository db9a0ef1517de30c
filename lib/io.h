/* lib/io: whole reads and writes, and files that change by rename.
 *
 * All return -1 and errno on failure and print nothing. Descriptors they open are close-on-exec and closed again. */
#ifndef LIB_IO_H
#define LIB_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Reads a whole regular file below dirfd (AT_FDCWD allowed) into buf and ends it with a NUL. Never blocks on a fifo.
 * Returns its length. EINVAL: not a regular file; EFBIG: size - 1 bytes do not hold it. */
ssize_t io_read_file(int dirfd, const char *name, char *buf, size_t size) __attribute__((warn_unused_result));

/* The first line of such a file, without white space around it. Returns its length; errors as above. */
ssize_t io_read_line(int dirfd, const char *name, char *buf, size_t size) __attribute__((warn_unused_result));

/* Reads until n bytes or the end. Returns the bytes read. */
ssize_t io_read(int fd, void *buf, size_t n) __attribute__((warn_unused_result));

/* Writes all n bytes. */
int io_write(int fd, const void *bytes, size_t n) __attribute__((warn_unused_result));

/* Replaces the file `name` below dirfd, so that a power cut leaves the old content or the new, never a mixture:
 * writes NAME.new, fsyncs, renames, fsyncs the directory. On failure NAME.new is gone, and the old content stands, or
 * the new one whole where only the last fsync failed. */
int io_replace(int dirfd, const char *name, const void *bytes, size_t n, mode_t mode)
	__attribute__((warn_unused_result));

/* The same for a symbolic link: after it, `name` points to target. */
int io_replace_link(int dirfd, const char *name, const char *target) __attribute__((warn_unused_result));

/* fsync of a directory by descriptor; a file system that cannot (EINVAL, ENOTSUP) counts as done. */
int io_sync_dir(int dirfd) __attribute__((warn_unused_result));

/* mkdir -p below dirfd; existing directories are left as they are. */
int io_make_dirs(int dirfd, const char *path, mode_t mode) __attribute__((warn_unused_result));

/* Closes *fd when it is not -1 and sets it to -1. Keeps errno. */
void io_close(int *fd);

#endif
