/* lib/text: text built in a buffer that somebody else owns.
 *
 * Never cut in silence: what did not fit leaves `cut` set, and the buffer holds what did, always ended by a NUL. A
 * caller that must not lose anything looks at text_whole() once, at the end. */
#ifndef LIB_TEXT_H
#define LIB_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct text {
	char *at;    /* the buffer, the caller's */
	size_t size; /* its size in bytes, the NUL included */
	size_t len;  /* bytes used so far, without the NUL */
	bool cut;    /* something did not fit */
};

/* Words that stand one behind the other, as in "one\0two\0": a table of pointers to them would be twice as large. The
 * n-th, from 0; and which one it is, or -1. */
const char *text_nth(const char *words, unsigned n);
int text_index(const char *words, const char *word);

/* True for A-Z a-z 0-9. */
bool text_is_plain(char c);

/* Starts an empty text in buf (size >= 1). */
void text_begin(struct text *t, char *buf, size_t size);

/* Appends. Of a piece that does not fit only the beginning is there, and nothing is added any more after it. */
void text_add(struct text *t, const char *s);
void text_add_bytes(struct text *t, const char *bytes, size_t n);

/* Appends in printf's language, as far as it is needed here: %s %.*s %c %d %u %x %o with l, ll, z, zero padding and
 * width, %%. Nothing else: no floating point, so that PID 1 carries no stdio. A NULL for %s prints "(null)". */
void text_addf(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_addv(struct text *t, const char *format, va_list args) __attribute__((format(printf, 2, 0)));

/* Appends s as it stands between the quotes of a JSON string. */
void text_add_json(struct text *t, const char *s);

/* True when nothing was cut. */
bool text_whole(const struct text *t) __attribute__((warn_unused_result));

/* One call, for people: what does not fit in buf is cut. Returns the length. */
size_t text_cut(char *buf, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
size_t text_cutv(char *buf, size_t size, const char *format, va_list args) __attribute__((format(printf, 3, 0)));

/* One call: formats into buf. Returns the length, or -1 with ENAMETOOLONG when it did not fit (buf then holds "" ). */
int text_format(char *buf, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4), warn_unused_result));

#endif
