/* lib/log: one line per event to descriptor 2.
 *
 * `[updater] fetch: cannot connect: Connection refused` or, with LOG_JSON, one JSON object a line. A line is one
 * write() of at most LOG_MAX bytes (longer ones end in "..."), so lines of several processes never tear. errno is kept.
 * After log_never_block() a full pipe loses the line rather than stop the caller; how many were lost is said in the
 * next line that gets through. */
#ifndef LIB_LOG_H
#define LIB_LOG_H

#include <stdbool.h>
#include "lib/text.h"

#define LOG_MAX 1024

enum log_level {
	LOG_LEVEL_ERROR, /* somebody has to do something */
	LOG_LEVEL_WARN,	 /* it went on, but not as asked */
	LOG_LEVEL_INFO,	 /* what happened */
	LOG_LEVEL_DEBUG, /* VERBOSE only */
};

enum log_form { LOG_TEXT, LOG_JSON };

/* name: the component, in front of every line; kept by reference. Lines above `most` are not written. */
void log_start(const char *name, enum log_form form, enum log_level most);

/* Adds the wall clock as it stands in a JSON line: 2026-11-22T01:02:03.004Z. */
void log_add_time(struct text *t);

/* From now on writing never waits for a reader. For PID 1. */
void log_never_block(void);

/* True when lines of debugging are written: for who would not even ask, thousands of times a second. */
bool log_debugs(void);

#define log_error(...) log_line("@" __VA_ARGS__)
#define log_warn(...) log_line("A" __VA_ARGS__)
#define log_info(...) log_line("B" __VA_ARGS__)
#define log_debug(...) log_line("C" __VA_ARGS__)

/* The same, followed by ": " and what errno means. */
#define log_error_errno(...) log_line("D" __VA_ARGS__)
#define log_warn_errno(...) log_line("E" __VA_ARGS__)

/* log_error_errno and exit(111): the system failed. Not for PID 1 below its mark. */
#define log_die(...) (log_line("L" __VA_ARGS__), __builtin_unreachable())

/* log_error and exit(100): asked wrongly. */
#define log_usage(...) (log_line("H" __VA_ARGS__), __builtin_unreachable())

/* What is behind them. The format's first byte says what line it is, so that a call has nothing else to say: its lowest
 * two bits are the level, 4 is "with errno", 8 is "exit". */
void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
