#include "updater/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "lib/clock.h"
#include "lib/io.h"
#include "lib/spawn.h"

#define ENVIRONMENT_MAX 16

/* What a job may know of our environment: where the proxies are. Not the token. */
static const char *const passed_on[] = {"PATH",	     "http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy",
					"ALL_PROXY", "no_proxy",   "NO_PROXY",	  "VERBOSE",	 "LOG_FORMAT"};

static void choose_environment(char *out[ENVIRONMENT_MAX])
{
	size_t n = 0;
	for (char **e = environ; *e != NULL; e++)
		for (size_t i = 0; i < sizeof(passed_on) / sizeof(passed_on[0]); i++) {
			size_t len = strlen(passed_on[i]);
			if (strncmp(*e, passed_on[i], len) == 0 && (*e)[len] == '=' && n < ENVIRONMENT_MAX - 1)
				out[n++] = *e;
		}
	out[n] = NULL;
}

void helper_init(struct helper *h)
{
	*h = (struct helper){.fd = -1, .deadline = CLOCK_NEVER, .name = ""};
}

bool helper_busy(const struct helper *h)
{
	return h->pid != 0 || h->fd != -1;
}

static void end(struct helper *h, bool ok, const char *code, const char *text)
{
	h->ok = ok;
	text_cut(h->code, sizeof(h->code), "%s", code);
	text_cut(h->text, sizeof(h->text), "%s", text);
	io_close(&h->fd);
}

/* The job is to be over: with no process left there is nothing more to wait for. */
static void kill_it(struct helper *h)
{
	if (h->pid != 0)
		kill(h->pid, SIGKILL);
}

void helper_refuse(struct helper *h, const char *code, const char *text)
{
	if (h->fd != -1)
		end(h, false, code, text);
	kill_it(h);
}

static void converse(struct helper *h, int fd, const char *name, const struct wire *request, int64_t deadline)
{
	h->name = name;
	h->fd = fd;
	h->deadline = deadline;
	if (fcntl(fd, F_SETFL, O_NONBLOCK) == -1 || wire_send(fd, request) == -1)
		helper_refuse(h, "helper", "it could not be told what to do");
}

int helper_start(struct helper *h, const char *path, int fds[], size_t nfds, const struct wire *request,
		 int64_t deadline)
{
	int pair[2];
	char *argv[] = {(char *)path, NULL}, *env[ENVIRONMENT_MAX];
	choose_environment(env);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1)
		return -1;
	fds[0] = pair[1];
	struct spawn s = {
		.path = path, .argv = argv, .envp = env, .cwd = -1, .fds = fds, .nfds = nfds, .session = true};
	helper_init(h);
	h->pid = spawn(&s);
	io_close(&pair[1]);
	if (h->pid == -1) {
		io_close(&pair[0]);
		helper_init(h);
		return -1;
	}
	const char *slash = strrchr(path, '/');
	converse(h, pair[0], slash == NULL ? path : slash + 1, request, deadline);
	return 0;
}

void helper_take(struct helper *h, int fd, const char *name, const struct wire *request, int64_t deadline)
{
	helper_init(h);
	converse(h, fd, name, request, deadline);
}

enum helper_news helper_next(struct helper *h, struct wire *packet)
{
	const char *code, *text;
	if (h->fd == -1)
		return HELPER_NOTHING;
	int n = wire_recv(h->fd, packet);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return HELPER_NOTHING;
	if (n <= 0) {
		helper_refuse(h, "helper", n == 0 ? "it ended without an answer" : "it sent what is no packet");
		return HELPER_NOTHING;
	}
	if (++h->packets > HELPER_PACKETS) {
		helper_refuse(h, "helper", "it does not stop talking");
		return HELPER_NOTHING;
	}
	switch (wire_classify(packet, &code, &text)) {
	case WIRE_DATA: return HELPER_DATA;
	case WIRE_OK: end(h, true, "", ""); break;
	case WIRE_ERR: end(h, false, code, text); break;
	}
	return HELPER_NOTHING;
}

void helper_reaped(struct helper *h, pid_t pid, int status)
{
	if (pid != h->pid)
		return;
	h->pid = 0;
	h->deadline = CLOCK_NEVER;
	/* What it said stands in the socket still, if it said anything; the exit code adds nothing to that. */
	if (h->fd == -1 && h->ok && (!WIFEXITED(status) || WEXITSTATUS(status) != 0))
		end(h, false, "helper", "it said ok and then failed");
}

void helper_expire(struct helper *h)
{
	h->deadline = CLOCK_NEVER;
	helper_refuse(h, "timeout", "it took too long");
}
