#include "updater/build/source.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "lib/io.h"
#include "lib/spawn.h"

extern char **environ;

static int ask(int fd, const struct request *r, struct job_error *e)
{
	struct wire w;

	wire_begin(&w);
	wire_put(&w, "do", "install");
	wire_putf(&w, "name", "%s.tar.gz", r->name);
	wire_put(&w, "tag", r->tag);
	wire_put_number(&w, "max-bytes", (int64_t)r->disk);
	return wire_send(fd, &w) < 0 ? job_fail_errno(e, "moult-unpack cannot be told what to do") : 0;
}

/* Until its last word. */
static int listen_to(int fd, struct job_error *e)
{
	const char *code, *text;
	struct wire w;

	for (;;) {
		int n = wire_recv(fd, &w);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return job_fail(e, "system", "moult-unpack ended without an answer");
		switch (wire_classify(&w, &code, &text)) {
		case WIRE_DATA: break;
		case WIRE_OK: return 0;
		case WIRE_ERR: return job_fail(e, code[0] == 'f' ? "full" : "archive", "the sources: %s", text);
		}
	}
}

int source_unpack(const char *helper, const struct request *r, int archive, int src, struct job_error *e)
{
	int pair[2], null = open("/dev/null", O_RDWR | O_CLOEXEC), result = -1, status;
	char *argv[] = {(char *)helper, NULL};
	pid_t pid;

	if (null < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
		io_close(&null);
		return job_fail_errno(e, "moult-unpack cannot be started");
	}
	const int fds[] = {pair[1], null, STDERR_FILENO, archive, src, -1, null};
	const struct spawn s = {.path = helper, .argv = argv, .envp = environ, .cwd = -1, .fds = fds, .nfds = 7};

	pid = spawn(&s);
	if (pid < 0)
		job_fail_errno(e, "%s cannot be started", helper);
	io_close(&pair[1]);
	io_close(&null);
	if (pid > 0) {
		result = ask(pair[0], r, e) < 0 ? -1 : listen_to(pair[0], e);
		io_close(&pair[0]); /* one that has more to say hears that nobody listens */
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	io_close(&pair[0]);
	return result;
}
