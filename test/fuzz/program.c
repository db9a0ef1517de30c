/* The program of a release: whether it is for this machine, and what the kernel has to find to start it. What is told
 * of it is told to people, and looked for. */
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "test/fuzz/fuzz.h"
#include "updater/unpack/elf.h"
#include "updater/unpack/needs.h"

static void expect_path(const char *path)
{
	expect(path[0] == '/' && strlen(path) < PATH_TEXT);
	for (const char *s = path; *s; s++)
		expect((unsigned char)*s > ' ' && *s != 0x7f);
}

/* Whatever is looked for stands somewhere in the file. */
static void expect_named(const uint8_t *data, size_t size, const char *path)
{
	expect(memmem(data, size, path, strlen(path)) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	char path[PATH_TEXT] = "untouched";

	if (fd == -1)
		fd = memfd_create("program", MFD_CLOEXEC);
	expect(fd != -1 && ftruncate(fd, 0) == 0 && pwrite(fd, data, size, 0) == (ssize_t)size);
	if (needs_file(fd, path)) {
		expect_path(path);
		expect_named(data, size, path);
	} else {
		expect(path[0] == '\0');
	}
	expect(lseek(fd, 0, SEEK_CUR) == 0);
	enum elf_fit fit = elf_fit(data, size);
	expect((fit == ELF_NONE) == (size < 4 || memcmp(data, "\177ELF", 4) != 0));
	expect(fit == ELF_NONE || elf_machine(data, size)[0] != '\0');
	expect(fit != ELF_OURS || size >= ELF_HEAD);
	return 0;
}
