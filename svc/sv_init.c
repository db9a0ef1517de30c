#include "svc/sv_init.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include "lib/clock.h"
#include "lib/rundir.h"

int sv_init_connect(void)
{
	const char *dir = getenv("RUN_DIR");

	return rundir_connect(dir == NULL || dir[0] == '\0' ? RUNDIR_DEFAULT : dir, "init.sock");
}

static int say(int fd, const char *verb, const char *service)
{
	return wire_say(fd, service[0] == '\0' ? "%s" : "%s %s", verb, service);
}

int sv_init_ask(int fd, const char *verb, const char *service, void (*see)(void *ctx, const struct sv_state *s),
		void *ctx, char code[SV_REFUSAL], char why[SV_REFUSAL])
{
	struct sv_state state;
	struct wire w;
	const char *c, *text;

	if (say(fd, verb, service) == -1)
		return -1;
	while (wire_recv(fd, &w) == 1) {
		switch (wire_classify(&w, &c, &text)) {
		case WIRE_OK: return 0;
		case WIRE_ERR:
			return text_format(code, SV_REFUSAL, "%s", c) == -1 ||
					       text_format(why, SV_REFUSAL, "%s", text) == -1
				       ? -1
				       : 1;
		case WIRE_DATA: break;
		}
		if (sv_state_read(&w, &state) == -1)
			return -1;
		if (see != NULL)
			see(ctx, &state);
	}
	return -1;
}

int sv_init_watch(int fd, const char *service)
{
	return say(fd, "watch", service);
}

int sv_init_next(int fd, int64_t deadline, struct sv_state *out)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	struct wire w;
	int n;

	do
		n = poll(&p, 1, clock_timeout(deadline, clock_ms()));
	while (n == -1 && errno == EINTR);
	if (n <= 0)
		return n;
	return wire_recv(fd, &w) == 1 && sv_state_read(&w, out) == 0 ? 1 : -1;
}
