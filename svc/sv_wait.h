/* svc/sv_wait: waits until what was asked for has come about, by being told of changes. */
#ifndef SVC_SV_WAIT_H
#define SVC_SV_WAIT_H

#include <stdbool.h>

enum goal {
	DONE,	 /* nothing to wait for */
	UP,	 /* runs and is ready */
	DOWN,	 /* no process is left */
	ANOTHER, /* another process than before is up; or none, if it is not wanted */
	ONCE,	 /* was started */
	PAUSED,
	GOING_ON,
	GONE,	 /* init has forgotten it */
	HEALTHY, /* down, or up */
};

/* Before anything is asked for: from here on no change is missed. Returns the connection. */
int sv_wait_begin(void) __attribute__((warn_unused_result));

/* Takes what has been told so far: whoever asks for much reads now and then. */
void sv_wait_note(int watch);

/* Says of each open target when the goal is reached, or after sv.wait seconds that it is not; then kills it if asked.
 */
void sv_wait(int watch, enum goal goal, bool kills);

#endif
