/* updater/fetch/split: cuts a JSON array of objects (or a single object) into its objects while it arrives.
 *
 * So only one release is in memory at a time, however long the list is. It checks what a parser behind it might not:
 * depth, no control bytes, no \u0000 (which would end a C string early), nothing before, between or behind but commas
 * and white space. That each object is good JSON is for the parser to say. */
#ifndef UPDATER_FETCH_SPLIT_H
#define UPDATER_FETCH_SPLIT_H

#include <stdbool.h>
#include <stddef.h>

#define SPLIT_DEPTH 16 /* of a release, GitHub's are 4 deep */

/* Takes one object of n bytes (ended by a NUL). NULL: go on; else why it is refused. */
typedef const char *split_object(void *context, const char *json, size_t n);

enum split_place {
	SPLIT_START,   /* nothing yet */
	SPLIT_FIRST,   /* inside the array, before the first object or its end */
	SPLIT_NEXT,    /* behind a comma: an object must come */
	SPLIT_INSIDE,  /* in an object */
	SPLIT_BETWEEN, /* behind an object in the array: a comma or the end */
	SPLIT_END,     /* all read */
};

struct split {
	char *room;  /* holds one object; the caller's */
	size_t size; /* of room */
	size_t used;
	bool list; /* an array is expected, else one object */
	enum split_place place;
	unsigned depth; /* open brackets within the object */
	bool in_string;
	unsigned escape; /* characters into an escape sequence, 0: not in one */
	bool zero;	 /* that escape is \u0... with zeros only so far */
};

void split_begin(struct split *s, bool list, char *room, size_t size);

/* Takes the next bytes. NULL, or why the text is refused. */
const char *split_feed(struct split *s, const char *bytes, size_t n, split_object *object, void *context)
	__attribute__((warn_unused_result));

/* True when the text was whole. */
bool split_ended(const struct split *s);

#endif
