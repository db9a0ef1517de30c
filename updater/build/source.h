/* updater/build/source: the sources, unpacked by moult-unpack: what comes from outside is read there and nowhere else.
 */
#ifndef UPDATER_BUILD_SOURCE_H
#define UPDATER_BUILD_SOURCE_H

#include "updater/build/request.h"

/* Unpacks the archive into the empty directory src, with helper (a path) as the program for it. */
int source_unpack(const char *helper, const struct request *r, int archive, int src, struct job_error *e)
	__attribute__((warn_unused_result));

#endif
