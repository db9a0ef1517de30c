/* svc/scan: keeps the table true to the directories in SVDIR, by being told of changes.
 *
 * The kernel tells by a signal (dnotify), where it knows how to, else through inotify: to close an inotify descriptor
 * that has ever watched something takes it 10 ms and more, and the end of PID 1 would wait for that. */
#ifndef SVC_SCAN_H
#define SVC_SCAN_H

#include <stdbool.h>
#include <stdint.h>

/* Starts watching. Returns the descriptor to be polled, or -1: changes are told by signals, or not at all (logged). */
int scan_begin(const char *svdir);

/* True when SVDIR has to be scanned: after such a signal (SIGIO: something changed in SVDIR; SIGURG: in its parent), or
 * (0) when the descriptor is readable. */
bool scan_is_due(int signal);

/* Takes up new directories and lets services go whose directories have gone; a directory that is another one than
 * before (renamed into its place, or behind a link that was turned) counts as gone and new. -1: nothing was changed;
 * logged unless there is no SVDIR, which is nobody's fault. */
int scan(int64_t now);

#endif
