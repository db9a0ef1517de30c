/* updater/report: answers to questions, as packets. Nothing here changes anything. */
#ifndef UPDATER_REPORT_H
#define UPDATER_REPORT_H

#include "updater/course.h"

/* Each sends its packets to fd, without the closing `ok`. -1: errno of the sending. */
int report_status(int fd, const struct course *c, int64_t now) __attribute__((warn_unused_result));
int report_list(int fd, const struct course *c) __attribute__((warn_unused_result));
int report_plan(int fd, const struct course *c) __attribute__((warn_unused_result));

int report_stable(int fd, const struct course *c) __attribute__((warn_unused_result));

/* The last `lines` of the history, as far as its last 16 KiB hold so many. */
int report_history(int fd, const struct course *c, uint64_t lines) __attribute__((warn_unused_result));

#endif
