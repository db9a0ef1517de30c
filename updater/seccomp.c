#include "updater/seccomp.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define MACHINE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define MACHINE AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define MACHINE AUDIT_ARCH_RISCV64
#endif

#ifdef MACHINE

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED
#endif
#endif

/* A call, and what must hold of one of its arguments: (argument & mask) == value. mask 0: nothing. A call may stand in
 * several rules, of which one must hold. */
struct rule {
	int call;
	unsigned argument;
	uint32_t mask, value;
};

#define CALL(name)                                                                                                     \
	{                                                                                                              \
		.call = SYS_##name                                                                                     \
	}
#define CALL_IF(name, n, of, is)                                                                                       \
	{                                                                                                              \
		.call = SYS_##name, .argument = (n), .mask = (uint32_t)(of), .value = (uint32_t)(is)                   \
	}
#define WHOLE UINT32_MAX
#define NEGATIVE 0x80000000u /* AT_FDCWD is; descriptors are not */

/* What every job does: reading and writing, memory, time, its own signals, its end. */
static const struct rule copy[] = {
	CALL(read),
	CALL(write),
	CALL(readv),
	CALL(writev),
	CALL(pread64),
	CALL(pwrite64),
	CALL(lseek),
	CALL(close),
	CALL(fstat),
	CALL(fcntl),
	CALL(ftruncate),
	CALL(fsync),
	CALL(fadvise64),
	CALL(sendto),
	CALL(recvfrom),
	CALL(munmap),
	CALL(mremap),
	CALL(brk),
	CALL(madvise),
	CALL(futex),
	CALL(getrandom),
	CALL(getpid),
	CALL(gettid),
	CALL(clock_gettime),
	CALL(clock_nanosleep),
	CALL(gettimeofday),
	CALL(rt_sigaction),
	CALL(rt_sigprocmask),
	CALL(rt_sigreturn),
	CALL(restart_syscall),
	CALL(exit),
	CALL(exit_group),
#ifdef __GLIBC__ /* it loads libraries while it runs: for names of hosts, for instance; and is fstat() of another name \
		  */
	CALL(mmap),
	CALL(mprotect),
	CALL(newfstatat),
#else
	CALL_IF(mmap, 2, PROT_EXEC, 0),
	CALL_IF(mprotect, 2, PROT_EXEC, 0),
#endif
#ifdef SANITIZED /* the sanitizers look around, and symbolize what they report */
	CALL(sigaltstack),
	CALL(sched_getaffinity),
	CALL(sched_yield),
	CALL(prctl),
	CALL(prlimit64),
	CALL(readlinkat),
	CALL(pipe2),
	CALL_IF(openat, 2, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY),
	CALL(mincore),
	CALL(uname),
	CALL(getcwd),
#ifdef SYS_readlink
	CALL(readlink),
#endif
#endif
};

/* Below its directory, never from the working directory. */
static const struct rule fill[] = {
	CALL_IF(openat, 0, NEGATIVE, 0),
	CALL_IF(mkdirat, 0, NEGATIVE, 0),
	CALL_IF(unlinkat, 0, NEGATIVE, 0),
	CALL_IF(linkat, 0, NEGATIVE, 0),
	CALL_IF(symlinkat, 1, NEGATIVE, 0),
	CALL_IF(utimensat, 0, NEGATIVE, 0),
#ifdef SYS_renameat
	CALL_IF(renameat, 0, NEGATIVE, 0),
#endif
	CALL_IF(renameat2, 0, NEGATIVE, 0),
	CALL(openat2),
	CALL(getdents64),
	CALL(syncfs),
	CALL(memfd_create),
	CALL(dup),
	CALL(umask),
};

/* Reads files, and speaks TCP and UDP: no other family, above all no Unix sockets. */
static const struct rule network[] = {
	CALL_IF(openat, 2, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY),
	CALL_IF(socket, 0, WHOLE, AF_INET),
	CALL_IF(socket, 0, WHOLE, AF_INET6),
	CALL_IF(ioctl, 1, WHOLE, FIONBIO),
	CALL_IF(ioctl, 1, WHOLE, FIONREAD),
	CALL(connect),
	CALL(bind),
	CALL(getsockname),
	CALL(getpeername),
	CALL(getsockopt),
	CALL(setsockopt),
	CALL(shutdown),
	CALL(sendmsg),
	CALL(recvmsg),
	CALL(ppoll),
	CALL(pselect6),
	CALL(pipe2),
	CALL(eventfd2),
	CALL(socketpair),
	CALL(uname),
	CALL(getuid),
	CALL(geteuid),
#ifdef SYS_open
	CALL_IF(open, 1, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY),
#endif
#ifdef SYS_poll
	CALL(poll),
	CALL(select),
	CALL(pipe),
#endif
#ifdef __GLIBC__ /* a libcurl that resolves names in a thread of its own */
	CALL_IF(clone, 0, CLONE_THREAD, CLONE_THREAD),
	CALL(sendmmsg),
	CALL(recvmmsg),
	CALL(set_robust_list),
	CALL(rseq),
	CALL(sched_getaffinity),
	CALL(sched_yield),
	CALL(sysinfo),
	CALL(getgid),
	CALL(getegid),
	CALL(prctl),
	CALL(faccessat),
	CALL(getdents64),
#ifdef SYS_access
	CALL(access),
	CALL(readlink),
#endif
#endif
};

/* Nobody's. After the lists: what a rule there lets pass does not come here. */
static const int never[] = {SYS_execve,
			    SYS_execveat,
			    SYS_ptrace,
			    SYS_process_vm_readv,
			    SYS_process_vm_writev,
			    SYS_kill,
			    SYS_clone,
			    SYS_unshare,
			    SYS_setns,
			    SYS_mount,
			    SYS_umount2,
			    SYS_pivot_root,
			    SYS_chroot,
			    SYS_setuid,
			    SYS_setgid,
			    SYS_setreuid,
			    SYS_setregid,
			    SYS_setresuid,
			    SYS_setresgid,
			    SYS_setgroups,
			    SYS_capset,
			    SYS_keyctl,
			    SYS_add_key,
			    SYS_bpf,
			    SYS_perf_event_open,
			    SYS_init_module,
			    SYS_finit_module,
			    SYS_kexec_load,
			    SYS_reboot,
			    SYS_listen,
			    SYS_accept,
			    SYS_accept4,
			    SYS_mknodat,
			    SYS_swapon,
			    SYS_open_by_handle_at};

/* The same by the numbers of older architectures. */
static const int never_either[] = {
#ifdef SYS_fork
	SYS_fork, SYS_vfork, SYS_mknod
#else
	SYS_clone
#endif
};

static const int no_network[] = {SYS_socket, SYS_connect, SYS_bind};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define PER_RULE 6
#define PROGRAM_MAX                                                                                                    \
	(8 + PER_RULE * (COUNT(copy) + COUNT(fill) + COUNT(network) + 2) +                                             \
	 2 * (COUNT(never) + COUNT(never_either) + COUNT(no_network)))

static struct sock_filter program[PROGRAM_MAX];
static unsigned short length;

static void put(uint16_t code, uint32_t k, uint8_t if_true, uint8_t if_false)
{
	program[length++] = (struct sock_filter){.code = code, .jt = if_true, .jf = if_false, .k = k};
}

static void load(size_t offset)
{
	put(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void end(uint32_t action)
{
	put(BPF_RET | BPF_K, action, 0, 0);
}

/* Tables of 64-bit arguments: the lower halves are what is compared. */
static size_t lower_half(unsigned argument)
{
	size_t at = offsetof(struct seccomp_data, args) + argument * sizeof(uint64_t);

	return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? at : at + sizeof(uint32_t);
}

/* The number of the call is loaded, and is again afterwards. */
static void put_rule(const struct rule *r)
{
	put(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)r->call, 0, r->mask ? PER_RULE - 1 : 1);
	if (r->mask) {
		load(lower_half(r->argument));
		put(BPF_ALU | BPF_AND | BPF_K, r->mask, 0, 0);
		put(BPF_JMP | BPF_JEQ | BPF_K, r->value, 0, 1);
	}
	end(SECCOMP_RET_ALLOW);
	if (r->mask)
		load(offsetof(struct seccomp_data, nr));
}

static void put_rules(const struct rule *rules, size_t count)
{
	for (size_t i = 0; i < count; i++)
		put_rule(&rules[i]);
}

static void put_deadly(const int *calls, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		put(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)calls[i], 0, 1);
		end(SECCOMP_RET_KILL_PROCESS);
	}
}

/* abort() signals its own thread. Nobody else's, or a job could end the updater, whose user it is. */
static void put_own_signals(void)
{
	const struct rule own[] = {CALL_IF(tgkill, 0, WHOLE, getpid()), CALL_IF(tkill, 0, WHOLE, getpid())};

	put_rules(own, COUNT(own));
}

static void write_program(enum seccomp_job job)
{
	length = 0;
	load(offsetof(struct seccomp_data, arch));
	put(BPF_JMP | BPF_JEQ | BPF_K, MACHINE, 1, 0);
	end(SECCOMP_RET_KILL_PROCESS); /* the numbers would mean something else */
	load(offsetof(struct seccomp_data, nr));
	put_rules(copy, COUNT(copy));
	put_own_signals();
	if (job == SECCOMP_UNPACK)
		put_rules(fill, COUNT(fill));
	if (job == SECCOMP_FETCH)
		put_rules(network, COUNT(network));
	else
		put_deadly(no_network, COUNT(no_network));
	put_deadly(never, COUNT(never));
	put_deadly(never_either, COUNT(never_either));
	end(SECCOMP_RET_ERRNO | ENOSYS);
}

int seccomp_limit(enum seccomp_job job)
{
	struct sock_fprog filter = {.filter = program};

	if (job == SECCOMP_ANY)
		return 0;
	write_program(job);
	filter.len = length;
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter);
}

#else

int seccomp_limit(enum seccomp_job job)
{
	errno = ENOSYS;
	return job == SECCOMP_ANY ? 0 : -1;
}

#endif
