/* updater/obey: what a person orders: refused with a reason, done at once, or begun as a move. What has to ask the
 * forge, or init, or the disk at length first is for updater/cycle to begin. */
#ifndef UPDATER_OBEY_H
#define UPDATER_OBEY_H

#include "updater/course.h"

enum obey_result {
	OBEY_REFUSED, /* see course.answer */
	OBEY_LOOK,    /* to be looked for: course.wanted, or the newest when that is "" */
	OBEY_MOVE,    /* the app is being moved already */
	OBEY_TELL,    /* the app is to be told to start or to stop, and that is all */
	OBEY_NOTES,   /* of release course.wanted, to be asked for */
	OBEY_VERIFY,  /* release course.wanted is to be verified */
};

/* For an idle course; argument as in the request, "" for none. */
enum obey_result obey_order(struct course *c, enum course_order order, const char *argument, int64_t now)
	__attribute__((warn_unused_result));

/* What is done by writing a line or a link, whatever else is under way; it is done or refused on return, see
 * course.answer. */
enum obey_what { OBEY_PAUSE, OBEY_RESUME, OBEY_MARK, OBEY_GC };
void obey_at_once(struct course *c, enum obey_what what, const char *argument, int64_t now);

/* NULL when the argument is one that this order can have. */
const char *obey_fault(enum course_order order, const char *argument);

#endif
