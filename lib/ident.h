/* lib/ident: users and groups, looked up before fork and without the name service.
 *
 * Reads /etc/passwd and /etc/group itself: PID 1 must not load modules or ask a daemon to learn what a user is. */
#ifndef LIB_IDENT_H
#define LIB_IDENT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define IDENT_GROUPS 32 /* supplementary groups; a user in more of them is refused with E2BIG */
#define IDENT_NAME 33	/* a user's name with its NUL */
#define IDENT_HOME 128	/* a home directory with its NUL */

struct ident {
	uid_t uid;
	gid_t gid;
	gid_t groups[IDENT_GROUPS];
	size_t ngroups;
	char name[IDENT_NAME]; /* "" when the uid has no entry */
	char home[IDENT_HOME]; /* "/" when it has none */
};

/* "name", "uid", "name:group", "uid:gid". A number needs no entry in passwd. root: directory below which etc/passwd is
 * read ("/" outside tests). -1: ENOENT no such user or group, EINVAL not a name, E2BIG, or, only when a name has to be
 * looked up, what opening said, and EFBIG for a table of more than 16 MiB or one that is not a file. *out is untouched
 * on failure. */
int ident_find(const char *root, const char *spec, struct ident *out) __attribute__((warn_unused_result));

/* Becomes it: groups, then gid, then uid, and verifies that there is no way back. Nothing is done when this process
 * already is exactly that uid and gid and may not change groups. After a failure the caller must exit. */
int ident_become(const struct ident *id) __attribute__((warn_unused_result));

#endif
