#include "updater/unpack/elf.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "test/unit.h"

#define LSB(class, machine)                                                                                            \
	{                                                                                                              \
		0x7f, 'E', 'L', 'F', class, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, (machine)&255, (machine) >> 8       \
	}

static void named(void **state)
{
	static const struct {
		unsigned char bytes[ELF_HEAD];
		const char *machine;
	} table[] = {
		{LSB(2, 62), "x86_64"},
		{LSB(1, 3), "i386"},
		{LSB(2, 183), "aarch64"},
		{LSB(1, 40), "arm"},
		{LSB(2, 243), "riscv64"},
		{LSB(2, 258), "loongarch64"},
		{LSB(1, 62), "an unknown machine"}, /* x32 */
		{LSB(2, 999), "an unknown machine"},
	};
	unsigned ours = 0;

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		assert_string_equal(elf_machine(table[i].bytes, ELF_HEAD), table[i].machine);
		assert_int_not_equal(elf_fit(table[i].bytes, ELF_HEAD), ELF_NONE);
		ours += elf_fit(table[i].bytes, ELF_HEAD) == ELF_OURS;
	}
	assert_in_range(ours, 1, 2);
}

static void others(void **state)
{
	static const unsigned char cut[] = {0x7f, 'E', 'L', 'F', 2, 1};

	(void)state;
	assert_int_equal(elf_fit(cut, sizeof cut), ELF_FOREIGN);
	assert_int_equal(elf_fit(cut, 3), ELF_NONE);
	assert_int_equal(elf_fit(cut, 0), ELF_NONE);
	assert_int_equal(elf_fit((const unsigned char *)"#!/bin/sh\necho hello, world\n", 28), ELF_NONE);
}

static void ourselves(void **state)
{
	unsigned char head[ELF_HEAD];
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(read(fd, head, sizeof head), sizeof head);
	close(fd);
	assert_int_equal(elf_fit(head, sizeof head), ELF_OURS);
	assert_string_equal(elf_machine(head, sizeof head), elf_our_machine());
	head[18] ^= 0x80;
	assert_int_equal(elf_fit(head, sizeof head), ELF_FOREIGN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(named),
		cmocka_unit_test(others),
		cmocka_unit_test(ourselves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
