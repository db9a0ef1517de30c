/* updater/disk/profile: what the app is started with besides its release: variables, arguments, limits.
 *
 *   STATE_DIR/profile -> profiles.used/NAME.HEX   the one in force; no link: nothing
 *
 * A profile is read once, when a person starts the app with it; what is kept is what was read, until he changes it.
 *
 *   moult-profile 1 NAME
 *   env NAME=VALUE | unset NAME | argument TEXT | limit NAME VALUE
 *   end
 *
 * `moult exec` reads it; nothing in it can hold a newline. */
#ifndef UPDATER_DISK_PROFILE_H
#define UPDATER_DISK_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include "updater/policy/version.h"

#define PROFILE_NAME_MAX 64
#define PROFILE_USED (VERSION_TAG_MAX + 1)
#define PROFILE_TEXT_MAX 32768
#define PROFILE_NONE "none" /* what people call none at all */

/* NULL when it may be the name of one; otherwise what is wrong with it. */
const char *profile_name_fault(const char *name);

/* The one in force, "" for none. False: none. */
bool profile_current(int dirfd, char used[PROFILE_USED]);

/* Its name as people wrote it. */
void profile_name(const char *used, char name[PROFILE_NAME_MAX + 1]);

/* Keeps this text under a name of its own. -1: errno. */
int profile_save(int dirfd, const char *name, const char *text, size_t len, char used[PROFILE_USED])
	__attribute__((warn_unused_result));

/* Puts one in force by one rename; "" takes away what is. -1: errno, as it was. */
int profile_turn(int dirfd, const char *used) __attribute__((warn_unused_result));

/* Removes those that are not in force. */
int profile_sweep(int dirfd) __attribute__((warn_unused_result));

#endif
