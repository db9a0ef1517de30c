/* updater/json: writing JSON, a flat object at a time, and reading what was written here back.
 *
 * Reading the JSON of others is moult-fetch's, far from here. */
#ifndef UPDATER_JSON_H
#define UPDATER_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "lib/text.h"

/* {"key":"value",...}: begin, members, end. What does not fit leaves t->cut set. */
void json_begin(struct text *t);
void json_text(struct text *t, const char *key, const char *value);
void json_number(struct text *t, const char *key, int64_t value);
void json_bool(struct text *t, const char *key, bool value);
void json_end(struct text *t);

/* A member of a line that these wrote: text without its quotes, a number as its digits. False, and out is "", when the
 * line has no such member, is not of our making, or out is too small. */
bool json_get(const char *line, const char *key, char *out, size_t size);

#endif
