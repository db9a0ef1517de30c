/* updater/unpack/elf: can this machine run that file? Judged from the first bytes. Pure. */
#ifndef UPDATER_UNPACK_ELF_H
#define UPDATER_UNPACK_ELF_H

#include <stddef.h>

#define ELF_HEAD 20 /* bytes that are looked at */

enum elf_fit {
	ELF_NONE,    /* no ELF file: a script, or data */
	ELF_OURS,    /* made for the machine that this program was made for */
	ELF_FOREIGN, /* made for another one, or for no machine at all (cut off) */
};

enum elf_fit elf_fit(const unsigned char *bytes, size_t n);

/* What such a file was made for, for a message: "aarch64", ..., "an unknown machine". */
const char *elf_machine(const unsigned char *bytes, size_t n);

/* What this program was made for. */
const char *elf_our_machine(void);

#endif
