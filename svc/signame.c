#include "svc/signame.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include "lib/env.h"
#include "lib/text.h"

/* Fixed width: an array of pointers would be twice as large, and has to be relocated. */
static const char names[][7] = {
	[SIGHUP] = "HUP",   [SIGINT] = "INT",	  [SIGQUIT] = "QUIT", [SIGILL] = "ILL",	  [SIGTRAP] = "TRAP",
	[SIGABRT] = "ABRT", [SIGBUS] = "BUS",	  [SIGFPE] = "FPE",   [SIGKILL] = "KILL", [SIGUSR1] = "USR1",
	[SIGSEGV] = "SEGV", [SIGUSR2] = "USR2",	  [SIGPIPE] = "PIPE", [SIGALRM] = "ALRM", [SIGTERM] = "TERM",
	[SIGCHLD] = "CHLD", [SIGCONT] = "CONT",	  [SIGSTOP] = "STOP", [SIGTSTP] = "TSTP", [SIGTTIN] = "TTIN",
	[SIGTTOU] = "TTOU", [SIGURG] = "URG",	  [SIGXCPU] = "XCPU", [SIGXFSZ] = "XFSZ", [SIGVTALRM] = "VTALRM",
	[SIGPROF] = "PROF", [SIGWINCH] = "WINCH", [SIGIO] = "IO",     [SIGPWR] = "PWR",	  [SIGSYS] = "SYS",
};
#define NAMES (int)(sizeof names / sizeof names[0])

static bool is_same(const char *text, const char *name)
{
	for (; *text != '\0' && (*text == *name || (*text >= 'a' && *text - ('a' - 'A') == *name)); text++)
		name++;
	return *text == *name;
}

int signame_number(const char *text)
{
	uint64_t n;

	if (env_number(text, 1, 64, &n) == 0)
		return (int)n;
	if ((text[0] | 0x20) == 's' && (text[1] | 0x20) == 'i' && (text[2] | 0x20) == 'g')
		text += 3;
	for (int i = 1; i < NAMES; i++) {
		if (names[i][0] != '\0' && is_same(text, names[i]))
			return i;
	}
	return 0;
}

const char *signame_text(int number)
{
	static char other[16];

	if (number > 0 && number < NAMES && names[number][0] != '\0')
		return names[number];
	return text_format(other, sizeof other, "signal %d", number) == -1 ? "?" : other;
}
