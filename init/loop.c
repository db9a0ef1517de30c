#include "init/loop.h"

#include <stdbool.h>
#include <sys/epoll.h>
#include "init/control.h"
#include "init/poll.h"
#include "init/signals.h"
#include "init/stop.h"
#include "lib/clock.h"
#include "svc/after.h"
#include "svc/scan.h"
#include "svc/table.h"

/* What one event may lead to, until nothing follows any more. */
static void settle(const char *svdir, int64_t now)
{
	unsigned before;

	do {
		before = service_events();
		table_tick(now);
		table_sweep(now);
		if (!stop_is_under_way())
			after_settle(svdir, now);
		stop_turn(now);
	} while (before != service_events());
}

static int64_t next_due(void)
{
	int64_t services = table_due(), stop = stop_due();

	return services < stop ? services : stop;
}

/* Returns true when SVDIR has to be read again. */
static bool take(unsigned id, int64_t now)
{
	struct service *s;

	if (id == POLL_SIGNALS)
		return signals_take(now);
	if (id == POLL_CHANGES) {
		scan_drain();
		return true;
	}
	if (id == POLL_LISTEN)
		control_accept();
	else if (id >= POLL_CLIENT)
		control_client(id - POLL_CLIENT, now);
	else if ((s = table_at(id)) != NULL && s->notify != -1)
		service_notified(s, now);
	return false;
}

int loop_run(int epoll, const char *svdir)
{
	struct epoll_event events[16];
	int64_t now = clock_ms(), due;
	unsigned known;
	int code;

	settle(svdir, now);
	known = service_events();
	for (due = next_due(); !stop_is_over(&code); due = next_due()) {
		int n = epoll_wait(epoll, events, 16, clock_timeout(due, due == CLOCK_NEVER ? 0 : clock_ms()));
		bool rescan = false;

		now = clock_ms();
		for (int i = 0; i < n; i++)
			rescan |= take(events[i].data.u32, now);
		if (rescan && !stop_is_under_way())
			(void)!scan(now); /* it has said why not */
		if (known != service_events() || now >= due || stop_is_under_way())
			settle(svdir, now);
		known = service_events();
	}
	return code;
}
