/* svc/sv_path: the services as they are named on a command line.
 *
 * As with runit, what begins with / or . or ends with / is the path of a directory, and anything else is below SVDIR.
 */
#ifndef SVC_SV_PATH_H
#define SVC_SV_PATH_H

#include <stddef.h>

/* What init calls this service: NAME or NAME/log. out is "" when it can be none of init's. A path is known by the
 * directory it leads to, however it goes there; only where SVDIR is not there its last part is taken. */
void sv_path_name(const char *svdir, const char *given, char *out, size_t size);

/* 0, or the errno when its directory is entered. */
int sv_path_check(const char *svdir, const char *given) __attribute__((warn_unused_result));

#endif
