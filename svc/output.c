#include "svc/output.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include "lib/clock.h"
#include "lib/io.h"
#include "lib/kernel.h"
#include "lib/log.h"
#include "svc/cut.h"
#include "svc/dir.h"
#include "svc/outlet.h"

#define FILES (4 * 1024 + 1024) /* four a service, and the rest */
#define MARKS 5			/* the last is 0; deaths, with their back-off, within OUTPUT_PATIENCE_MS */
#define TURN 16			/* reads until others have their turn */
#define TURNS 64		/* and how many of those until the caller has his */

_Static_assert(CUT_STREAMS == 2 * OUTPUT_PLACES, "each stream may hold the beginning of a line");

/* One pipe. A source's stdout has an even number, its stderr the next. */
static struct stream {
	int from, to; /* its ends; -1 */
	/* Behind so many bytes more a line ends, newline or not, and behind so many more again; 0: nowhere more. */
	unsigned marks[MARKS];
	struct cut cut;
} streams[CUT_STREAMS];

/* A service, or one that was. Touched only when it is used, as are its streams. */
static struct source {
	bool known;			     /* it has a slot */
	char name[DIR_NAME + sizeof "/log"]; /* stays while it has a stream */
} sources[OUTPUT_PLACES];
static unsigned used;			  /* no source from here on was ever taken */
static uint16_t source_of[OUTPUT_PLACES]; /* a slot's source, + 1; 0: none */

/* What was read last. It is all cut before anything else is read, unless stdout is full. */
static struct {
	unsigned id; /* whose */
	bool ends;   /* behind it is the mark */
	size_t at, end;
	char bytes[4 * LINE_MAX_OUT];
} in;

static struct {
	bool on;
	enum {
		FLOWING,
		STUCK,	  /* stdout is full: nothing is read */
		DROPPING, /* for too long, or it is broken: what is read is counted only */
	} state;
	bool lost;	     /* some stream has lines to tell */
	int set, pipes;	     /* epoll: the second, which holds all pipes, is in the first */
	int64_t due;	     /* when patience ends */
	struct rlimit limit; /* as it was; rlim_max 0: it is still so */
	char time[32];	     /* of what is being read */
} flow;

static struct line line = {.ours[LINE_TIME] = flow.time};
static struct text text;

/* --- bytes to lines. Those that return false: stdout has to take something first */

static bool begin_line(unsigned id)
{
	char *place = outlet_place();

	if (place == NULL)
		return false;
	text_begin(&text, place, LINE_MAX_OUT + 1);
	line.ours[LINE_SERVICE] = sources[id / 2].name;
	line.ours[LINE_STREAM] = id % 2 ? "stderr" : "stdout";
	return true;
}

static void lose(unsigned id, const char *bytes, size_t n)
{
	cut_drop(&streams[id].cut, bytes, n);
	flow.lost = true;
}

/* The line comes out although it has no end. */
static bool end_line(unsigned id)
{
	struct cut *c = &streams[id].cut;

	if (flow.state == DROPPING && c->held > 0)
		lose(id, "\n", 1);
	while (c->held > 0) {
		if (!begin_line(id))
			return false;
		cut_end(c, &text, &line);
		outlet_add(text.len);
	}
	cut_reset(c);
	return true;
}

/* Until `in` is used up. */
static bool digest(void)
{
	while (in.at < in.end && flow.state != DROPPING) {
		if (!begin_line(in.id))
			return false;
		in.at += cut_step(&streams[in.id].cut, in.bytes + in.at, in.end - in.at, &text, &line);
		outlet_add(text.len);
	}
	if (in.at < in.end)
		lose(in.id, in.bytes + in.at, in.end - in.at);
	in.at = in.end;
	if (in.ends && !end_line(in.id))
		return false;
	in.ends = false;
	return true;
}

static bool tell_lost(void)
{
	for (unsigned id = 0; flow.lost && id < 2 * used; id++) {
		if (streams[id].cut.lost == 0)
			continue;
		if (!begin_line(id))
			return false;
		cut_tell(&streams[id].cut, &text, &line);
		outlet_add(text.len);
	}
	flow.lost = false;
	return true;
}

static bool take_stream(unsigned id)
{
	struct stream *s = &streams[id];
	size_t mark = s->marks[0];
	ssize_t n = read(s->from, in.bytes, mark > 0 && mark < sizeof in.bytes ? mark : sizeof in.bytes);

	if (n == -1) /* EAGAIN: somebody else has read it */
		return true;
	if (n == 0) { /* nobody can write to it any more, nor can we */
		if (!end_line(id))
			return false;
		io_close(&s->from);
		memset(s->marks, 0, sizeof s->marks);
		return true;
	}
	in.id = id;
	in.at = 0;
	in.end = (size_t)n;
	in.ends = in.end == mark;
	if (in.ends)
		memmove(s->marks, s->marks + 1, sizeof s->marks - sizeof s->marks[0]);
	else if (mark > 0)
		s->marks[0] -= (unsigned)n;
	return digest();
}

/* --- when stdout takes nothing */

static void enter(int state)
{
	struct epoll_event event = {.events = state == STUCK ? 0 : EPOLLIN};

	if (state != (int)flow.state)
		(void)epoll_ctl(flow.set, EPOLL_CTL_MOD, flow.pipes, &event);
	flow.state = state;
	outlet_watch(state != FLOWING && outlet_error() == 0);
}

static void start_dropping(void)
{
	errno = outlet_error() != 0 ? outlet_error() : ETIMEDOUT;
	if (flow.state != DROPPING)
		log_warn_errno("stdout: what services write is dropped");
	enter(DROPPING);
	(void)digest();
}

/* stdout did not take all. */
static void hold(int64_t now)
{
	if (outlet_error() != 0) {
		start_dropping();
		return;
	}
	enter(STUCK);
	flow.due = now + OUTPUT_PATIENCE_MS;
}

/* Tries stdout again. False: nothing is to be read now. */
static bool go_on(int64_t now)
{
	int done;

	if (flow.state == FLOWING)
		return true;
	done = outlet_write();
	if (done == 1 && tell_lost() && digest())
		enter(FLOWING);
	else if (done >= 0)
		hold(now);
	else if (outlet_error() != 0 || (flow.state == STUCK && now >= flow.due))
		start_dropping();
	return flow.state != STUCK;
}

static void write_out(int64_t now)
{
	if (flow.state == FLOWING && outlet_write() != 1)
		hold(now);
}

static void set_time(void)
{
	struct text t;

	text_begin(&t, flow.time, sizeof flow.time);
	if (line.json)
		log_add_time(&t);
}

/* Returns how many pipes had something; -1: stdout is stuck. */
static int turn(int64_t now)
{
	struct epoll_event events[TURN];
	int n;

	set_time();
	if (!go_on(now))
		return -1;
	n = epoll_wait(flow.pipes, events, TURN, 0);
	for (int i = 0; i < n && flow.state != STUCK; i++) {
		if (!take_stream(events[i].data.u32))
			hold(now);
	}
	write_out(now);
	return flow.state == STUCK ? -1 : n;
}

/* --- for those who have services */

void output_take(int64_t now)
{
	if (flow.on)
		(void)turn(now);
}

int64_t output_due(void)
{
	return flow.state == STUCK ? flow.due : CLOCK_NEVER;
}

/* What is written from now on starts a line. */
static void end_here(unsigned id)
{
	struct stream *s = &streams[id];
	unsigned i = 0;
	int left = 0;

	(void)ioctl(s->from, FIONREAD, &left);
	for (; s->marks[i] > 0; i++)
		left -= (int)s->marks[i];
	if (left > 0 && i < MARKS - 1)
		s->marks[i] = (unsigned)left;
	if (left != 0 || i > 0)
		return;
	if (in.id == id && in.at < in.end)
		in.ends = true;
	else
		(void)end_line(id); /* when there is no place, the line goes on */
}

void output_died(unsigned slot, int64_t now)
{
	unsigned source = source_of[slot];

	if (source == 0)
		return;
	set_time();
	end_here(2 * source - 2);
	end_here(2 * source - 1);
	write_out(now);
}

/* They cannot be told on stdout any more. */
static void log_lost(void)
{
	unsigned lost = 0;

	for (unsigned id = 0; id < 2 * used; id++) {
		lost += streams[id].cut.lost;
		streams[id].cut.lost = 0;
	}
	if (lost > 0)
		log_warn("%u lines of services are lost", lost);
}

bool output_rest(int64_t now)
{
	int n = TURN;

	if (!flow.on)
		return true;
	for (int i = 0; i < TURNS && n > 0; i++)
		n = turn(now);
	for (unsigned id = 0; n == 0 && id < 2 * used && flow.state != STUCK; id++) {
		if (!end_line(id))
			hold(now);
	}
	write_out(now);
	if (n != 0 || flow.state == STUCK)
		return false;
	log_lost();
	return true;
}

static int make_pipe(unsigned id)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u32 = id};
	int ends[2];

	if (kernel_pipe(ends, O_CLOEXEC) == -1)
		return -1;
	/* A service that has become another user opens its /dev/stdout as well. */
	(void)kernel_chmod(ends[1], 0622);
	(void)kernel_fcntl(ends[0], F_SETFL, O_NONBLOCK);
	if (epoll_ctl(flow.pipes, EPOLL_CTL_ADD, ends[0], &event) == -1) {
		io_close(&ends[0]);
		io_close(&ends[1]);
		return -1;
	}
	streams[id].from = ends[0];
	streams[id].to = ends[1];
	return 0;
}

static bool is_over(const struct stream *s)
{
	return s->from == -1 && s->cut.lost == 0;
}

/* Returns its number + 1; 0: there is no place. */
static unsigned take_source(unsigned slot, const char *name)
{
	struct text t;
	unsigned i = 0;

	while (i < used && (sources[i].known || !is_over(&streams[2 * i]) || !is_over(&streams[2 * i + 1])))
		i++;
	if (i == OUTPUT_PLACES)
		return 0;
	if (i == used)
		used++;
	streams[2 * i].from = streams[2 * i].to = streams[2 * i + 1].from = streams[2 * i + 1].to = -1;
	sources[i].known = true;
	text_begin(&t, sources[i].name, sizeof sources[i].name);
	text_add(&t, name);
	return source_of[slot] = (uint16_t)(i + 1);
}

int output_fd(unsigned slot, const char *name, int fd)
{
	unsigned source, id;

	if (!flow.on)
		return fd;
	source = source_of[slot] != 0 ? source_of[slot] : take_source(slot, name);
	id = 2 * source - (fd == STDERR_FILENO ? 1 : 2);
	if (source == 0 || (streams[id].to == -1 && make_pipe(id) == -1)) {
		log_warn_errno("%s: what it writes is not relayed", name);
		return fd;
	}
	return streams[id].to;
}

void output_close(unsigned slot)
{
	unsigned source = source_of[slot];

	if (source == 0)
		return;
	source_of[slot] = 0;
	sources[source - 1].known = false;
	io_close(&streams[2 * source - 2].to);
	io_close(&streams[2 * source - 1].to);
}

/* --- the beginning */

bool output_limit(struct spawn_limit *old)
{
	*old = (struct spawn_limit){.resource = RLIMIT_NOFILE, .value = flow.limit};
	return flow.limit.rlim_max != 0;
}

static void raise_limit(void)
{
	struct rlimit old, more;

	if (kernel_limit(RLIMIT_NOFILE, NULL, &old) == -1 || old.rlim_cur >= FILES)
		return;
	more = (struct rlimit){old.rlim_max < FILES ? old.rlim_max : FILES, old.rlim_max};
	if (more.rlim_cur > old.rlim_cur && kernel_limit(RLIMIT_NOFILE, &more, NULL) == 0)
		flow.limit = old;
}

int output_begin(enum output_form form)
{
	struct epoll_event event = {.events = EPOLLIN};

	flow.on = form != OUTPUT_PLAIN;
	flow.state = FLOWING;
	line.json = form == OUTPUT_JSON;
	if (!flow.on)
		return -1;
	flow.set = epoll_create1(EPOLL_CLOEXEC);
	flow.pipes = epoll_create1(EPOLL_CLOEXEC);
	if (epoll_ctl(flow.set, EPOLL_CTL_ADD, flow.pipes, &event) == -1)
		log_die("cannot make an epoll descriptor");
	outlet_begin(flow.set);
	raise_limit();
	return flow.set;
}
