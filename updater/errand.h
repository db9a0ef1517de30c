/* updater/errand: orders that are no update: the app is told to start or to stop, a release on disk is verified. Each
 * begins something that the course is doing then, and ends the order when it is over. */
#ifndef UPDATER_ERRAND_H
#define UPDATER_ERRAND_H

#include "updater/course.h"

/* COURSE_START or COURSE_STOP. When the order brings another profile than the one in force, the app is moved: from its
 * release to the same one. */
void errand_tell(struct course *c, enum course_order order, int64_t now);
void errand_tell_step(struct course *c, int64_t now);

/* What the people of release `tag` say of it: a packet with line= for each line. */
void errand_notes(struct course *c, const char *tag, int64_t now);
void errand_notes_packet(struct course *c, const struct wire *packet);
void errand_notes_ended(struct course *c, int64_t now);

/* The release `name`, which is on disk. */
void errand_verify(struct course *c, const char *name, int64_t now);
void errand_verify_step(struct course *c, int64_t now);

#endif
