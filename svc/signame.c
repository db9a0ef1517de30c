#include "svc/signame.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include "lib/env.h"
#include "lib/text.h"

/* From 1 on, as x86 and ARM count them; the 16th is nobody's. */
static const char names[] = "HUP\0INT\0QUIT\0ILL\0TRAP\0ABRT\0BUS\0FPE\0KILL\0USR1\0SEGV\0USR2\0PIPE\0ALRM\0TERM\0-\0"
			    "CHLD\0CONT\0STOP\0TSTP\0TTIN\0TTOU\0URG\0XCPU\0XFSZ\0VTALRM\0PROF\0WINCH\0IO\0PWR\0SYS\0";
_Static_assert(SIGHUP == 1 && SIGBUS == 7 && SIGUSR1 == 10 && SIGCHLD == 17 && SIGSTOP == 19 && SIGURG == 23 &&
		       SIGIO == 29,
	       "counted as above");
#define NAMES SIGSYS
#define NOBODY 16

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
	for (int i = 1; i <= NAMES; i++) {
		if (i != NOBODY && is_same(text, text_nth(names, (unsigned)i - 1)))
			return i;
	}
	return 0;
}

const char *signame_text(int number)
{
	static char other[16];

	if (number > 0 && number <= NAMES && number != NOBODY)
		return text_nth(names, (unsigned)number - 1);
	return text_format(other, sizeof other, "signal %d", number) == -1 ? "?" : other;
}
