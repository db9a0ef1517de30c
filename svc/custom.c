#include "svc/custom.h"

#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include "lib/kernel.h"
#include "lib/text.h"
#include "svc/launch.h"

/* In the order in which they are run when several wait. */
static const char letters[] = "tkduxpchaiq12";
static const uint8_t signals[] = {SIGTERM, SIGKILL, SIGCONT, 0,	      SIGCONT, SIGSTOP, SIGCONT,
				  SIGHUP,  SIGALRM, SIGINT,  SIGQUIT, SIGUSR1, SIGUSR2};

char custom_letter(int signal)
{
	const uint8_t *at = memchr(signals, signal, sizeof signals);

	return at == NULL ? 0 : signal == SIGCONT ? 'c' : letters[at - signals];
}

static void send(const struct service *s, unsigned n)
{
	if (letters[n] == 't' && s->life.state == LIFE_STOPPING)
		service_signal(s, service_down_signal(s));
	else if (signals[n] != 0)
		service_signal(s, signals[n]);
}

/* False when there is no such program. */
static bool start(struct service *s, unsigned n)
{
	char path[16], pid[12];
	char *argv[] = {path, pid, NULL};
	struct dir d;
	bool is_there;

	if (text_format(path, sizeof path, "control/%c", letters[n]) == -1 ||
	    text_format(pid, sizeof pid, "%d", (int)s->pid) == -1)
		return false;
	is_there = service_open(s, &d) == 0 && kernel_access(d.fd, path, X_OK) == 0;
	dir_close(&d);
	if (is_there)
		s->control = launch_aside(s, argv);
	if (!is_there || s->control == -1) {
		s->control = 0;
		return false;
	}
	s->control_letter = (uint8_t)n;
	return true;
}

/* Until one runs, or none waits. */
static void next(struct service *s)
{
	for (unsigned n = 0; s->control == 0 && s->controls_due != 0; n++) {
		if ((s->controls_due >> n & 1) == 0)
			continue;
		s->controls_due &= (uint16_t) ~(1U << n);
		if (!start(s, n))
			send(s, n);
	}
}

void custom_send(struct service *s, char letter)
{
	unsigned n = (unsigned)(strchr(letters, letter) - letters);

	if (!s->customs && letter != 'u') { /* as a rule; u comes before the start that finds out */
		send(s, n);
		return;
	}
	if (s->control != 0 && n <= 1) {
		(void)kill(-s->control, SIGKILL);
		s->control = 0; /* when it is reaped it is an orphan */
	}
	s->controls_due |= (uint16_t)(1U << n);
	next(s);
}

void custom_died(struct service *s, int status)
{
	s->control = 0;
	if (status != 0 && life_runs(&s->life))
		send(s, s->control_letter);
	next(s);
}

void custom_forget(struct service *s)
{
	s->controls_due = 0;
	s->control = 0;
}
