/* updater/policy/order: which of two releases is the newer.
 *
 * Pure. Of two versions the higher one. Of two tags that are none ("build-123", "nightly") the one that was published
 * later; when that is not known it was long ago. A version stands above what is none. */
#ifndef UPDATER_POLICY_ORDER_H
#define UPDATER_POLICY_ORDER_H

#include <stdint.h>

/* < 0, 0, > 0 as a is older, of equal rank, newer. The times are seconds since 1970, 0 not known. */
int order_compare(const char *a, int64_t a_published, const char *b, int64_t b_published);

#endif
