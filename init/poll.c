#include "init/poll.h"

#include <sys/epoll.h>
#include "lib/log.h"

static int set = -1;

int poll_begin(void)
{
	set = epoll_create1(EPOLL_CLOEXEC);
	if (set == -1)
		log_die("cannot make an epoll descriptor");
	return set;
}

int poll_add(int fd, unsigned id)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u32 = id};

	return epoll_ctl(set, EPOLL_CTL_ADD, fd, &event);
}

void poll_for_writing(int fd, unsigned id, bool writing)
{
	struct epoll_event event = {.events = writing ? EPOLLOUT : EPOLLIN, .data.u32 = id};

	(void)epoll_ctl(set, EPOLL_CTL_MOD, fd, &event); /* it is in the set */
}
