/* service: what every supervisor of the bench runs. It writes to the file $BENCH_JOURNAL when something happens to it.
 *
 *   run                      as the run of a service; lines are "WHAT DIRECTORY NANOSECONDS", and WHAT is
 *     start                  when main was entered, by the monotonic clock
 *     signal                 when USR1 came
 *     orphans                USR2 has made $BENCH_ORPHANS of them: from the death of the last until it was reaped;
 *                            with BENCH_PACED each is awaited before the next
 *   run exec PROGRAM [ARGS]  writes "exec", then becomes PROGRAM
 *
 * TERM ends it with 0. With BENCH_CRASH it ends with 1 as soon as it has started. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The last orphan, in memory shared with it. */
struct orphan {
	pid_t pid;
	long long died;
};
static struct orphan *last;

static char name[64] = "?";
static int journal = -1;

static long long now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

/* One write to a file that is appended to: nobody is woken, and lines of many do not mix. */
static void note(const char *what, long long ns)
{
	char line[128];
	int length = snprintf(line, sizeof line, "%s %s %lld\n", what, name, ns);

	if (write(journal, line, (size_t)length) != length)
		_exit(111);
}

static void begin(void)
{
	char directory[4096];
	const char *file = getenv("BENCH_JOURNAL");

	if (getcwd(directory, sizeof directory) != NULL)
		snprintf(name, sizeof name, "%s", basename(directory));
	journal = open(file == NULL ? "/dev/stderr" : file, O_WRONLY | O_APPEND | O_CLOEXEC);
	if (journal < 0)
		_exit(111);
}

static void make_orphan(void)
{
	pid_t parent = fork();

	if (parent == 0) {
		pid_t child;

		parent = getpid();
		child = fork();
		if (child == 0) {
			while (getppid() == parent)
				sched_yield();
			last->died = now_ns();
		} else {
			last->pid = child;
		}
		_exit(0);
	}
	waitpid(parent, NULL, 0);
}

static void await_reaping(void)
{
	while (kill(last->pid, 0) == 0)
		sched_yield();
}

static void on_signal(int number)
{
	long long now = now_ns();
	const char *many = getenv("BENCH_ORPHANS");

	if (number == SIGTERM)
		_exit(0);
	if (number == SIGUSR1) {
		note("signal", now);
		return;
	}
	for (int left = many == NULL ? 1 : atoi(many); left > 0; left--) {
		make_orphan();
		if (left == 1 || getenv("BENCH_PACED") != NULL)
			await_reaping();
	}
	note("orphans", now_ns() - last->died);
}

int main(int argc, char **argv)
{
	long long now = now_ns();
	struct sigaction action = {.sa_handler = on_signal};

	begin();
	if (argc > 2 && strcmp(argv[1], "exec") == 0) {
		note("exec", now_ns());
		execv(argv[2], argv + 2);
		dprintf(2, "%s: %s\n", argv[2], strerror(errno));
		return 127;
	}
	last = mmap(NULL, sizeof *last, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGUSR2, &action, NULL);
	note("start", now);
	if (getenv("BENCH_CRASH") != NULL)
		return 1;
	for (;;)
		pause();
}
