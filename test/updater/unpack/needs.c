#include "updater/unpack/needs.h"

#include <elf.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "test/unit.h"

static char found[PATH_TEXT];

/* What a file of these bytes needs; the position of the descriptor must stay. */
static bool needs(const void *bytes, size_t n)
{
	int fd = memfd_create("program", MFD_CLOEXEC);
	bool result;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, n), n);
	assert_int_equal(lseek(fd, 1, SEEK_SET), 1);
	result = needs_file(fd, found);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 1);
	close(fd);
	assert_int_equal(result, found[0] != '\0');
	return result;
}

static void scripts(void **state)
{
	static const struct {
		const char *text, *path;
	} table[] = {
		{"#!/bin/sh\n", "/bin/sh"},
		{"#!/bin/sh", "/bin/sh"},
		{"#! \t/usr/bin/env python3\n", "/usr/bin/env"},
		{"#!/bin/sh -e\necho\n", "/bin/sh"},
		{"#!python3\n", NULL},
		{"#!\n/bin/sh\n", NULL},
		{"#!", NULL},
		{"#!/bin/sh\r\n", NULL},
		{"#/bin/sh\n", NULL},
		{"/bin/sh\n", NULL},
		{"", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		assert_int_equal(needs(table[i].text, strlen(table[i].text)), table[i].path != NULL);
		assert_string_equal(found, table[i].path ? table[i].path : "");
	}
}

/* Two segments, of which the second is the loader's name, which stands behind them. */
struct wide {
	Elf64_Ehdr head;
	Elf64_Phdr segments[2];
	char name[PATH_TEXT + 8];
};

struct narrow {
	Elf32_Ehdr head;
	Elf32_Phdr segments[2];
	char name[64];
};

static struct wide wide(const char *name)
{
	struct wide w = {
		.head = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64},
			 .e_phoff = offsetof(struct wide, segments),
			 .e_phentsize = sizeof(Elf64_Phdr),
			 .e_phnum = 2},
		.segments = {
			{.p_type = PT_LOAD},
			{.p_type = PT_INTERP, .p_offset = offsetof(struct wide, name), .p_filesz = strlen(name) + 1}}};

	memcpy(w.name, name, strlen(name));
	return w;
}

static void loaders(void **state)
{
	struct wide w = wide("/lib64/ld-linux-x86-64.so.2");
	struct narrow n = {
		.head = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS32},
			 .e_phoff = offsetof(struct narrow, segments),
			 .e_phentsize = sizeof(Elf32_Phdr),
			 .e_phnum = 2},
		.segments = {{.p_type = PT_LOAD},
			     {.p_type = PT_INTERP, .p_offset = offsetof(struct narrow, name), .p_filesz = 10}},
		.name = "/lib/ld.1"};

	(void)state;
	assert_true(needs(&w, sizeof w));
	assert_string_equal(found, "/lib64/ld-linux-x86-64.so.2");
	assert_true(needs(&n, sizeof n));
	assert_string_equal(found, "/lib/ld.1");
	w.segments[1].p_type = PT_DYNAMIC; /* a static one */
	assert_false(needs(&w, sizeof w));
}

/* Whatever a file says of itself, it is only read. */
static void nonsense(void **state)
{
	char longest[PATH_TEXT + 1] = "/";
	struct wide w;

	(void)state;
	memset(longest + 1, 'a', PATH_TEXT - 2);
	w = wide(longest);
	assert_true(needs(&w, sizeof w));
	assert_int_equal(strlen(found), PATH_TEXT - 1);
	longest[PATH_TEXT - 1] = 'a';
	longest[PATH_TEXT] = '\0';
	w = wide(longest);
	assert_false(needs(&w, sizeof w));
	w = wide("relative/ld.so");
	assert_false(needs(&w, sizeof w));
	w = wide("/lib/ld\n.so");
	assert_false(needs(&w, sizeof w));
	w = wide("/lib/ld.so");
	assert_false(needs(&w, offsetof(struct wide, name) + 5)); /* cut off */
	assert_false(needs(&w, offsetof(struct wide, segments[1])));
	assert_false(needs(&w, 5));
	w.segments[1].p_filesz = 4; /* no NUL at its end */
	assert_false(needs(&w, sizeof w));
	w = wide("/lib/ld.so");
	w.segments[1].p_offset = UINT64_MAX;
	assert_false(needs(&w, sizeof w));
	w = wide("/lib/ld.so");
	w.head.e_phoff = UINT64_MAX - 8;
	assert_false(needs(&w, sizeof w));
	w = wide("/lib/ld.so");
	w.head.e_phentsize = 1;
	assert_false(needs(&w, sizeof w));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scripts),
		cmocka_unit_test(loaders),
		cmocka_unit_test(nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
