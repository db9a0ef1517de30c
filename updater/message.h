/* updater/message: what is told of an update, in a sentence and in JSON. Pure.
 *
 * All of it is printable ASCII: another byte becomes '?'. In the sentence so do < > & @, by which what a release is
 * called could speak to the people in a chat room. */
#ifndef UPDATER_MESSAGE_H
#define UPDATER_MESSAGE_H

#include <stdint.h>
#include "lib/text.h"

enum message_event {
	MESSAGE_FOUND,	     /* a release is there: it is going to be installed, waits, or is for a person to install */
	MESSAGE_INSTALLED,   /* it is in place */
	MESSAGE_FAILED,	     /* it, or a look at the forge, failed; what ran runs */
	MESSAGE_ROLLED_BACK, /* it was bad, and the one before is back */
};

struct message {
	enum message_event event;
	const char *repo, *host;
	const char *from, *to; /* tags, "" none; after a way back from is the bad one */
	const char *reason;    /* a line for people, or a word; "" none */
	int64_t when;	       /* seconds since 1970 */
};

/* found, installed, failed, rolled-back */
const char *message_word(enum message_event event);

/* What happened, without reason's line breaks or markup. */
void message_sentence(const struct message *m, struct text *t);

/* One object: event, repo, from, to, reason, host, time, version, and the sentence as text and as content. */
void message_json(const struct message *m, struct text *t);

#endif
