#include "updater/host.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

static enum asset_arch arch(void)
{
#if defined(__x86_64__)
	return ASSET_AMD64;
#elif defined(__aarch64__)
	return ASSET_ARM64;
#elif defined(__arm__)
	struct utsname u;
	/* aarch64 and armv8l kernels run armv7 programs as well. */
	return uname(&u) == 0 && strncmp(u.machine, "armv6", 5) == 0 ? ASSET_ARMV6 : ASSET_ARMV7;
#elif defined(__i386__)
	return ASSET_386;
#elif defined(__riscv) && __riscv_xlen == 64
	return ASSET_RISCV64;
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
	return ASSET_PPC64LE;
#elif defined(__s390x__)
	return ASSET_S390X;
#elif defined(__loongarch64)
	return ASSET_LOONG64;
#else
	return ASSET_OTHER_ARCH;
#endif
}

static bool has_loader(const char *directory, const char *prefix)
{
	DIR *dir = opendir(directory);
	bool found = false;
	const struct dirent *d;
	while (dir != NULL && !found && (d = readdir(dir)) != NULL)
		found = strncmp(d->d_name, prefix, strlen(prefix)) == 0;
	if (dir != NULL)
		closedir(dir);
	return found;
}

struct asset_host host_detect(void)
{
	struct asset_host host = {arch(), ASSET_NO_LIBC};
	bool gnu = has_loader("/lib64", "ld-linux") || has_loader("/lib", "ld-linux");
	bool musl = has_loader("/lib", "ld-musl-");
	/* Where both are, the other one is a guest; Alpine has a file that says whose house it is. */
	if (gnu && (!musl || access("/etc/alpine-release", F_OK) == -1))
		host.libc = ASSET_GNU;
	else if (musl)
		host.libc = ASSET_MUSL;
	return host;
}

bool host_has(const char *path, const char *app_dir, int tree)
{
	size_t n = strlen(app_dir);
	bool ours = strncmp(path, app_dir, n) == 0 && path[n] == '/';
	int r = ours ? faccessat(tree, path + n + 1, F_OK, 0) : access(path, F_OK);
	return r == 0 || (errno != ENOENT && errno != ENOTDIR && errno != ELOOP);
}

const char *host_remedy(const char *path)
{
	if (strstr(path, "/ld-musl-") != NULL)
		return " (musl): take a static build, one for glibc, or an image with musl";
	if (strstr(path, "/ld-linux") != NULL || strstr(path, "/ld64.so") != NULL)
		return " (glibc): take a static build, one for musl, or an image with glibc";
	return ": take an image that has it";
}
