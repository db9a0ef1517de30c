/* updater/recovery: what a former life left behind is finished or undone, and the best release on disk runs. */
#ifndef UPDATER_RECOVERY_H
#define UPDATER_RECOVERY_H

#include "updater/course.h"

/* Once, when init has told how the app is, or has not in time. */
void recovery_begin(struct course *c, int64_t now);

/* The hook that undoes a move of a former life is over (COURSE_LEAVING): what is best runs. */
void recovery_left(struct course *c, int64_t now);

#endif
