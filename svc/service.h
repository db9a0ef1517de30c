/* svc/service: a service that really runs: its life (svc/life) joined to processes, pipes and signals.
 *
 * A logger (log/run) is a service of its own, called NAME/log. The pipe between the two is made once and kept open
 * here while either of them comes and goes, so no line is lost. */
#ifndef SVC_SERVICE_H
#define SVC_SERVICE_H

#include "svc/entry.h"

/* Sends an event and does what follows from it. */
void service_event(struct service *s, enum life_event event, int64_t now);

/* As somebody asks for it: control/X is run for it where there is one. */
void service_ask(struct service *s, enum life_event event, int64_t now);

/* Hands on a signal, or runs its control/X; nothing when nobody is alive. */
void service_relay(struct service *s, int signal);

/* Its process (s->pid), its check, its control/X died. */
void service_died(struct service *s, int status, int64_t now);
void service_checked(struct service *s, int status, int64_t now);

/* While it lingers: is anybody left? */
void service_look(struct service *s, int64_t now);

/* `notify`, `messages` is readable. */
void service_notified(struct service *s, int64_t now);
void service_message(struct service *s, int64_t now);

/* Closes what it holds. */
void service_release(struct service *s);

/* How many linger. */
unsigned service_lingering(void);

/* Counts every event there was: whoever remembers it sees whether he has to look again. */
unsigned service_events(void);

#endif
