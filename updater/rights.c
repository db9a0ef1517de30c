#include "updater/rights.h"

#include <errno.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "lib/log.h"

/* As in linux/capability.h, which musl does not bring. */
#define CAPABILITY_VERSION_3 0x20080522
#define CAPABILITY_CHOWN 0
#define CAPABILITY_DAC_OVERRIDE 1
#define CAPABILITY_FOWNER 3
#define CAPABILITY_SETGID 6
#define CAPABILITY_SETUID 7

struct capability_head {
	uint32_t version;
	int pid;
};

struct capability_set {
	uint32_t effective, permitted, inheritable;
};

static const uint32_t needed = 1u << CAPABILITY_CHOWN | 1u << CAPABILITY_SETGID | 1u << CAPABILITY_SETUID;
static const uint32_t kept = 1u << CAPABILITY_CHOWN | 1u << CAPABILITY_DAC_OVERRIDE | 1u << CAPABILITY_FOWNER;

bool rights_may_drop(void)
{
	struct capability_head head = {CAPABILITY_VERSION_3, 0};
	struct capability_set sets[2] = {{0, 0, 0}, {0, 0, 0}};
	return syscall(SYS_capget, &head, sets) == 0 && (sets[0].effective & needed) == needed;
}

/* Of what is permitted still, only these. */
static int keep_only(uint32_t wanted)
{
	struct capability_head head = {CAPABILITY_VERSION_3, 0};
	struct capability_set sets[2] = {{0, 0, 0}, {0, 0, 0}};
	if (syscall(SYS_capget, &head, sets) == -1)
		return -1;
	wanted &= sets[0].permitted;
	sets[0] = (struct capability_set){wanted, wanted, 0};
	sets[1] = (struct capability_set){0, 0, 0};
	return (int)syscall(SYS_capset, &head, sets);
}

int rights_drop(const struct ident *to)
{
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == -1)
		return -1;
	if (ident_become(to) == -1)
		return -1;
	if (prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) == -1)
		return -1;
	return keep_only(kept);
}

void rights_hide(void)
{
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1)
		log_warn_errno("others of our user can look into this process");
}
