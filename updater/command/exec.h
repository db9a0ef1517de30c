/* updater/command/exec: becomes a program, started as the profile in STATE_DIR says (see updater/disk/profile). */
#ifndef UPDATER_COMMAND_EXEC_H
#define UPDATER_COMMAND_EXEC_H

#include <stddef.h>

#define EXEC_ARGUMENTS 1024 /* of the program, the profile's included */

/* argv: the program and its arguments, at most EXEC_ARGUMENTS - 257 of them, ended by NULL. A profile that cannot be
 * read is said, and the program started without it. Comes back only when the program cannot be executed: 111. */
int exec_with_profile(char **argv);

#endif
