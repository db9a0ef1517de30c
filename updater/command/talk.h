/* updater/command/talk: one conversation with the updater. */
#ifndef UPDATER_COMMAND_TALK_H
#define UPDATER_COMMAND_TALK_H

#include <stdbool.h>
#include "updater/command/verb.h"

/* Asks over the socket in RUN_DIR and prints what comes, until the last packet. Returns the exit code: 0 done; 1 it
 * said no; 100 asked wrongly; 111 it cannot be reached. */
int talk(const struct verb *verb, const char *request, bool json);

/* `plan`, and then what the people of the chosen release say of it. */
int talk_of_notes(const struct verb *plan, bool json);

#endif
