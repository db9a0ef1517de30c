#include "updater/builder.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include "lib/io.h"
#include "lib/rundir.h"
#include "lib/text.h"
#include "lib/wire.h"

static int because(char *why, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));

static int because(char *why, size_t size, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	text_cutv(why, size, format, args);
	va_end(args);
	return -1;
}

/* init's last word to a verb. */
static int hear(int fd, char *why, size_t size)
{
	struct wire w;
	const char *code, *text;
	int n;
	while ((n = wire_recv(fd, &w)) > 0 || (n == -1 && errno == EINTR)) {
		enum wire_kind kind = n == -1 ? WIRE_DATA : wire_classify(&w, &code, &text);
		if (kind == WIRE_OK)
			return 0;
		if (kind == WIRE_ERR && strcmp(code, "unknown") != 0)
			return because(why, size, "init does not start the service " BUILDER_SERVICE ": %s", text);
		if (kind == WIRE_ERR)
			return because(
				why, size,
				"there is no service " BUILDER_SERVICE
				": a release from a branch needs it beside the updater's (updater(8), BRANCHES)");
	}
	return because(why, size, "init does not answer");
}

static int say_once(const char *run_dir, char *why, size_t size)
{
	const struct timeval patience = {.tv_sec = 1};
	int fd = rundir_connect(run_dir, "init.sock");
	if (fd == -1)
		return because(why, size, "init cannot be reached in RUN_DIR=%s: %s", run_dir, strerror(errno));
	int r = -1;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) == -1 ||
	    wire_say(fd, "once " BUILDER_SERVICE) == -1)
		because(why, size, "init cannot be asked: %s", strerror(errno));
	else
		r = hear(fd, why, size);
	io_close(&fd);
	return r;
}

static int connect_to(const char *run_dir)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return -1;
	if (text_format(address.sun_path, sizeof(address.sun_path), "%s/" BUILDER_SOCKET, run_dir) == -1 ||
	    connect(fd, (struct sockaddr *)&address, sizeof(address)) == -1)
		io_close(&fd);
	return fd;
}

static int hand_over(int connection, const int fds[3])
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(3 * sizeof(int))];
	} control = {0};
	struct iovec part = {"j", 1};
	struct msghdr m = {.msg_iov = &part,
			   .msg_iovlen = 1,
			   .msg_control = control.bytes,
			   .msg_controllen = sizeof(control.bytes)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(3 * sizeof(int));
	memcpy(CMSG_DATA(c), fds, 3 * sizeof(int));
	return sendmsg(connection, &m, MSG_NOSIGNAL) == 1 ? 0 : -1;
}

int builder_start(const char *run_dir, int sources, int result, char *why, size_t size)
{
	int pair[2];
	if (say_once(run_dir, why, size) == -1)
		return -1;
	int connection = connect_to(run_dir);
	if (connection == -1)
		return because(why, size,
			       "%s/" BUILDER_SOCKET ": %s; the file `listen` of the service " BUILDER_SERVICE
			       " has to name it",
			       run_dir, strerror(errno));
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1) {
		io_close(&connection);
		return because(why, size, "no socket: %s", strerror(errno));
	}
	const int fds[3] = {pair[1], sources, result};
	int r = hand_over(connection, fds);
	if (r == -1)
		because(why, size, "the service " BUILDER_SERVICE " takes no job: %s", strerror(errno));
	io_close(&connection);
	io_close(&pair[1]);
	if (r == -1)
		io_close(&pair[0]);
	return pair[0];
}
