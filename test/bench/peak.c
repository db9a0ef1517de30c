/* peak: stands where a program is looked up, runs the real one and notes the most memory it had resident.
 *
 * DIR/NAME is a copy of this; it runs DIR/real/NAME with the same arguments, descriptors and environment, appends the
 * line `NAME KIB` to DIR/peaks, and ends as the real one ended. Linked statically and small, because a child starts its
 * ru_maxrss from what its parent had. The real one's VmHWM is read as well: ru_maxrss of a recent kernel is taken from
 * per-CPU counters and may be a quarter of a MiB short. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SAMPLE_NS = 500 * 1000 };

static long resident_peak(pid_t pid)
{
	char path[64], text[4096];

	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	ssize_t len = read(fd, text, sizeof text - 1);
	close(fd);
	if (len <= 0)
		return 0;
	text[len] = '\0';
	const char *line = strstr(text, "\nVmHWM:");
	return line == NULL ? 0 : strtol(line + strlen("\nVmHWM:"), NULL, 10);
}

/* Looks twice a millisecond until the child is gone. What /proc says before the child's exec is about us. */
static long watch(pid_t pid, int *status)
{
	struct rusage usage;
	long seen = 0;

	while (wait4(pid, status, WNOHANG, &usage) == 0) {
		long now = resident_peak(pid);
		seen = now > seen ? now : seen;
		nanosleep(&(struct timespec){.tv_nsec = SAMPLE_NS}, NULL);
	}
	return usage.ru_maxrss > seen ? usage.ru_maxrss : seen;
}

static void note(const char *dir, const char *name, long kib)
{
	char path[PATH_MAX], line[300];

	snprintf(path, sizeof path, "%s/peaks", dir);
	int len = snprintf(line, sizeof line, "%.255s %ld\n", name, kib);
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0 || write(fd, line, (size_t)len) != len)
		dprintf(2, "peak: %s: %s\n", path, strerror(errno));
}

static pid_t start(const char *program, char **argv)
{
	pid_t pid = fork();

	if (pid == 0) {
		execv(program, argv);
		dprintf(2, "peak: %s: %s\n", program, strerror(errno));
		_exit(127);
	}
	return pid;
}

int main(int argc, char **argv)
{
	char self[PATH_MAX / 2] = "", copy[PATH_MAX / 2], real[PATH_MAX];
	int status = 0;

	if (argc < 1 || readlink("/proc/self/exe", self, sizeof self - 1) <= 0)
		return 111;
	memcpy(copy, self, sizeof copy);
	const char *name = basename(self), *dir = dirname(copy);
	snprintf(real, sizeof real, "%s/real/%s", dir, name);
	pid_t pid = start(real, argv);
	if (pid < 0)
		return 111;
	/* what stays open here would keep a peer from seeing the real one's end of it closed */
	syscall(SYS_close_range, 0, 1, 0);
	syscall(SYS_close_range, 3, ~0U, 0);
	note(dir, name, watch(pid, &status));
	if (WIFSIGNALED(status)) {
		signal(WTERMSIG(status), SIG_DFL);
		raise(WTERMSIG(status));
	}
	return WEXITSTATUS(status);
}
