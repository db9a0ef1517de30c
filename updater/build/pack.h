/* updater/build/pack: what the command made, as an archive for the updater. libarchive writes here. */
#ifndef UPDATER_BUILD_PACK_H
#define UPDATER_BUILD_PACK_H

#include "updater/build/request.h"

/* Writes a tar of the result below src to out. Files, directories and symbolic links; anything else is refused, and so
 * is a result that is not there or holds nothing. */
int pack_result(const struct request *r, int src, int out, struct job_error *e) __attribute__((warn_unused_result));

#endif
