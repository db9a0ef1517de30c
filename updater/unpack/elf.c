#include "updater/unpack/elf.h"

#include <elf.h>
#include <string.h>

/* Newer than some <elf.h>. */
#define MACHINE_RISCV 243
#define MACHINE_LOONGARCH 258

static const struct machine {
	const char *name;
	unsigned machine, bits, order;
} machines[] = {
	{"x86_64", EM_X86_64, ELFCLASS64, ELFDATA2LSB},
	{"i386", EM_386, ELFCLASS32, ELFDATA2LSB},
	{"aarch64", EM_AARCH64, ELFCLASS64, ELFDATA2LSB},
	{"arm", EM_ARM, ELFCLASS32, ELFDATA2LSB},
	{"riscv64", MACHINE_RISCV, ELFCLASS64, ELFDATA2LSB},
	{"ppc64le", EM_PPC64, ELFCLASS64, ELFDATA2LSB},
	{"s390x", EM_S390, ELFCLASS64, ELFDATA2MSB},
	{"loongarch64", MACHINE_LOONGARCH, ELFCLASS64, ELFDATA2LSB},
};

#if defined(__x86_64__)
static const char *const ours[] = {"x86_64", "i386", NULL}; /* the kernel runs both */
#elif defined(__i386__)
static const char *const ours[] = {"i386", NULL};
#elif defined(__aarch64__)
static const char *const ours[] = {"aarch64", NULL}; /* many of these cannot run 32-bit programs */
#elif defined(__arm__)
static const char *const ours[] = {"arm", NULL};
#elif defined(__riscv)
static const char *const ours[] = {"riscv64", NULL};
#elif defined(__powerpc64__)
static const char *const ours[] = {"ppc64le", NULL};
#elif defined(__s390x__)
static const char *const ours[] = {"s390x", NULL};
#elif defined(__loongarch64)
static const char *const ours[] = {"loongarch64", NULL};
#else
#error "add this machine to the table and to this list"
#endif

/* NULL when it is cut off or in no table. */
static const struct machine *find(const unsigned char *bytes, size_t n)
{
	unsigned machine;

	if (n < ELF_HEAD)
		return NULL;
	machine = bytes[EI_DATA] == ELFDATA2MSB ? bytes[18] * 256u + bytes[19] : bytes[19] * 256u + bytes[18];
	for (size_t i = 0; i < sizeof machines / sizeof machines[0]; i++)
		if (machines[i].machine == machine && machines[i].bits == bytes[EI_CLASS] &&
		    machines[i].order == bytes[EI_DATA])
			return &machines[i];
	return NULL;
}

enum elf_fit elf_fit(const unsigned char *bytes, size_t n)
{
	const struct machine *m;

	if (n < SELFMAG || memcmp(bytes, ELFMAG, SELFMAG) != 0)
		return ELF_NONE;
	m = find(bytes, n);
	for (size_t i = 0; m && ours[i]; i++)
		if (strcmp(m->name, ours[i]) == 0)
			return ELF_OURS;
	return ELF_FOREIGN;
}

const char *elf_machine(const unsigned char *bytes, size_t n)
{
	const struct machine *m = find(bytes, n);

	return m ? m->name : "an unknown machine";
}

const char *elf_our_machine(void)
{
	return ours[0];
}
