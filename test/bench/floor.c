/* floor: the least that a PID 1 can do; what the bench measures init against.
 *
 *   floor COUNT PROGRAM   starts so many, reaps everything, relays USR1, and on TERM stops all and ends with them */
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t children[1024];
static int count, running;

static void start(char *program, const sigset_t *mask)
{
	char *argv[] = {program, NULL};
	pid_t child = fork();

	if (child == 0) {
		sigprocmask(SIG_SETMASK, mask, NULL);
		execv(program, argv);
		_exit(127);
	}
	children[count++] = child;
	running++;
}

static void relay(int number)
{
	for (int i = 0; i < count; i++)
		if (children[i] > 0)
			kill(children[i], number);
}

static void reap(void)
{
	pid_t pid;

	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
		for (int i = 0; i < count; i++)
			if (children[i] == pid) {
				children[i] = 0;
				running--;
			}
}

int main(int argc, char **argv)
{
	sigset_t all, before;
	bool stopping = false;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	for (int left = argc < 3 ? 0 : atoi(argv[1]); left > 0 && count < 1024; left--)
		start(argv[2], &before);
	while (!stopping || running > 0) {
		int number = sigwaitinfo(&all, NULL);

		if (number == SIGCHLD)
			reap();
		if (number == SIGTERM || number == SIGUSR1)
			relay(number);
		stopping = stopping || number == SIGTERM;
	}
	return 0;
}
