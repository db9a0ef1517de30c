#include "updater/fetch/split.h"

#include <string.h>

void split_begin(struct split *s, bool list, char *room, size_t size)
{
	*s = (struct split){.room = room, .size = size, .list = list, .place = SPLIT_START};
}

bool split_ended(const struct split *s)
{
	return s->place == SPLIT_END;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* One character of an escape sequence: \n, or \uXXXX where four zeros are refused. */
static const char *escaped(struct split *s, char c)
{
	if (s->escape == 1) {
		s->zero = c == 'u';
		s->escape = s->zero ? 2 : 0;
		return NULL;
	}
	s->zero = s->zero && c == '0';
	s->escape = s->escape == 5 ? 0 : s->escape + 1;
	return s->escape == 0 && s->zero ? "holds \\u0000" : NULL;
}

/* A character inside an object; it has been stored. */
static const char *inside(struct split *s, char c)
{
	if ((unsigned char)c < ' ' && (s->in_string || !is_space(c)))
		return "holds a control byte";
	if (s->escape)
		return escaped(s, c);
	if (s->in_string) {
		if (c == '\\')
			s->escape = 1;
		else if (c == '"')
			s->in_string = false;
		return NULL;
	}
	if (c == '"')
		s->in_string = true;
	else if (c == '{' || c == '[')
		s->depth++;
	else if (c == '}' || c == ']')
		s->depth--;
	return s->depth > SPLIT_DEPTH ? "is nested too deeply" : NULL;
}

/* A character outside the objects, not white space. True when it opens an object. */
static bool outside(struct split *s, char c, const char **refused)
{
	bool may_open = s->place == SPLIT_FIRST || s->place == SPLIT_NEXT || (s->place == SPLIT_START && !s->list);

	*refused = NULL;
	if (c == '{' && may_open)
		return true;
	if (c == '[' && s->place == SPLIT_START && s->list)
		s->place = SPLIT_FIRST;
	else if (c == ',' && s->place == SPLIT_BETWEEN)
		s->place = SPLIT_NEXT;
	else if (c == ']' && (s->place == SPLIT_BETWEEN || s->place == SPLIT_FIRST))
		s->place = SPLIT_END;
	else
		*refused = "is not the JSON of a release";
	return false;
}

static const char *store(struct split *s, char c)
{
	if (s->used + 1 >= s->size)
		return "has a release of more than 2 MiB";
	s->room[s->used++] = c;
	return NULL;
}

static const char *step(struct split *s, char c, split_object *object, void *context)
{
	const char *refused;

	if (s->place != SPLIT_INSIDE) {
		if (is_space(c))
			return NULL;
		if (!outside(s, c, &refused))
			return refused;
		s->place = SPLIT_INSIDE;
		s->used = 0;
		s->depth = 0;
	}
	refused = store(s, c);
	if (!refused)
		refused = inside(s, c);
	if (refused || s->depth > 0)
		return refused;
	s->place = s->list ? SPLIT_BETWEEN : SPLIT_END;
	s->room[s->used] = '\0';
	return object(context, s->room, s->used);
}

const char *split_feed(struct split *s, const char *bytes, size_t n, split_object *object, void *context)
{
	for (size_t i = 0; i < n; i++) {
		const char *refused = step(s, bytes[i], object, context);

		if (refused)
			return refused;
	}
	return NULL;
}
