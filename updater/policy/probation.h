/* updater/policy/probation: whether a release that was just started stays up.
 *
 * Pure: it is fed with what init tells of the service and with the clock. A release has to be ready in time, then alive
 * and ready for a while; one death is one too many. While a person keeps the app down it waits and begins anew; so it
 * does when he restarts it: a death that was asked for says nothing of the release. */
#ifndef UPDATER_POLICY_PROBATION_H
#define UPDATER_POLICY_PROBATION_H

#include <stdbool.h>
#include <stdint.h>

enum probation_verdict {
	PROBATION_WAIT,	  /* not known yet */
	PROBATION_READY,  /* it has just become ready (said once) */
	PROBATION_PASSED, /* it stayed up */
	PROBATION_FAILED, /* it did not: see reason */
};

/* What init says of the service. */
struct probation_sight {
	bool up, ready;		    /* its process is alive; it is ready */
	bool want_up;		    /* false: a person keeps it down */
	bool asked;		    /* somebody told its process to go, it has not gone yet */
	uint64_t deaths, asked_for; /* in all; those that somebody asked for */
	uint64_t code, sig;	    /* of the last one */
};

struct probation {
	int64_t ready_ms, stay_ms;  /* how long it may take to be ready; how long it has to stay */
	int64_t deadline;	    /* when to look again at the latest, CLOCK_NEVER: when something changes */
	uint64_t deaths, asked_for; /* before it was started */
	bool was_ready;
	char reason[120];
};

/* Begins, when the app is about to be started. */
void probation_begin(struct probation *p, uint64_t ready_s, uint64_t stay_s, const struct probation_sight *sight,
		     int64_t now);

enum probation_verdict probation_look(struct probation *p, const struct probation_sight *sight, int64_t now);

#endif
