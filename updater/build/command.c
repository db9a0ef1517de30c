#include "updater/build/command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "lib/clock.h"
#include "lib/env.h"
#include "lib/io.h"
#include "lib/text.h"
#include "updater/confine.h"

#define LOOK_MS 1000 /* how often what it wrote is counted */
#define UPDATER 0    /* the descriptor: whoever wants the result */
#define PATH_FOR_BUILDS "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

const char *command_line(const struct request *r, int src, struct job_error *e)
{
	if (r->command[0])
		return r->command;
	if (faccessat(src, "build.sh", X_OK, 0) == 0)
		return "exec ./build.sh";
	if (faccessat(src, "Makefile", R_OK, 0) == 0 || faccessat(src, "makefile", R_OK, 0) == 0 ||
	    faccessat(src, "GNUmakefile", R_OK, 0) == 0)
		return "exec make";
	job_fail(e, "build", "the sources have neither an executable build.sh nor a Makefile; set BUILD_CMD");
	return NULL;
}

/* ---- the child ---- */

/* Not RLIMIT_AS: compilers and run-times reserve far more than they use. */
static void limit_all(const struct request *r)
{
	(void)confine_limit(RLIMIT_DATA, r->memory);
	(void)confine_limit(RLIMIT_FSIZE, r->disk);
	(void)confine_limit(RLIMIT_NPROC, r->processes);
	(void)confine_limit(RLIMIT_CPU, r->seconds);
	(void)confine_limit(RLIMIT_CORE, 0);
}

static _Noreturn void become(const char *line, const struct request *r, const struct place *place, int out)
{
	char home[600], tag[160], commit[96], name[128], tmp[600];
	char *argv[] = {"sh", "-c", (char *)line, NULL};
	char path[] = "PATH=" PATH_FOR_BUILDS;
	char *envp[] = {path, "LANG=C.UTF-8", home, tmp, tag, commit, name, NULL};
	int null = open("/dev/null", O_RDONLY);

	if (text_format(home, sizeof home, "HOME=%s/tmp", place->path) < 0 ||
	    text_format(tmp, sizeof tmp, "TMPDIR=%s/tmp", place->path) < 0 ||
	    text_format(tag, sizeof tag, "MOULT_TAG=%s", r->tag) < 0 ||
	    text_format(commit, sizeof commit, "MOULT_COMMIT=%s", r->commit) < 0 ||
	    text_format(name, sizeof name, "MOULT_NAME=%s", r->name) < 0)
		_exit(111);
	(void)umask(022);
	if (fchdir(place->src) < 0 || dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
		_exit(111);
	limit_all(r);
	confine_command(place->work);
	execve("/bin/sh", argv, envp); /* in our process group: it goes with us when init ends us */
	_exit(127);
}

/* ---- the watch over it ---- */

struct watch {
	const struct request *request;
	const struct place *place;
	struct output *output;
	struct job_error *error;
	pid_t pid; /* 0: it is dead */
	int pipe;
	int status;
	int64_t deadline, next_look;
};

static volatile sig_atomic_t children_died;

static void on_child(int signal)
{
	(void)signal;
	children_died = 1;
}

static void keep(struct output *o, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		o->bytes[o->count++ % COMMAND_TAIL] = bytes[i];
}

static void read_output(struct watch *w)
{
	char bytes[4096];
	ssize_t n = read(w->pipe, bytes, sizeof bytes);

	if (n > 0)
		keep(w->output, bytes, (size_t)n);
	else if (n == 0 || (errno != EINTR && errno != EAGAIN))
		io_close(&w->pipe);
}

/* Kills those whose parent we are. False when they cannot be told. */
static bool kill_children(void)
{
	char path[64], list[4096], *rest = list, *word;
	int fd = -1;
	ssize_t n = -1;

	if (text_format(path, sizeof path, "/proc/self/task/%d/children", (int)getpid()) >= 0)
		fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		n = io_read(fd, list, sizeof list - 1);
	io_close(&fd);
	if (n < 0)
		return false;
	while (n == sizeof list - 1 && list[n - 1] != ' ') /* a number that was cut off is another process */
		n--;
	list[n] = '\0';
	while ((word = strsep(&rest, " \n")) != NULL) {
		uint64_t pid;

		if (env_number(word, 2, INT32_MAX, &pid) == 0)
			(void)kill((pid_t)pid, SIGKILL);
	}
	return true;
}

/* Everybody who came of the command has us for a parent sooner or later: we are their subreaper. Each turn kills those
 * that are ours by now and waits for one of them; his children are ours in the next. Without /proc only the command
 * itself is known. */
static void kill_all(pid_t command)
{
	if (command != 0)
		(void)kill(command, SIGKILL);
	while (kill_children() && waitpid(-1, NULL, 0) > 0)
		;
}

/* False when it has gone on for too long, or has written too much. */
static bool may_go_on(struct watch *w, int64_t now)
{
	uint64_t used;

	if (w->error->code)
		return false;
	if (now >= w->deadline) {
		job_fail(w->error, "build", "the build took more than %llu seconds",
			 (unsigned long long)w->request->seconds);
		return false;
	}
	if (now < w->next_look)
		return true;
	w->next_look = now + LOOK_MS;
	used = place_used(w->place);
	if (used != UINT64_MAX && used > w->request->disk) {
		job_fail(w->error, "build", "the build wrote more than %llu bytes",
			 (unsigned long long)w->request->disk);
		return false;
	}
	return true;
}

static bool is_dead(struct watch *w)
{
	children_died = 0;
	for (;;) {
		int status;
		pid_t pid = waitpid(-1, &status, WNOHANG);

		if (pid <= 0)
			return pid < 0 && errno == ECHILD && w->pid == 0;
		if (pid != w->pid)
			continue;
		w->status = status;
		w->pid = 0;
		return true;
	}
}

static void wait_once(struct watch *w, const sigset_t *awake)
{
	struct pollfd fds[] = {{.fd = w->pipe, .events = POLLIN}, {.fd = UPDATER}};
	const struct timespec look = {.tv_sec = LOOK_MS / 1000}, none = {0};

	if (ppoll(fds, 2, children_died ? &none : &look, awake) <= 0)
		return;
	if (fds[0].revents)
		read_output(w);
	if (fds[1].revents)
		job_fail(w->error, "system", "nobody waits for the build any more");
}

static void watch(struct watch *w)
{
	sigset_t before, blocked;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGCHLD);
	sigprocmask(SIG_BLOCK, &blocked, &before);
	signal(SIGCHLD, on_child);
	while (!is_dead(w) && may_go_on(w, clock_ms()))
		wait_once(w, &before);
	kill_all(w->pid);
	while (w->pipe >= 0) /* what is in the pipe still; nobody holds its other end */
		read_output(w);
	signal(SIGCHLD, SIG_DFL);
	sigprocmask(SIG_SETMASK, &before, NULL);
}

static int judge(const struct watch *w, const char *line)
{
	if (w->error->code)
		return -1;
	if (WIFSIGNALED(w->status))
		return job_fail(w->error, "build", "the build was ended by signal %d (%.200s)", WTERMSIG(w->status),
				line);
	if (WEXITSTATUS(w->status) != 0)
		return job_fail(w->error, "build", "the build ended with exit code %d (%.200s)", WEXITSTATUS(w->status),
				line);
	return 0;
}

int command_run(const char *line, const struct request *r, const struct place *place, struct output *output,
		struct job_error *e)
{
	struct watch w = {.request = r, .place = place, .output = output, .error = e};
	int ends[2];

	output->count = 0;
	if (pipe2(ends, O_CLOEXEC) < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		return job_fail_errno(e, "the build cannot be started");
	w.pid = fork();
	if (w.pid == 0)
		become(line, r, place, ends[1]);
	io_close(&ends[1]);
	w.pipe = ends[0];
	if (w.pid < 0) {
		io_close(&w.pipe);
		return job_fail_errno(e, "the build cannot be started");
	}
	w.deadline = clock_ms() + (int64_t)r->seconds * 1000;
	w.next_look = clock_ms() + LOOK_MS;
	watch(&w);
	return judge(&w, line);
}

/* ---- what it said last ---- */

static char at(const struct output *o, uint64_t i)
{
	char c = o->bytes[i % COMMAND_TAIL];

	return (unsigned char)c < ' ' || c == 0x7f ? ' ' : c;
}

void command_tail(const struct output *output, unsigned max, void (*tell)(const char *line))
{
	uint64_t first = output->count > COMMAND_TAIL ? output->count - COMMAND_TAIL : 0, begin = output->count;
	char line[512];

	/* Back to the start of the last max lines; an end without a newline is a line, too. */
	for (unsigned lines = 0; begin > first; begin--)
		if (begin < output->count && output->bytes[(begin - 1) % COMMAND_TAIL] == '\n' && ++lines == max)
			break;
	while (begin < output->count) {
		size_t n = 0;

		for (; begin < output->count && output->bytes[begin % COMMAND_TAIL] != '\n'; begin++)
			if (n < sizeof line - 1)
				line[n++] = at(output, begin);
		line[n] = '\0';
		begin++;
		if (n > 0)
			tell(line);
	}
}
