/* svc/scan: keeps the table true to the directories in SVDIR, by inotify. */
#ifndef SVC_SCAN_H
#define SVC_SCAN_H

#include <stdint.h>

/* Starts watching. Returns the descriptor to be polled, or -1 where that cannot be had: then only scan() sees changes.
 */
int scan_begin(const char *svdir);

/* The descriptor is readable: takes what is there to read. The caller scans. */
void scan_drain(void);

/* Takes up new directories and lets services go whose directories have gone; a directory that is another one than
 * before (renamed into its place, or behind a link that was turned) counts as gone and new. -1: nothing was changed;
 * logged unless there is no SVDIR, which is nobody's fault. */
int scan(int64_t now);

#endif
