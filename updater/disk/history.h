/* updater/disk/history: everything that was tried, one JSON object a line, in STATE_DIR/history.
 *
 * Lines are only appended; a line that a power cut tore is ended before the next one. Above 256 KiB the file becomes
 * history.old and a new one begins. */
#ifndef UPDATER_DISK_HISTORY_H
#define UPDATER_DISK_HISTORY_H

#include <stddef.h>
#include <stdint.h>

struct history_event {
	int64_t when;	  /* seconds since 1970 */
	const char *what; /* one word: installed, failed, bad, back, switched, refused */
	const char *from; /* release tags, "" when there is none */
	const char *to;
	const char *why;      /* one line for people */
	const char *verified; /* by what, and whose keys; "" not known */
	int64_t took;	      /* milliseconds the attempt took; -1 not known */
};

/* -1: errno. What is in the file already stands. */
int history_add(int dirfd, const struct history_event *event) __attribute__((warn_unused_result));

/* Reads the end of the file, whole lines only, into buf (ended by a NUL; one in the file becomes '?'). Returns its
 * length, 0 when there is none yet. */
long history_tail(int dirfd, char *buf, size_t size) __attribute__((warn_unused_result));

#endif
