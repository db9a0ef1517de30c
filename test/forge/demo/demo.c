/* demo: the application that the tests and `make run` update. It serves its version over HTTP, and fails on request.
 *
 *   PORT=8080          listen there, on every address; unless LISTEN_FDS says that a socket came with it
 *   SLOW_STOP=MS       on TERM, serve on for so long before the exit
 *   PATIENCE=S         wait so long for a client's request, and for nothing else meanwhile; 2
 *   CRASH=MS           exit 1 so long after the start
 *   IGNORE_TERM=1      only KILL helps
 *   NOTIFICATION_FD=N  write a newline there when ready, as s6 services do
 *
 * Exit codes: 0 after TERM or INT, 1 crashed as asked, 100 wrong environment, 111 the system failed. */
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#ifndef DEMO_VERSION
#error "DEMO_VERSION is what this program is for"
#endif

enum { REQUEST_MAX = 4096, MS_MAX = 3600 * 1000 };

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "demo " DEMO_VERSION ": %s: %s\n", what, strerror(errno));
	exit(111);
}

static int number(const char *name, int min, int max, int otherwise)
{
	const char *text = getenv(name);
	char *end;

	if (text == NULL)
		return otherwise;
	errno = 0;
	long value = strtol(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || value < min || value > max) {
		fprintf(stderr, "demo " DEMO_VERSION ": %s=%s: want %d to %d\n", name, text, min, max);
		exit(100);
	}
	return (int)value;
}

static long long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static int listen_on(int port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	int on = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		die("socket");
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
	    bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 64) < 0) {
		fprintf(stderr, "demo " DEMO_VERSION ": port %d: %s\n", port, strerror(errno));
		exit(111);
	}
	return fd;
}

/* Somebody holds the socket for us, and gave it with us. */
static bool was_given_one(void)
{
	return number("LISTEN_PID", 1, INT_MAX, -1) == (int)getpid() && number("LISTEN_FDS", 0, INT_MAX, 0) == 1;
}

/* The request is read to its end, or the close would reset the connection under the answer. */
static bool read_request(int fd)
{
	char request[REQUEST_MAX + 1];
	size_t len = 0;

	while (len < REQUEST_MAX) {
		ssize_t got = read(fd, request + len, REQUEST_MAX - len);
		if (got <= 0)
			return false;
		len += (size_t)got;
		request[len] = '\0';
		if (strstr(request, "\r\n\r\n") != NULL)
			return true;
	}
	return false;
}

static void answer(int listener, int patience_s)
{
	static const char body[] = "demo " DEMO_VERSION "\n";
	struct timeval patience = {.tv_sec = patience_s};
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		return; /* gone again */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0 && read_request(fd))
		dprintf(fd,
			"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n"
			"Connection: close\r\n\r\n%s",
			sizeof body - 1, body);
	close(fd);
}

static int catch_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	signal(SIGPIPE, SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		die("sigprocmask");
	int fd = signalfd(-1, &set, SFD_CLOEXEC);
	if (fd < 0)
		die("signalfd");
	return fd;
}

static void tell_ready(int port)
{
	int fd = number("NOTIFICATION_FD", 0, INT_MAX, -1);

	printf("demo " DEMO_VERSION " pid %d ready on %d\n", (int)getpid(), port);
	fflush(stdout);
	if (fd >= 0 && (write(fd, "\n", 1) != 1 || close(fd) < 0))
		die("NOTIFICATION_FD");
}

/* Serves until the deadline of the stop or of the crash; says which by its return value. */
static int serve(int listener, int patience, int signals, long long crash_at, int slow_stop, bool ignore_term)
{
	struct pollfd fds[] = {{.fd = listener, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
	long long stop_at = LLONG_MAX;

	for (;;) {
		long long now = now_ms();
		if (now >= stop_at)
			return 0;
		if (now >= crash_at)
			return 1;
		long long next = stop_at < crash_at ? stop_at : crash_at;
		if (poll(fds, 2, next == LLONG_MAX ? -1 : (int)(next - now)) < 0) {
			if (errno != EINTR)
				die("poll");
			continue;
		}
		struct signalfd_siginfo info;
		if (fds[1].revents != 0 && read(signals, &info, sizeof info) == sizeof info && !ignore_term &&
		    stop_at == LLONG_MAX)
			stop_at = now_ms() + slow_stop;
		if (fds[0].revents != 0)
			answer(listener, patience);
	}
}

int main(void)
{
	int port = number("PORT", 1, 65535, 8080);
	int patience = number("PATIENCE", 1, 3600, 2);
	int slow_stop = number("SLOW_STOP", 0, MS_MAX, 0);
	int crash = number("CRASH", 0, MS_MAX, -1);
	bool ignore_term = number("IGNORE_TERM", 0, 1, 0) == 1;

	int signals = catch_signals();
	int listener = was_given_one() ? 3 : listen_on(port);
	long long crash_at = crash < 0 ? LLONG_MAX : now_ms() + crash;
	tell_ready(port);
	return serve(listener, patience, signals, crash_at, slow_stop, ignore_term);
}
