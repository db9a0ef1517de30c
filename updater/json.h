/* updater/json: writing JSON, a flat object at a time. Reading JSON is moult-fetch's, far from here. */
#ifndef UPDATER_JSON_H
#define UPDATER_JSON_H

#include <stdint.h>
#include "lib/text.h"

/* {"key":"value",...}: begin, members, end. What does not fit leaves t->cut set. */
void json_begin(struct text *t);
void json_text(struct text *t, const char *key, const char *value);
void json_number(struct text *t, const char *key, int64_t value);
void json_end(struct text *t);

#endif
