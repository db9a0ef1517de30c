/* updater/fetch/range: the Content-Range of a resumed download. Pure. */
#ifndef UPDATER_FETCH_RANGE_H
#define UPDATER_FETCH_RANGE_H

#include <stdbool.h>
#include <stdint.h>

/* Is `value` "bytes FIRST-LAST/TOTAL" with FIRST == offset and LAST == TOTAL - 1: all that was missing? Then *total is
 * set. Anything else is not the rest of our file, and the download starts again. */
bool range_continues(const char *value, uint64_t offset, uint64_t *total);

#endif
