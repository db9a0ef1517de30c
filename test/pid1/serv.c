/* A service that does what its arguments say, one after the other; without any it sleeps until a signal ends it.
 *
 *   out TEXT       a line on standard output
 *   args N         the next N arguments, on one line
 *   env NAME       its value, as NAME=VALUE
 *   id, pid        uid, gid and number of groups; its process id
 *   group          the foreground process group of the terminal, and its own
 *   ready          a newline to NOTIFICATION_FD
 *   notify TEXT    a message to NOTIFY_SOCKET
 *   exit SIG CODE  from now on SIG exits with CODE
 *   note SIG       from now on SIG is written as a line "got SIG"
 *   hear           says "hears", then "got SIG" for every signal there is; TERM ends it with 0
 *   block          from now on no signal comes through but KILL
 *   tell SIG       sends it to PID 1
 *   kill PID       ends it
 *   ignore SIG     from now on SIG does nothing
 *   die SIG        sends itself SIG
 *   pause          sleeps until a signal ends it
 *   end CODE       exits
 *   copy FILE      standard input to the end of FILE
 *   lines A B      the numbers from A to B, a line each
 *   orphans N      leaves N dead grandchildren to PID 1
 *   sleeper        leaves a grandchild that sleeps, in a session of its own
 *   zombies        how many processes are dead and not reaped
 *   reaped         waits until there are none
 *   accept FD TEXT takes one client of socket FD: a line
 *   serve FD TEXT  the same for ever
 *   echo FD        returns a datagram
 *   fds            its open descriptors, on one line
 *   limit N        resource N of getrlimit(2): soft and hard
 *   err TEXT       a line on standard error
 *   part TEXT      TEXT on standard output, without an end
 *   bye SIG TEXT   from now on SIG writes TEXT, without an end, and exits with 0
 *   noise N        N numbered lines on each of standard output and error, cut anywhere into writes
 */
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t codes[65];

static void leave(int sig)
{
	_exit(codes[sig]);
}

static const char *farewell;

static void bye(int sig)
{
	(void)sig;
	(void)!write(1, farewell, strlen(farewell));
	_exit(0);
}

/* "out 000001 xxxx" and "err 000001 xxxx"; lengths and cuts go through all there are up to a few hundred. */
static void make_noise(int n)
{
	char buf[2][1024];
	size_t used[2] = {0, 0};

	for (int i = 1; i <= n; i++) {
		for (int fd = 0; fd < 2; fd++) {
			char line[256];
			int len = snprintf(line, sizeof line, "%s %06d ", fd ? "err" : "out", i);

			memset(line + len, 'x', (size_t)(i % 97));
			line[len + i % 97] = '\n';
			memcpy(buf[fd] + used[fd], line, (size_t)(len + i % 97 + 1));
			used[fd] += (size_t)(len + i % 97 + 1);
			if (i == n || used[fd] > (size_t)(i % 701)) {
				size_t now = i == n ? used[fd] : used[fd] - (size_t)(i % 7);

				(void)!write(fd + 1, buf[fd], now);
				memmove(buf[fd], buf[fd] + now, used[fd] -= now);
			}
		}
	}
}

static void say(int sig)
{
	char line[] = "got 00\n";

	line[4] = (char)('0' + sig / 10);
	line[5] = (char)('0' + sig % 10);
	(void)!write(1, line, sizeof line - 1);
}

/* libc keeps 32 to 34 to itself: they get a copy of what it made of another one. */
static void handle(int sig, void (*handler)(int))
{
	unsigned long kernels[4];
	void (*before)(int) = signal(sig < 32 ? sig : SIGUSR1, handler);

	if (sig < 32)
		return;
	syscall(SYS_rt_sigaction, SIGUSR1, NULL, kernels, 8);
	signal(SIGUSR1, before);
	syscall(SYS_rt_sigaction, sig, kernels, NULL, 8);
}

/* Every signal, also those that libc keeps for itself: its own sigset functions leave them out. */
static void block_all(void)
{
	unsigned char all[_NSIG / 8];

	memset(all, 0xff, sizeof all);
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, all, NULL, sizeof all);
}

static void hear_all(void)
{
	unsigned char all[_NSIG / 8];
	struct signalfd_siginfo info;
	int fd;

	memset(all, 0xff, sizeof all);
	block_all();
	fd = (int)syscall(SYS_signalfd4, -1, all, sizeof all, 0);
	printf("hears\n");
	while (read(fd, &info, sizeof info) == sizeof info && info.ssi_signo != SIGTERM)
		say((int)info.ssi_signo);
	exit(0);
}

static void notify(const char *text)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	const char *path = getenv("NOTIFY_SOCKET");
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	socklen_t len = sizeof to;

	if (path == NULL || strlen(path) >= sizeof to.sun_path)
		exit(101);
	strcpy(to.sun_path, path);
	if (path[0] == '@') {
		to.sun_path[0] = '\0';
		len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
	}
	if (sendto(fd, text, strlen(text), 0, (struct sockaddr *)&to, len) == -1) {
		perror("notify");
		exit(102);
	}
	close(fd);
}

static void make_orphans(int n)
{
	for (; n > 0; n--) {
		pid_t pid = fork();

		if (pid == 0) {
			if (fork() == 0)
				_exit(3);
			_exit(0);
		}
		waitpid(pid, NULL, 0);
	}
}

static void make_sleeper(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		setsid(); /* out of the group that the service is stopped with */
		if (fork() == 0) {
			for (;;)
				pause();
		}
		_exit(0);
	}
	waitpid(pid, NULL, 0);
}

/* Counts by /proc, as ps does. */
static int count_zombies(void)
{
	struct dirent *e;
	DIR *d = opendir("/proc");
	int n = 0;

	while (d != NULL && (e = readdir(d)) != NULL) {
		char path[300], line[512] = "";
		int fd;

		snprintf(path, sizeof path, "/proc/%s/stat", e->d_name);
		if (e->d_name[0] < '1' || e->d_name[0] > '9' || (fd = open(path, O_RDONLY)) == -1)
			continue;
		if (read(fd, line, sizeof line - 1) > 0 && strstr(line, ") Z ") != NULL)
			n++;
		close(fd);
	}
	if (d != NULL)
		closedir(d);
	return n;
}

static void copy_to(const char *file)
{
	char buf[4096];
	ssize_t n;
	int fd = open(file, O_WRONLY | O_CREAT | O_APPEND, 0666);

	while ((n = read(0, buf, sizeof buf)) > 0)
		(void)!write(fd, buf, (size_t)n);
	close(fd);
}

static void serve_client(int fd, const char *text)
{
	int client = accept(fd, NULL, NULL);
	char line[128];
	int n = snprintf(line, sizeof line, "%s\n", text);

	(void)!send(client, line, (size_t)n, MSG_NOSIGNAL); /* who has gone already is no reason to die */
	close(client);
}

static void echo(int fd)
{
	char buf[512];
	struct sockaddr_storage from;
	socklen_t len = sizeof from;
	ssize_t n = recvfrom(fd, buf, sizeof buf, 0, (struct sockaddr *)&from, &len);

	(void)!sendto(fd, buf, n < 0 ? 0 : (size_t)n, 0, (struct sockaddr *)&from, len);
}

static void show_fds(void)
{
	printf("fds");
	for (int fd = 0; fd < 256; fd++) {
		if (fcntl(fd, F_GETFD) != -1)
			printf(" %d", fd);
	}
	printf("\n");
}

static void show_limit(int resource)
{
	struct rlimit limit = {0};

	getrlimit(resource, &limit);
	printf("limit %d: %lld %lld\n", resource, (long long)limit.rlim_cur, (long long)limit.rlim_max);
}

/* Words about descriptors and limits; 0: it is none of them. */
static int do_descriptor(char **arg)
{
	const char *what = arg[0];

	if (strcmp(what, "accept") == 0)
		return serve_client(atoi(arg[1]), arg[2]), 3;
	if (strcmp(what, "serve") == 0) {
		for (;;)
			serve_client(atoi(arg[1]), arg[2]);
	}
	if (strcmp(what, "echo") == 0)
		return echo(atoi(arg[1])), 2;
	if (strcmp(what, "fds") == 0)
		return show_fds(), 1;
	if (strcmp(what, "limit") == 0)
		return show_limit(atoi(arg[1])), 2;
	return 0;
}

static int do_one(char **arg)
{
	const char *what = arg[0];

	if (strcmp(what, "out") == 0)
		return printf("%s\n", arg[1]), 2;
	if (strcmp(what, "err") == 0)
		return fprintf(stderr, "%s\n", arg[1]), 2;
	if (strcmp(what, "part") == 0)
		return (void)!write(1, arg[1], strlen(arg[1])), 2;
	if (strcmp(what, "noise") == 0)
		return make_noise(atoi(arg[1])), 2;
	if (strcmp(what, "bye") == 0) {
		farewell = arg[2];
		return signal(atoi(arg[1]), bye), 3;
	}
	if (strcmp(what, "env") == 0)
		return printf("%s=%s\n", arg[1], getenv(arg[1]) == NULL ? "(unset)" : getenv(arg[1])), 2;
	if (strcmp(what, "ready") == 0)
		return (void)!write(atoi(getenv("NOTIFICATION_FD")), "\n", 1), 1;
	if (strcmp(what, "notify") == 0)
		return notify(arg[1]), 2;
	if (strcmp(what, "exit") == 0) {
		codes[atoi(arg[1])] = atoi(arg[2]);
		signal(atoi(arg[1]), leave);
		return 3;
	}
	if (strcmp(what, "note") == 0)
		return handle(atoi(arg[1]), say), 2;
	if (strcmp(what, "ignore") == 0)
		return signal(atoi(arg[1]), SIG_IGN), 2;
	if (strcmp(what, "block") == 0)
		return block_all(), 1;
	if (strcmp(what, "hear") == 0)
		return hear_all(), 1;
	if (strcmp(what, "kill") == 0)
		return (void)!kill(atoi(arg[1]), SIGKILL), 2;
	if (strcmp(what, "tell") == 0)
		return (void)!kill(1, atoi(arg[1])), 2;
	if (strcmp(what, "orphans") == 0)
		return make_orphans(atoi(arg[1])), 2;
	if (strcmp(what, "zombies") == 0)
		return printf("zombies %d\n", count_zombies()), 1;
	if (strcmp(what, "reaped") == 0) {
		while (count_zombies() != 0)
			sched_yield();
		return printf("reaped\n"), 1;
	}
	if (strcmp(what, "copy") == 0)
		return copy_to(arg[1]), 2;
	if (strcmp(what, "lines") == 0) {
		for (int i = atoi(arg[1]); i <= atoi(arg[2]); i++)
			printf("%d\n", i);
		return 3;
	}
	if (strcmp(what, "sleeper") == 0)
		return make_sleeper(), 1;
	if (strcmp(what, "group") == 0)
		return printf("foreground %d own %d\n", (int)tcgetpgrp(0), (int)getpgrp()), 1;
	if (strcmp(what, "id") == 0)
		return printf("id %d %d %d\n", (int)getuid(), (int)getgid(), getgroups(0, NULL)), 1;
	if (strcmp(what, "pid") == 0)
		return printf("pid %d\n", (int)getpid()), 1;
	if (strcmp(what, "die") == 0)
		return raise(atoi(arg[1])), 2;
	if (strcmp(what, "end") == 0)
		exit(atoi(arg[1]));
	if (strcmp(what, "pause") == 0) {
		for (;;)
			pause();
	}
	fprintf(stderr, "serv: '%s' is nothing that I can do\n", what);
	exit(100);
}

int main(int argc, char **argv)
{
	char *only_pause[] = {"pause", NULL};

	if (argc == 1)
		do_one(only_pause);
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 1; i < argc;) {
		if (strcmp(argv[i], "args") == 0) {
			int n = atoi(argv[i + 1]);

			for (i += 2; n > 0 && i < argc; n--, i++)
				printf("%s%c", argv[i], n == 1 || i + 1 == argc ? '\n' : ' ');
			continue;
		}
		int taken = do_descriptor(argv + i);

		i += taken > 0 ? taken : do_one(argv + i);
	}
	return 0;
}
