/* static/vdso: the clock, read without a system call: the kernel lays a library for that into every process.
 *
 * musl finds it with twice the code, as it also looks at the versions of what is in it; there is one. */
#include <elf.h>
#include <stdbool.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifdef __aarch64__
#define NAME "__kernel_clock_gettime"
#else
#define NAME "__vdso_clock_gettime"
#endif

typedef int (*clock_function)(clockid_t, struct timespec *);

/* NULL when there is none. What is in the dynamic section stands where the library would like to be loaded. */
static clock_function find(void)
{
	const char *base = (const char *)getauxval(AT_SYSINFO_EHDR), *strings = NULL, *moved = base;
	const Elf64_Ehdr *head = (const Elf64_Ehdr *)base;
	const Elf64_Dyn *dynamic = NULL;
	const Elf64_Sym *symbols = NULL;
	const uint32_t *hash = NULL;

	if (base == NULL)
		return NULL;
	for (unsigned i = 0; i < head->e_phnum; i++) {
		const Elf64_Phdr *part = (const Elf64_Phdr *)(base + head->e_phoff) + i;

		if (part->p_type == PT_LOAD)
			moved = base + part->p_offset - part->p_vaddr;
		else if (part->p_type == PT_DYNAMIC)
			dynamic = (const Elf64_Dyn *)(base + part->p_offset);
	}
	for (; dynamic != NULL && dynamic->d_tag != DT_NULL; dynamic++) {
		const void *at = moved + dynamic->d_un.d_ptr;

		if (dynamic->d_tag == DT_STRTAB)
			strings = at;
		else if (dynamic->d_tag == DT_SYMTAB)
			symbols = at;
		else if (dynamic->d_tag == DT_HASH)
			hash = at;
	}
	if (strings == NULL || symbols == NULL || hash == NULL)
		return NULL;
	for (uint32_t i = 0; i < hash[1] /* symbols */; i++) {
		if (strcmp(strings + symbols[i].st_name, NAME) == 0)
			return (clock_function)(uintptr_t)(moved + symbols[i].st_value);
	}
	return NULL;
}

int clock_gettime(clockid_t clock, struct timespec *time)
{
	static clock_function function;
	static bool looked;

	if (!looked)
		function = find();
	looked = true;
	if (function != NULL && function(clock, time) == 0)
		return 0;
	return (int)syscall(SYS_clock_gettime, clock, time);
}
