#include "updater/build/serve.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>
#include "lib/ident.h"
#include "lib/io.h"

static bool may_ask(int fd, const char *user)
{
	struct ucred who;
	socklen_t size = sizeof who;
	struct ident id;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) < 0)
		return false;
	if (who.uid == 0 || who.uid == geteuid())
		return true;
	return ident_find("/", user, &id) == 0 && id.uid == who.uid;
}

static void close_all(const int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		close(fds[i]);
}

static int take(int fd, int fds[static SERVE_FDS], struct job_error *e)
{
	char byte;
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int) * SERVE_FDS)];
	} control;
	struct iovec part = {&byte, 1};
	struct msghdr m = {.msg_iov = &part,
			   .msg_iovlen = 1,
			   .msg_control = control.bytes,
			   .msg_controllen = sizeof control.bytes};
	struct cmsghdr *c;
	size_t n = 0;

	if (recvmsg(fd, &m, MSG_CMSG_CLOEXEC) < 0)
		return job_fail_errno(e, "no job comes");
	c = CMSG_FIRSTHDR(&m);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(fds, CMSG_DATA(c), n * sizeof(int));
	}
	if (n == SERVE_FDS && !(m.msg_flags & MSG_CTRUNC))
		return 1;
	close_all(fds, n);
	return job_fail(e, "usage", "a job brings %d descriptors", SERVE_FDS);
}

int serve_accept(int listener, const char *user, int fds[static SERVE_FDS], struct job_error *e)
{
	struct pollfd p = {.fd = listener, .events = POLLIN};
	struct timeval patience = {.tv_sec = SERVE_WAIT_MS / 1000};
	int fd, result;

	if (poll(&p, 1, SERVE_WAIT_MS) == 0)
		return 0;
	fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (fd < 0)
		return job_fail_errno(e, "cannot accept");
	if (!may_ask(fd, user))
		result = job_fail(e, "denied", "only root and %s may have something built", user);
	else if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) < 0)
		result = job_fail_errno(e, "the connection");
	else
		result = take(fd, fds, e);
	io_close(&fd);
	return result;
}
