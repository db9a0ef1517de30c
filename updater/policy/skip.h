/* updater/policy/skip: UPDATE_SKIP, tags that never come by themselves, with commas between them. Pure. A leading v,
 * and spaces around a tag, mean nothing. */
#ifndef UPDATER_POLICY_SKIP_H
#define UPDATER_POLICY_SKIP_H

#include <stdbool.h>
#include <stddef.h>

/* False with what is wrong in why, which names the tag. */
bool skip_check(const char *list, char *why, size_t size) __attribute__((warn_unused_result));

/* True when the list names this tag. */
bool skip_names(const char *list, const char *tag);

#endif
