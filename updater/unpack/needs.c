#include "updater/unpack/needs.h"

#include <elf.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#define LINE 256    /* the kernel reads no more of a script */
#define SEGMENTS 64 /* programs have about a dozen; loaders come early */

/* As much as there is. */
static size_t read_at(int fd, void *to, size_t size, uint64_t offset)
{
	size_t have = 0;

	while (have < size && offset + have <= INT64_MAX) {
		ssize_t n = pread(fd, (char *)to + have, size - have, (off_t)(offset + have));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		have += (size_t)n;
	}
	return have;
}

/* An absolute path that ends somewhere, and without control bytes, which no message could show. */
static bool take_path(const char *at, size_t n, char out[static PATH_TEXT])
{
	if (n == 0 || n >= PATH_TEXT || at[0] != '/')
		return false;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)at[i] <= ' ' || at[i] == 0x7f)
			return false;
	memcpy(out, at, n);
	out[n] = '\0';
	return true;
}

static bool script(int fd, char out[static PATH_TEXT])
{
	char line[LINE + 1];
	size_t n = read_at(fd, line, LINE, 0);
	const char *at = line + 2;

	line[n] = '\0';
	at += strspn(at, " \t");
	return take_path(at, strcspn(at, " \t\n"), out);
}

/* Where the table of segments is, in either class. */
struct table {
	uint64_t offset;
	unsigned count;
	bool wide;
};

static bool find_table(int fd, struct table *t)
{
	unsigned char ident[EI_NIDENT];

	if (read_at(fd, ident, sizeof ident, 0) != sizeof ident)
		return false;
	t->wide = ident[EI_CLASS] == ELFCLASS64;
	if (t->wide) {
		Elf64_Ehdr h;

		if (read_at(fd, &h, sizeof h, 0) != sizeof h || h.e_phentsize != sizeof(Elf64_Phdr))
			return false;
		t->offset = h.e_phoff;
		t->count = h.e_phnum;
	} else {
		Elf32_Ehdr h;

		if (read_at(fd, &h, sizeof h, 0) != sizeof h || h.e_phentsize != sizeof(Elf32_Phdr))
			return false;
		t->offset = h.e_phoff;
		t->count = h.e_phnum;
	}
	return true;
}

static bool read_segment(int fd, const struct table *t, unsigned i, Elf64_Phdr *p)
{
	Elf32_Phdr narrow;

	if (t->wide)
		return read_at(fd, p, sizeof *p, t->offset + i * sizeof *p) == sizeof *p;
	if (read_at(fd, &narrow, sizeof narrow, t->offset + i * sizeof narrow) != sizeof narrow)
		return false;
	*p = (Elf64_Phdr){.p_type = narrow.p_type, .p_offset = narrow.p_offset, .p_filesz = narrow.p_filesz};
	return true;
}

/* A file for another byte order than ours makes no sense here, and names nothing. */
static bool loader(int fd, char out[static PATH_TEXT])
{
	char path[PATH_TEXT];
	struct table t;
	Elf64_Phdr p;

	if (!find_table(fd, &t))
		return false;
	for (unsigned i = 0; i < t.count && i < SEGMENTS && read_segment(fd, &t, i, &p); i++) {
		if (p.p_type != PT_INTERP)
			continue;
		if (p.p_filesz < 2 || p.p_filesz > sizeof path ||
		    read_at(fd, path, p.p_filesz, p.p_offset) != p.p_filesz || path[p.p_filesz - 1] != '\0')
			return false;
		return take_path(path, strlen(path), out);
	}
	return false;
}

bool needs_file(int fd, char out[static PATH_TEXT])
{
	char head[SELFMAG];
	size_t n = read_at(fd, head, sizeof head, 0);

	out[0] = '\0';
	if (n >= 2 && memcmp(head, "#!", 2) == 0)
		return script(fd, out);
	return n == SELFMAG && memcmp(head, ELFMAG, SELFMAG) == 0 && loader(fd, out);
}
