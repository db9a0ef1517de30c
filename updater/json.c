#include "updater/json.h"

static void quoted(struct text *t, const char *s)
{
	text_add(t, "\"");
	text_add_json(t, s);
	text_add(t, "\"");
}

static void key(struct text *t, const char *name)
{
	if (t->len > 0 && t->at[t->len - 1] != '{')
		text_add(t, ",");
	quoted(t, name);
	text_add(t, ":");
}

void json_begin(struct text *t)
{
	text_add(t, "{");
}

void json_text(struct text *t, const char *name, const char *value)
{
	key(t, name);
	quoted(t, value);
}

void json_number(struct text *t, const char *name, int64_t value)
{
	key(t, name);
	text_addf(t, "%lld", (long long)value);
}

void json_end(struct text *t)
{
	text_add(t, "}");
}
