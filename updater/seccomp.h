/* updater/seccomp: the system calls that a job may make.
 *
 * Each kind of job has a list. What is on no list does not exist for it (ENOSYS), so that a C library which tries
 * something newer falls back; what no honest job ever tries, to become or to touch another process, to mount, to open a
 * socket without having a network, ends the process with SIGSYS. A filter sees numbers, not what pointers lead to:
 * paths are Landlock's part. */
#ifndef UPDATER_SECCOMP_H
#define UPDATER_SECCOMP_H

enum seccomp_job {
	SECCOMP_ANY,	/* no filter */
	SECCOMP_COPY,	/* from the descriptors that it has to those that it has */
	SECCOMP_UNPACK, /* that, and to create, link, move and remove below its directory */
	SECCOMP_FETCH,	/* to copy, to read files, and a TCP/IP client */
};

/* Needs no_new_privs. There is no way back. -1: the kernel, or this machine's table, does not have it. */
int seccomp_limit(enum seccomp_job job) __attribute__((warn_unused_result));

#endif
