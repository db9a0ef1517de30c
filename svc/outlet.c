#include "svc/outlet.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>
#include "lib/sink.h"

static struct {
	size_t at, end;
	struct sink sink;
	int epoll, error;
	bool watched;
	char bytes[4 * LINE_MAX_OUT];
} out;

void outlet_begin(int epoll)
{
	sink_begin(&out.sink, STDOUT_FILENO);
	out.epoll = epoll;
	out.watched = false;
	out.at = out.end = 0;
}

/* Whole lines that a pipe takes at once or not at all; nobody's can come between. */
static size_t piece(void)
{
	const char *from = out.bytes + out.at, *last;
	size_t n = out.end - out.at;

	if (out.sink.regular || n <= LINE_MAX_OUT)
		return n;
	last = memrchr(from, '\n', LINE_MAX_OUT);
	return (size_t)(last - from) + 1;
}

/* Until `keep` bytes or fewer are left. */
static int write_out(size_t keep)
{
	int done = -1;

	while (out.end - out.at > keep) {
		ssize_t w = sink_put(&out.sink, out.bytes + out.at, piece());

		if (w <= 0) {
			out.error = errno == EAGAIN ? 0 : errno;
			return done;
		}
		out.at += (size_t)w;
		done = 0;
	}
	return 1;
}

int outlet_write(void)
{
	return write_out(0);
}

char *outlet_place(void)
{
	if (sizeof out.bytes - out.end <= LINE_MAX_OUT || out.at == out.end) {
		if (out.at < out.end)
			(void)!write_out(LINE_MAX_OUT - 1);
		out.end -= out.at;
		memmove(out.bytes, out.bytes + out.at, out.end);
		out.at = 0;
	}
	return sizeof out.bytes - out.end > LINE_MAX_OUT ? out.bytes + out.end : NULL;
}

void outlet_add(size_t n)
{
	out.end += n;
}

int outlet_error(void)
{
	return out.error;
}

void outlet_watch(bool watched)
{
	struct epoll_event event = {.events = EPOLLOUT};

	if (watched != out.watched &&
	    epoll_ctl(out.epoll, watched ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, out.sink.fd, &event) == 0)
		out.watched = watched;
}
