#include "svc/cut.h"

#include <string.h>

#define BITS (8 * sizeof(uint64_t))

/* The lowest free one is taken, so only as many pages are touched as there are beginnings at one time. */
static char parts[CUT_STREAMS][LINE_MAX_OUT];
static uint64_t taken[CUT_STREAMS / BITS];

static char *part_of(const struct cut *c)
{
	return parts[c->part - 1];
}

static void take_part(struct cut *c)
{
	unsigned i = 0, bit;

	while (~taken[i] == 0)
		i++; /* there is one for every stream */
	bit = (unsigned)__builtin_ctzll(~taken[i]);
	taken[i] |= 1ULL << bit;
	c->part = (uint16_t)(i * BITS + bit + 1);
}

static void free_part(struct cut *c)
{
	if (c->part != 0)
		taken[(c->part - 1U) / BITS] &= ~(1ULL << (c->part - 1U) % BITS);
	c->part = c->held = 0;
}

static size_t add(const struct cut *c, const char *bytes, size_t n, bool ends, struct text *t, struct line *line)
{
	line->at = bytes;
	line->n = n;
	line->starts = !c->inside;
	line->ends = ends;
	return line_add(t, line);
}

/* The beginning that waits becomes a line, or a piece of one. */
static void add_part(struct cut *c, bool ends, struct text *t, struct line *line)
{
	size_t n = add(c, part_of(c), c->held, ends, t, line);

	c->held = (uint16_t)(c->held - n);
	c->inside = c->held > 0 || !ends;
	memmove(part_of(c), part_of(c) + n, c->held);
	if (!c->inside)
		free_part(c);
}

/* Fills it up to the end of the line. */
static size_t add_to_part(struct cut *c, const char *bytes, size_t n, bool ends, struct text *t, struct line *line)
{
	size_t room = LINE_MAX_OUT - (size_t)c->held, more = n < room ? n : room;

	memcpy(part_of(c) + c->held, bytes, more);
	c->held = (uint16_t)(c->held + more);
	ends = ends && more == n;
	if (ends || c->held == LINE_MAX_OUT)
		add_part(c, ends, t, line);
	return more + (ends && !c->inside);
}

size_t cut_step(struct cut *c, const char *bytes, size_t n, struct text *t, struct line *line)
{
	const char *newline = memchr(bytes, '\n', n);
	bool ends = newline != NULL;
	size_t done;

	if (ends)
		n = (size_t)(newline - bytes);
	if (c->skipping) {
		c->skipping = !ends;
		return n + ends;
	}
	if (c->part == 0 && !ends && n < LINE_MAX_OUT)
		take_part(c);
	if (c->part != 0)
		return add_to_part(c, bytes, n, ends, t, line);
	done = add(c, bytes, n, ends, t, line);
	c->inside = done < n || !ends;
	return done + !c->inside;
}

void cut_end(struct cut *c, struct text *t, struct line *line)
{
	add_part(c, true, t, line);
}

void cut_reset(struct cut *c)
{
	free_part(c);
	c->inside = c->skipping = false;
}

void cut_drop(struct cut *c, const char *bytes, size_t n)
{
	bool ends = bytes[n - 1] == '\n';

	for (size_t i = 0; i < n; i++)
		c->lost += bytes[i] == '\n';
	c->lost += !ends;
	c->lost -= c->skipping;
	c->skipping = !ends;
	c->inside = false;
	free_part(c);
}

void cut_tell(struct cut *c, struct text *t, struct line *line)
{
	char message[64];
	struct text m;

	text_begin(&m, message, sizeof message);
	text_addf(&m, "%u lines lost: stdout was not read", c->lost);
	line->at = message;
	line->n = m.len;
	line->starts = line->ends = true;
	line->lost = c->lost;
	(void)line_add(t, line);
	line->lost = c->lost = 0;
}
