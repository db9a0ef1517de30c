/* updater/command/show: the updater's answers in words, a packet at a time. */
#ifndef UPDATER_COMMAND_SHOW_H
#define UPDATER_COMMAND_SHOW_H

#include "lib/wire.h"

void show_status(const struct wire *w);
void show_list(const struct wire *w);
void show_plan(const struct wire *w);
void show_history(const struct wire *w);
void show_notes(const struct wire *w);
void show_stable(const struct wire *w);
void show_verify(const struct wire *w);
void show_event(const struct wire *w);

#endif
