#include "updater/confine.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "lib/io.h"

/* The kernel's <linux/landlock.h> and <sys/syscall.h>, as far as we use them: the headers of a build machine may be
 * older than the kernel that this runs on. The numbers are the same on every architecture. */
#define SYS_LANDLOCK_CREATE_RULESET 444
#define SYS_LANDLOCK_ADD_RULE 445
#define SYS_LANDLOCK_RESTRICT_SELF 446
#define SYS_CLOSE_RANGE 436
#define LANDLOCK_VERSION 1u /* the flag that asks for the ABI's number */
#define LANDLOCK_BENEATH 1  /* the kind of rule */

enum {
	FS_EXECUTE = 1 << 0,
	FS_WRITE_FILE = 1 << 1,
	FS_READ_FILE = 1 << 2,
	FS_READ_DIR = 1 << 3,
	FS_REMOVE_DIR = 1 << 4,
	FS_REMOVE_FILE = 1 << 5,
	FS_MAKE_CHAR = 1 << 6,
	FS_MAKE_DIR = 1 << 7,
	FS_MAKE_REG = 1 << 8,
	FS_MAKE_SOCK = 1 << 9,
	FS_MAKE_FIFO = 1 << 10,
	FS_MAKE_BLOCK = 1 << 11,
	FS_MAKE_SYM = 1 << 12,
	FS_REFER = 1 << 13,	/* ABI 2; before it, nothing may be linked or renamed into another directory */
	FS_TRUNCATE = 1 << 14,	/* ABI 3 */
	FS_IOCTL_DEV = 1 << 15, /* ABI 5 */
	NET_BIND = 1 << 0,	/* ABI 4 */
	NET_CONNECT = 1 << 1,
	SCOPE_ABSTRACT = 1 << 0, /* ABI 6 */
	SCOPE_SIGNAL = 1 << 1,
};

struct ruleset {
	uint64_t fs, net, scoped;
};

struct beneath {
	uint64_t allowed;
	int32_t fd;
} __attribute__((packed));

static void lack(struct text *lacks, const char *word)
{
	if (lacks->len)
		text_add(lacks, ",");
	text_add(lacks, word);
}

/* Everything that the kernel's Landlock knows is taken; the rules give back. Returns the size it expects. */
static size_t take_all(long abi, bool connect, struct ruleset *r)
{
	*r = (struct ruleset){.fs = FS_REFER * 2 - 1};
	if (abi >= 3)
		r->fs |= FS_TRUNCATE;
	if (abi >= 4)
		r->net = NET_BIND | (connect ? 0 : NET_CONNECT);
	if (abi >= 5)
		r->fs |= FS_IOCTL_DEV;
	if (abi >= 6)
		r->scoped = SCOPE_ABSTRACT | SCOPE_SIGNAL;
	return abi >= 6 ? sizeof *r : abi >= 4 ? offsetof(struct ruleset, scoped) : offsetof(struct ruleset, net);
}

static int give(int ruleset, int fd, uint64_t allowed)
{
	struct beneath rule = {.allowed = allowed, .fd = fd};

	return (int)syscall(SYS_LANDLOCK_ADD_RULE, ruleset, LANDLOCK_BENEATH, &rule, 0);
}

static int give_files(int ruleset, const char *const *paths)
{
	int result = 0;

	for (; result == 0 && paths && *paths; paths++) {
		int fd = open(*paths, O_PATH | O_CLOEXEC);

		if (fd < 0)
			continue;
		result = give(ruleset, fd, FS_READ_FILE);
		io_close(&fd);
	}
	return result;
}

static int give_directory(int ruleset, int dir, uint64_t taken)
{
	if (dir < 0)
		return 0;
	return give(ruleset, dir,
		    taken & (FS_WRITE_FILE | FS_READ_FILE | FS_READ_DIR | FS_REMOVE_DIR | FS_REMOVE_FILE | FS_MAKE_DIR |
			     FS_MAKE_REG | FS_MAKE_SYM | FS_REFER | FS_TRUNCATE));
}

static int landlock(const struct confine *c)
{
	struct ruleset taken;
	long abi = syscall(SYS_LANDLOCK_CREATE_RULESET, NULL, 0, LANDLOCK_VERSION);
	int ruleset, result;

	if (abi < 2) /* ABI 1 forbids hard links between directories, which archives hold */
		return -1;
	ruleset = (int)syscall(SYS_LANDLOCK_CREATE_RULESET, &taken, take_all(abi, c->connect, &taken), 0);
	if (ruleset < 0)
		return -1;
	result = give_files(ruleset, c->read);
	if (result == 0)
		result = give_directory(ruleset, c->fill, taken.fs);
	if (result == 0)
		result = (int)syscall(SYS_LANDLOCK_RESTRICT_SELF, ruleset, 0);
	io_close(&ruleset);
	return result;
}

int confine_limit(int resource, uint64_t most)
{
	struct rlimit now;

	if (getrlimit(resource, &now) < 0)
		return -1;
	if (now.rlim_max != RLIM_INFINITY && now.rlim_max < most)
		most = now.rlim_max;
	now.rlim_cur = now.rlim_max = (rlim_t)most;
	return setrlimit(resource, &now);
}

#ifdef __SANITIZE_ADDRESS__
/* The leak checker would attach to us at the end, which is what confinement forbids. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

/* Its shadow memory is far larger than any limit. */
static int limit_memory(uint64_t most)
{
	(void)most;
	return 0;
}
#else
static int limit_memory(uint64_t most)
{
	return confine_limit(RLIMIT_AS, most);
}
#endif

static int limit_all(const struct confine *c)
{
	signal(SIGXFSZ, SIG_IGN); /* EFBIG instead */
	return confine_limit(RLIMIT_FSIZE, c->file_bytes) | limit_memory(c->memory) |
	       confine_limit(RLIMIT_NOFILE, c->files) | confine_limit(RLIMIT_CPU, c->seconds) |
	       confine_limit(RLIMIT_CORE, 0);
}

void confine(const struct confine *c, struct text *lacks)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		lack(lacks, "death-with-parent");
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		lack(lacks, "no-dump");
	if (syscall(SYS_CLOSE_RANGE, (unsigned)c->fds, ~0u, 0) < 0)
		lack(lacks, "close-range");
	if (limit_all(c) != 0)
		lack(lacks, "limits");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		lack(lacks, "no-new-privs");
	if (landlock(c) != 0)
		lack(lacks, "landlock");
	if (seccomp_limit(c->calls) != 0)
		lack(lacks, "seccomp");
}

/* Rights that are not taken here stay: reading and executing. */
static void landlock_writing(int work)
{
	struct ruleset taken;
	long abi = syscall(SYS_LANDLOCK_CREATE_RULESET, NULL, 0, LANDLOCK_VERSION);
	size_t size;
	int ruleset, dev;

	if (abi < 2)
		return;
	size = take_all(abi, true, &taken);
	taken.fs &= ~(uint64_t)(FS_EXECUTE | FS_READ_FILE | FS_READ_DIR | FS_IOCTL_DEV);
	taken.net = 0;
	ruleset = (int)syscall(SYS_LANDLOCK_CREATE_RULESET, &taken, size, 0);
	if (ruleset < 0)
		return;
	dev = open("/dev", O_PATH | O_CLOEXEC);
	if (give(ruleset, work, taken.fs) == 0 && (dev < 0 || give(ruleset, dev, FS_WRITE_FILE) == 0))
		(void)syscall(SYS_LANDLOCK_RESTRICT_SELF, ruleset, 0);
	io_close(&dev);
	io_close(&ruleset);
}

void confine_command(int work)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	landlock_writing(work);
	(void)syscall(SYS_CLOSE_RANGE, 3u, ~0u, 0);
}
