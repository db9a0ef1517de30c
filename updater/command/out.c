#include "updater/command/out.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "lib/env.h"
#include "lib/io.h"
#include "lib/log.h"
#include "updater/json.h"

void out_print(const char *format, ...)
{
	char line[OUT_LINE];
	va_list args;
	va_start(args, format);
	size_t n = text_cutv(line, sizeof(line), format, args);
	va_end(args);
	if (io_write(STDOUT_FILENO, line, n) == -1)
		log_die("cannot write");
}

const char *out_value(const struct wire *w, const char *key, char out[OUT_LINE])
{
	if (wire_get(w, key, out, OUT_LINE) == -1)
		out[0] = '\0';
	return out;
}

bool out_flag(const struct wire *w, const char *key)
{
	uint64_t n;
	return wire_get_number(w, key, 0, 1, &n) == 0 && n == 1;
}

/* A tag may look like a number: what is one is known by its key. */
static void put_json(struct text *t, const char *key, const char *value)
{
	static const char numbers[] = "pid\0bytes\0total\0next-poll\0not-before\0failures\0last-when\0when\0"
				      "published\0paused-until\0files\0";
	static const char flags[] = "ready\0current\0previous\0stable\0image\0paused\0";
	uint64_t n;
	if (text_index(flags, key) != -1 && env_number(value, 0, 1, &n) == 0)
		json_bool(t, key, n == 1);
	else if (text_index(numbers, key) != -1 && env_number(value, 0, INT64_MAX, &n) == 0)
		json_number(t, key, (int64_t)n);
	else
		json_text(t, key, value);
}

void out_json(const struct wire *w)
{
	char line[2 * OUT_LINE], copy[WIRE_MAX + 1];
	struct text t;
	text_begin(&t, line, sizeof(line) - 1);
	memcpy(copy, w->bytes, w->text.len + 1);
	json_begin(&t);
	char *rest = copy, *pair;
	while ((pair = strsep(&rest, "\n")) != NULL) {
		char *equals = strchr(pair, '=');
		if (equals == NULL)
			continue;
		*equals = '\0';
		put_json(&t, pair, equals + 1);
	}
	json_end(&t);
	line[t.len] = '\n';
	if (io_write(STDOUT_FILENO, line, t.len + 1) == -1)
		log_die("cannot write");
}
