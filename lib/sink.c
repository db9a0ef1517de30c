#include "lib/sink.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include "lib/kernel.h"
#include "lib/text.h"

void sink_begin(struct sink *s, int fd)
{
	struct stat st = {.st_mode = 0};
	char path[32];
	int own = -1;

	(void)kernel_fstat(fd, &st);
	s->fd = fd;
	s->socket = S_ISSOCK(st.st_mode);
	s->regular = S_ISREG(st.st_mode);
	if ((S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode)) &&
	    text_format(path, sizeof path, "/proc/self/fd/%d", fd) != -1)
		own = openat(AT_FDCWD, path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	s->asks = own == -1 && !s->regular;
	if (own != -1)
		s->fd = own;
}

static void drop_signal(int signal)
{
	int saved = errno;

	(void)kernel_take_signal(UINT64_C(1) << (signal - 1), NULL);
	errno = saved;
}

ssize_t sink_put(const struct sink *s, const void *bytes, size_t n)
{
	struct pollfd p = {.fd = s->fd, .events = POLLOUT};
	ssize_t w;

	if (s->asks && poll(&p, 1, 0) != 1) {
		errno = EAGAIN;
		return -1;
	}
	w = s->socket ? send(s->fd, bytes, n, MSG_DONTWAIT | MSG_NOSIGNAL) : write(s->fd, bytes, n);
	if (w == -1 && (errno == EPIPE || errno == EFBIG))
		drop_signal(errno == EPIPE ? SIGPIPE : SIGXFSZ);
	return w;
}
