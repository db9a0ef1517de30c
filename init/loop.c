#include "init/loop.h"

#include <signal.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include "init/control.h"
#include "init/poll.h"
#include "init/signals.h"
#include "init/stop.h"
#include "lib/clock.h"
#include "svc/after.h"
#include "svc/output.h"
#include "svc/scan.h"
#include "svc/table.h"

/* What one event may lead to, until nothing follows any more. */
static void settle(const char *svdir, int64_t now)
{
	unsigned before;
	bool replaced = false;

	do {
		before = service_events();
		table_tick(now);
		replaced |= table_sweep(now);
		if (!stop_is_under_way())
			after_settle(svdir, now);
		stop_turn(now);
		if (replaced && !stop_is_under_way())
			(void)!scan(now); /* it has said why not */
		replaced = false;
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

	if (id == POLL_CHANGES)
		return scan_is_due(0);
	if (id == POLL_OUTPUT)
		output_take(now);
	else if (id == POLL_LISTEN)
		control_accept();
	else if (id >= POLL_CLIENT)
		control_client(id - POLL_CLIENT, now);
	else if ((s = table_at(id)) != NULL && s->notify != -1)
		service_notified(s, now);
	else if (id >= SERVICE_MESSAGES && (s = table_at(id - SERVICE_MESSAGES)) != NULL && s->messages != -1)
		service_message(s, now);
	return false;
}

/* True when it has come; without one nobody looks at the clock. */
static bool is_past(int64_t due)
{
	return due != CLOCK_NEVER && clock_ms() >= due;
}

/* Waits once, and takes what has come. What services write has its own deadlines: they change nothing else. */
static void turn(int64_t due)
{
	int64_t first = due < output_due() ? due : output_due();
	struct epoll_event events[16];
	bool rescan = false;
	struct poll_signal signal;
	int n = poll_wait(events, 16, clock_timeout(first, first == CLOCK_NEVER ? 0 : clock_ms()), &signal);

	if (signal.number == 0 && n == 0)
		signal.number = SIGCHLD; /* when nothing came, the dead are looked for: one may have been missed */
	if (signal.number != 0)
		rescan = signals_take(&signal);
	for (int i = 0; i < n; i++)
		rescan |= take(events[i].data.u32, clock_ms());
	if (is_past(output_due()))
		output_take(clock_ms());
	if (rescan && !stop_is_under_way())
		(void)!scan(clock_ms()); /* it has said why not */
}

int loop_run(const char *svdir)
{
	int64_t due;
	unsigned known;
	int code;

	for (;;) {
		settle(svdir, clock_ms());
		if (stop_is_over(&code))
			return code;
		known = service_events();
		due = next_due();
		do
			turn(due);
		while (known == service_events() && !stop_is_under_way() && !is_past(due));
	}
}
