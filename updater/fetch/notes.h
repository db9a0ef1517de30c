/* updater/fetch/notes: what a release's people say of it, made fit for a terminal. Pure.
 *
 * Control bytes (and with them escape sequences), the C1 controls, and characters that turn the direction of writing
 * become a question mark each: what stands around one that is left out might become another. A tab becomes a space, a
 * carriage return at the end of a line nothing. Cut into lines of at most NOTES_LINE bytes; of more than NOTES_MAX
 * bytes the rest is left out, and said to be. */
#ifndef UPDATER_FETCH_NOTES_H
#define UPDATER_FETCH_NOTES_H

#include <stddef.h>

#define NOTES_LINE 1000
#define NOTES_MAX 16384

typedef void notes_told(void *context, const char *line);

void notes_read(const char *text, notes_told *told, void *context);

#endif
