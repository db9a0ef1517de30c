/* tracer: runs a program with all that it starts, counts the system calls that change something, and does one of them
 * harm. The kernel stops the processes for it at just these calls (seccomp), so the rest runs at full speed.
 *
 *   tracer [-p PROGRAM] [-f] [-n N -a ACTION] [-o FILE] [-d] COMMAND ...
 *
 *   -p PROGRAM   counts the calls of the processes of this name only
 *   -f           counts only what a file system can refuse: calls that need room, and fsync
 *   -n N         the call that ACTION is for; counted over all processes, in the order in which they happen
 *   -a kill      before call N everything is killed       -a kill-one   only the process that makes it
 *   -a hold      call N is not made, everything stands still, until somebody kills this program
 *   -a ENOSPC    call N fails so (or EIO, EDQUOT)         -a ENOSPC+    it, and all that need room, until SIGUSR1
 *   -o FILE      a line for each call counted: number, program, call, result and what it was made on
 *   -d           with the bytes that were written, in hex
 *
 * Writes to descriptor 2 do not count: the log is no state. Ends with the code of COMMAND, 137 when that was killed. */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>
#include "test/updater/tracer_calls.h"

#ifdef __GLIBC__ /* it has its own idea of a name that the kernel gave */
#define ptrace_syscall_info __ptrace_syscall_info
#endif

#define TRACEES 64
#define CREATES (O_CREAT | O_TRUNC)
#define CALLS_MAX 60

struct tracee {
	pid_t pid;  /* 0: this place is free */
	bool known; /* its first stop is behind it */
	char name[64];
};

static struct tracee tracees[TRACEES];
static pid_t command;
static int result = 111; /* what the command ended with */
static struct {
	const char *program, *action;
	bool disk_only, bytes;
	long at;
	FILE *out;
} options;
static volatile sig_atomic_t has_room;
static bool full;
static long count;

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "tracer: %s: %s\n", what, strerror(errno));
	for (int i = 0; i < TRACEES; i++)
		if (tracees[i].pid != 0)
			kill(tracees[i].pid, SIGKILL);
	exit(111);
}

static struct tracee *find(pid_t pid)
{
	struct tracee *free_place = NULL;
	for (int i = 0; i < TRACEES; i++) {
		if (tracees[i].pid == pid)
			return &tracees[i];
		if (tracees[i].pid == 0 && free_place == NULL)
			free_place = &tracees[i];
	}
	errno = EMFILE;
	if (free_place == NULL)
		die("too many processes");
	*free_place = (struct tracee){.pid = pid};
	return free_place;
}

static void learn_name(struct tracee *t)
{
	char link[64], path[PATH_MAX];
	snprintf(link, sizeof(link), "/proc/%d/exe", t->pid);
	ssize_t n = readlink(link, path, sizeof(path) - 1);
	path[n > 0 ? n : 0] = '\0';
	const char *slash = strrchr(path, '/');
	snprintf(t->name, sizeof(t->name), "%.63s", slash == NULL ? path : slash + 1);
}

static void go_on(pid_t pid, int request, int sig)
{
	if (ptrace(request, pid, 0, sig) == -1 && errno != ESRCH)
		die("ptrace");
}

/* Whoever is stopped here can be killed by his parent at any moment: then the request finds nobody, and the loop will
 * hear of the end. */
static bool still_there(long done, const char *request)
{
	if (done == -1 && errno != ESRCH)
		die(request);
	return done != -1;
}

static void on_end(pid_t pid, int status)
{
	find(pid)->pid = 0;
	if (pid == command)
		result = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static _Noreturn void kill_all(void)
{
	for (int i = 0; i < TRACEES; i++)
		if (tracees[i].pid != 0)
			kill(tracees[i].pid, SIGKILL);
	while (waitpid(-1, NULL, __WALL) > 0)
		;
	exit(137);
}

/* ---- one call ---- */

static bool counts(const struct made *m)
{
	if (m->program[0] == '\0') /* not the command yet */
		return false;
	if (options.program != NULL && strcmp(options.program, m->program) != 0)
		return false;
	return !options.disk_only || call_needs_room(m);
}

static void write_down(const struct made *m, int64_t returned)
{
	if (options.out != NULL && call_put(m, count, returned, options.bytes, options.out) == -1)
		die("the log");
}

/* Lets the call happen and writes down what came of it. What may wait for another process, or become another program,
 * is written down before. */
static void let_happen(const struct made *m)
{
	struct ptrace_syscall_info info;
	int status;
	pid_t pid = m->pid;
	if (options.out == NULL || call_may_wait(m)) {
		write_down(m, 0);
		go_on(pid, PTRACE_CONT, 0);
		return;
	}
	go_on(pid, PTRACE_SYSCALL, 0);
	if (waitpid(pid, &status, __WALL) != pid)
		die("waitpid");
	if (!WIFSTOPPED(status)) {
		on_end(pid, status);
		return;
	}
	if (WSTOPSIG(status) != (SIGTRAP | 0x80)) { /* it is being killed, and says so before it is gone */
		go_on(pid, PTRACE_CONT, 0);
		return;
	}
	if (!still_there(ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info), "PTRACE_GET_SYSCALL_INFO"))
		return;
	write_down(m, info.exit.rval);
	go_on(pid, PTRACE_CONT, 0);
}

/* The call is not made and says that it failed. */
static void let_fail(pid_t pid, int error)
{
#ifdef __x86_64__
	struct user_regs_struct regs;
	struct iovec v = {&regs, sizeof(regs)};
	if (!still_there(ptrace(PTRACE_GETREGSET, pid, 1, &v), "PTRACE_GETREGSET"))
		return;
	regs.orig_rax = (unsigned long long)-1;
	regs.rax = (unsigned long long)-error;
	if (!still_there(ptrace(PTRACE_SETREGSET, pid, 1, &v), "PTRACE_SETREGSET"))
		return;
	go_on(pid, PTRACE_CONT, 0);
#else
	(void)error;
	errno = ENOSYS;
	kill(pid, SIGKILL);
	die("making a call fail");
#endif
}

static int error_of(const char *action)
{
	static const struct {
		const char *name;
		int error;
	} errors[] = {{"ENOSPC", ENOSPC}, {"EIO", EIO}, {"EDQUOT", EDQUOT}};
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (strncmp(action, errors[i].name, strlen(errors[i].name)) == 0)
			return errors[i].error;
	return 0;
}

static void do_harm(const struct made *m)
{
	pid_t pid = m->pid;
	const char *action = options.action;
	if (options.out != NULL)
		fprintf(options.out, "%ld\t%s\t%s\tharmed\t%s\n", count, m->program, m->call->name, m->path);
	fflush(options.out);
	if (strcmp(action, "kill") == 0)
		kill_all();
	if (strcmp(action, "kill-one") == 0) {
		kill(pid, SIGKILL);
		return;
	}
	if (strcmp(action, "hold") == 0) {
		fprintf(stderr, "tracer: held before %s of %s\n", m->call->name, m->program);
		for (;;)
			pause();
	}
	full = strchr(action, '+') != NULL;
	let_fail(pid, error_of(action));
}

static void on_call(struct tracee *t)
{
	struct ptrace_syscall_info info;
	struct made m = {.pid = t->pid, .program = t->name};
	if (!still_there(ptrace(PTRACE_GET_SYSCALL_INFO, t->pid, sizeof(info), &info), "PTRACE_GET_SYSCALL_INFO"))
		return;
	for (int i = 0; i < 6; i++)
		m.args[i] = info.seccomp.args[i];
	if (!call_look(&m, (long)info.seccomp.nr))
		die("a call that was not asked for");
	if (!counts(&m)) {
		go_on(t->pid, PTRACE_CONT, 0);
		return;
	}
	count++;
	if (count == options.at)
		do_harm(&m);
	else if (full && !has_room && call_needs_room(&m))
		let_fail(t->pid, error_of(options.action));
	else
		let_happen(&m);
}

/* ---- the loop ---- */

static void on_stop(pid_t pid, int status)
{
	struct tracee *t = find(pid);
	int sig = WSTOPSIG(status), event = status >> 16;
	if (event == PTRACE_EVENT_SECCOMP) {
		on_call(t);
		return;
	}
	if (event == PTRACE_EVENT_EXEC)
		learn_name(t);
	bool ours = event != 0 || sig == (SIGTRAP | 0x80) || (!t->known && sig == SIGSTOP);
	if (!t->known && t->name[0] == '\0')
		learn_name(t);
	t->known = true;
	go_on(pid, PTRACE_CONT, ours ? 0 : sig);
}

static int loop(void)
{
	int status;
	pid_t pid;
	while ((pid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
		if (pid <= 0)
			continue;
		if (WIFSTOPPED(status)) {
			on_stop(pid, status);
			continue;
		}
		on_end(pid, status);
	}
	return result;
}

/* Stops at the calls of the table; of those that open, at those that may create; of writes, not at those to the log. */
static void ask_for_stops(void)
{
	enum { NR = offsetof(struct seccomp_data, nr), LOW = offsetof(struct seccomp_data, args) };
	struct sock_filter code[2 + 5 * CALLS_MAX];
	unsigned short n = 0;
	errno = E2BIG;
	if (calls_count > CALLS_MAX)
		die("the table of calls");
	code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, NR);
	for (size_t i = 0; i < calls_count; i++) {
		const struct call *c = &calls[i];
		bool narrow = c->kind == OPEN || c->kind == WRITE;
		unsigned arg = c->kind == OPEN ? (unsigned)c->flags : 0;
		code[n++] =
			(struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)c->number, 0, narrow ? 4 : 1);
		if (narrow) {
			code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, LOW + 8 * arg);
			code[n++] = c->kind == OPEN
					    ? (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CREATES, 1, 0)
					    : (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 2, 0, 1);
			code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
		}
		code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
	}
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog program = {n, code};
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == -1)
		die("seccomp");
}

static void start(char **argv)
{
	long wanted = PTRACE_O_EXITKILL | PTRACE_O_TRACESECCOMP | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK |
		      PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC | PTRACE_O_TRACESYSGOOD;
	int status;
	command = fork();
	if (command == -1)
		die("fork");
	if (command == 0) {
		if (ptrace(PTRACE_TRACEME, 0, 0, 0) == -1 || raise(SIGSTOP) != 0)
			die("PTRACE_TRACEME");
		ask_for_stops();
		execv(argv[0], argv);
		die(argv[0]);
	}
	if (waitpid(command, &status, __WALL) != command || !WIFSTOPPED(status))
		die("the command does not start");
	find(command)->known = true;
	if (ptrace(PTRACE_SETOPTIONS, command, 0, wanted) == -1)
		die("PTRACE_SETOPTIONS");
	go_on(command, PTRACE_CONT, 0);
}

static void hand_on(int sig)
{
	kill(command, sig);
}

static void make_room(int sig)
{
	(void)sig;
	has_room = 1;
}

int main(int argc, char **argv)
{
	struct sigaction action = {.sa_handler = hand_on, .sa_flags = SA_RESTART};
	int option;
	while ((option = getopt(argc, argv, "+p:fn:a:o:d")) != -1) {
		switch (option) {
		case 'p': options.program = optarg; break;
		case 'f': options.disk_only = true; break;
		case 'n': options.at = atol(optarg); break;
		case 'a': options.action = optarg; break;
		case 'o': options.out = fopen(optarg, "we"); break;
		case 'd': options.bytes = true; break;
		default: return 100;
		}
	}
	if (optind == argc || (options.at != 0) != (options.action != NULL))
		return 100;
	sigaction(SIGTERM, &action, NULL);
	action.sa_handler = make_room;
	sigaction(SIGUSR1, &action, NULL);
	start(argv + optind);
	return loop();
}
