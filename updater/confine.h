/* updater/confine: a job gives up what it does not need, before it reads its first foreign byte.
 *
 * no_new_privs, resource limits, no core file, no descriptor beyond its own, death with its parent, and where the
 * kernel has them Landlock and a list of system calls. Rights only shrink; there is no way back. */
#ifndef UPDATER_CONFINE_H
#define UPDATER_CONFINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "lib/text.h"
#include "updater/seccomp.h"

struct confine {
	int fds;		 /* descriptors 0 to fds - 1 stay open, the rest is closed */
	int fill;		 /* directory below which it may create, or -1 */
	const char *const *read; /* files that it may open for reading, ended by NULL, missing ones skipped; or NULL */
	bool connect;		 /* may connect by TCP */
	enum seccomp_job calls;	 /* what it may ask of the kernel */
	uint64_t file_bytes;	 /* no file may grow beyond it; writing there fails with EFBIG */
	uint64_t memory;	 /* bytes of address space */
	unsigned files;		 /* descriptors open at once */
	unsigned seconds;	 /* of CPU time */
};

/* Appends to *lacks one word for each thing that this kernel, or who confines us already, does not give: "landlock",
 * "no-new-privs", "limits", ... separated by commas. What is lacking is no reason to stop. */
void confine(const struct confine *c, struct text *lacks);

/* Sets a resource limit, soft and hard; never raises it: what stands may be lower. -1: errno. */
int confine_limit(int resource, uint64_t most);

/* For a program that is not ours, between fork and exec: it may read and execute what its user may, create and change
 * files below the directory work only (and write to what is in /dev), gains no privileges, dies with its parent, and
 * has no descriptor beyond 2. What the kernel does not give is gone without. */
void confine_command(int work);

#endif
