/* updater/fetch/tell: what a forge has, in packets for the updater. */
#ifndef UPDATER_FETCH_TELL_H
#define UPDATER_FETCH_TELL_H

#include "updater/fetch/release.h"

/* kind=cache: the list is what it was when it had the etag that was asked with; or it has this one, and more pages. */
void tell_unchanged(void);
void tell_cache(const char *etag, bool more);

/* kind=note, one a line, of what a release's people say of it; NULL: nothing. */
void tell_notes(const char *notes);

/* kind=release for a NULL asset, else kind=asset; `size` only when it is known. */
void tell_release(const struct release *r, const struct asset *a);

#endif
