#include "svc/entry.h"

#include <errno.h>
#include <signal.h>
#include "lib/log.h"
#include "svc/signame.h"

struct service_world service_world;

int service_open(const struct service *s, struct dir *d)
{
	return dir_open(d, service_world.svdir, s->name);
}

int service_down_signal(const struct service *s)
{
	return s->down_signal ? s->down_signal : service_world.down_signal;
}

void service_signal(const struct service *s, int signal)
{
	if (s->pid != 0 && kill(-s->pid, signal) == -1 && errno != ESRCH)
		log_error_errno("%s: cannot send %s", s->name, signame_text(signal));
}
