/* updater/command/progress: how far a download is, on a terminal: one line that is drawn over and over.
 *
 *   [##########..........]  50 %  12.3 of 24.6 MiB  4.1 MiB/s  3 s left
 *
 * Elsewhere nothing is drawn. */
#ifndef UPDATER_COMMAND_PROGRESS_H
#define UPDATER_COMMAND_PROGRESS_H

#include <stdint.h>
#include "lib/text.h"

/* So many bytes of a total (0: not known) are there now (lib/clock). Draws no more often than the eye sees. */
void progress_draw(uint64_t done, uint64_t total, int64_t now);

/* Takes the line away, so that another can be printed. */
void progress_clear(void);

/* Pure: the line for a terminal of so many columns, one that is too narrow for all of it gets the beginning of it less
 * the bar. rate: bytes a second, 0 when it is not known yet. */
void progress_line(struct text *t, unsigned columns, uint64_t done, uint64_t total, uint64_t rate);

#endif
