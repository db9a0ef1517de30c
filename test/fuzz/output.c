/* What services write: chunks for four streams, each a byte that says whose it is and how long, then so many bytes.
 * Every line that comes out is at most LINE_MAX_OUT bytes and of the form it has to be; no byte is lost or added. */
#include <string.h>
#include "svc/cut.h"
#include "svc/line.h"
#include "test/fuzz/fuzz.h"

#define TIME "2026-11-22T01:02:03.004Z"
#define STREAMS 4
#define BYTES ((size_t)1 << 20)

static const char *const names[STREAMS] = {"a", "b-longer.name", "c", "d"};
static struct cut cuts[STREAMS];
static char wrote[STREAMS][BYTES], came[STREAMS][BYTES];
static size_t n_wrote[STREAMS], n_came[STREAMS];

static struct line line_of(unsigned i, bool json)
{
	return (struct line){.json = json, .ours = {TIME, names[i], "stdout"}};
}

/* A string as a reader of JSON has it; returns what comes behind it. */
static const char *unescape(unsigned i, const char *s)
{
	for (; *s != '"'; s++) {
		char c = *s;

		expect((unsigned char)c >= 0x20);
		if (c == '\\') {
			c = *++s;
			if (c == 'u') {
				char code[5] = {s[1], s[2], s[3], s[4], 0};

				c = (char)strtoul(code, NULL, 16);
				s += 4;
			} else {
				expect(c == '"' || c == '\\' || c == 't');
				c = c == 't' ? '\t' : c;
			}
		}
		came[i][n_came[i]++] = c;
	}
	return s + 1;
}

/* The line as it was written is an object that kept its fields: it stands at the end of what came. */
static bool is_object(unsigned i, const char *line, size_t n)
{
	const char *raw = wrote[i] + n_came[i], *end = memchr(raw, '\n', n_wrote[i] - n_came[i]);
	size_t inner;

	if (end == NULL)
		end = wrote[i] + n_wrote[i];
	while (end > raw && strchr(" \t\r", end[-1]) != NULL)
		end--;
	raw += strspn(raw, " \t\r");
	if (raw >= end || *raw != '{' || end[-1] != '}')
		return false;
	for (raw++; strchr(" \t\r", *raw) != NULL;)
		raw++;
	inner = (size_t)(end - raw);
	return n >= inner + 2 && memcmp(line + n - 1 - inner, raw, inner) == 0 &&
	       (line[n - 2 - inner] == ',' || line[n - 2 - inner] == '{' || inner == 1);
}

static void take_json(unsigned i, const char *line, size_t n)
{
	char head[128];
	int len = text_format(head, sizeof head, "{\"time\":\"%s\",\"service\":\"%s\",\"stream\":\"stdout\"", TIME,
			      names[i]);
	const char *s;

	expect(line[0] == '{' && line[n - 2] == '}');
	if (is_object(i, line, n)) {
		do
			came[i][n_came[i]] = wrote[i][n_came[i]];
		while (n_came[i]++ < n_wrote[i] && came[i][n_came[i] - 1] != '\n');
		return;
	}
	expect(memcmp(line, head, (size_t)len) == 0 && memcmp(line + len, ",\"message\":\"", 12) == 0);
	s = unescape(i, line + len + 12);
	if (strcmp(s, ",\"partial\":true}\n") == 0)
		return;
	expect(strcmp(s, "}\n") == 0);
	came[i][n_came[i]++] = '\n';
}

static void take_line(unsigned i, bool json, struct text *t)
{
	size_t skip = strlen(names[i]) + 2;

	if (t->len == 0)
		return;
	expect(text_whole(t) && t->len <= LINE_MAX_OUT && t->at[t->len - 1] == '\n');
	expect(memchr(t->at, '\n', t->len) == t->at + t->len - 1);
	if (json) {
		take_json(i, t->at, t->len);
		return;
	}
	expect(memcmp(t->at, names[i], skip - 2) == 0 && memcmp(t->at + skip - 2, ": ", 2) == 0);
	memcpy(came[i] + n_came[i], t->at + skip, t->len - skip);
	n_came[i] += t->len - skip;
	if (cuts[i].inside) /* the newline is ours */
		n_came[i]--;
}

static void write_chunk(unsigned i, bool json, const char *bytes, size_t n)
{
	static char place[LINE_MAX_OUT + 1];
	struct line line = line_of(i, json);
	struct text t;

	memcpy(wrote[i] + n_wrote[i], bytes, n);
	n_wrote[i] += n;
	for (size_t at = 0; at < n;) {
		text_begin(&t, place, sizeof place);
		at += cut_step(&cuts[i], bytes + at, n - at, &t, &line);
		expect(at <= n);
		take_line(i, json, &t);
	}
}

static void run(bool json, const char *data, size_t size)
{
	static char place[LINE_MAX_OUT + 1];
	struct text t;

	while (size > 1) {
		unsigned i = (unsigned char)data[0] % STREAMS;
		/* A long piece is the same bytes again and again. */
		size_t n = 1 + (unsigned char)data[0] / STREAMS, times = (unsigned char)data[0] > 250 ? 100 : 1;

		if (n > size - 1)
			n = size - 1;
		for (; times > 0 && n_wrote[i] + n < BYTES / 8; times--)
			write_chunk(i, json, data + 1, n);
		data += 1 + n;
		size -= 1 + n;
	}
	for (unsigned i = 0; i < STREAMS; i++) {
		while (cuts[i].held > 0) {
			struct line line = line_of(i, json);

			text_begin(&t, place, sizeof place);
			cut_end(&cuts[i], &t, &line);
			take_line(i, json, &t);
		}
		cut_reset(&cuts[i]);
		if (n_came[i] == n_wrote[i] + 1) /* the end of a line that had none */
			n_came[i]--;
		expect(n_came[i] == n_wrote[i] && memcmp(came[i], wrote[i], n_came[i]) == 0);
		n_came[i] = n_wrote[i] = 0;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	run(false, (const char *)data, size);
	run(true, (const char *)data, size);
	return 0;
}
