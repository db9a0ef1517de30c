/* updater/command/out: standard output, and what the updater's packets are on it. */
#ifndef UPDATER_COMMAND_OUT_H
#define UPDATER_COMMAND_OUT_H

#include <stdbool.h>
#include "lib/wire.h"

#define OUT_LINE 6144 /* more than any packet holds */

/* Prints; ends the program with 111 when that cannot be written. */
void out_print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A value of the packet, "" when it has none. Returns out. */
const char *out_value(const struct wire *w, const char *key, char out[OUT_LINE]);

/* True when the value is 1. */
bool out_flag(const struct wire *w, const char *key);

/* The packet as one JSON object on a line: numbers and yes or no as such, the rest as text. */
void out_json(const struct wire *w);

#endif
