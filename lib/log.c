#include "lib/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "lib/clock.h"
#include "lib/errors.h"
#include "lib/sink.h"
#include "lib/text.h"

static struct {
	const char *name;
	enum log_form form;
	enum log_level most;
	struct sink sink;
	unsigned lost; /* lines since the last one that got through */
} out = {.name = "moult", .most = LOG_LEVEL_INFO, .sink = {.fd = STDERR_FILENO}};

static const char level_words[][8] = {
	[LOG_LEVEL_ERROR] = "error",
	[LOG_LEVEL_WARN] = "warning",
	[LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_DEBUG] = "debug",
};

void log_start(const char *name, enum log_form form, enum log_level most)
{
	out.name = name;
	out.form = form;
	out.most = most;
}

bool log_debugs(void)
{
	return out.most == LOG_LEVEL_DEBUG;
}

void log_never_block(void)
{
	sink_begin(&out.sink, STDERR_FILENO);
}

static bool put(const char *line, size_t n)
{
	ssize_t w;

	do
		w = sink_put(&out.sink, line, n);
	while (w == -1 && errno == EINTR);
	return w != -1;
}

void log_add_time(struct text *t)
{
	struct timespec now;
	struct clock_date d;
	unsigned second;

	clock_gettime(CLOCK_REALTIME, &now);
	second = (unsigned)(now.tv_sec % 86400);
	clock_date((uint32_t)(now.tv_sec / 86400), &d);
	text_addf(t, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ", d.year, d.month, d.day, second / 3600, second / 60 % 60,
		  second % 60, (unsigned)(now.tv_nsec / 1000000));
}

static void build(struct text *line, enum log_level level, const char *message)
{
	if (out.form == LOG_JSON) {
		text_add(line, "{\"time\":\"");
		log_add_time(line);
		text_addf(line, "\",\"level\":\"%s\",\"component\":\"%s\",\"message\":\"", level_words[level],
			  out.name);
		text_add_json(line, message);
		text_add(line, "\"}\n");
		return;
	}
	text_addf(line, "[%s] %s%s", out.name, level == LOG_LEVEL_WARN ? "warning: " : "",
		  level == LOG_LEVEL_ERROR ? "error: " : "");
	for (; *message != '\0'; message++) {
		/* What is quoted from outside must not start a line of its own, nor steer a terminal. */
		char c = (unsigned char)*message < 0x20 || *message == 0x7f ? '?' : *message;

		text_add_bytes(line, &c, 1);
	}
	text_add(line, "\n");
}

static void write_line(enum log_level level, const char *message)
{
	/* JSON may need six bytes for one. */
	char buf[6 * LOG_MAX + 256];
	struct text line;

	text_begin(&line, buf, sizeof buf);
	build(&line, level, message);
	if (!put(line.at, line.len))
		out.lost++;
}

static void say_lost(void)
{
	char message[64];
	unsigned lost = out.lost;

	if (lost == 0 || text_format(message, sizeof message, "%u lines lost: the log was not read", lost) == -1)
		return;
	out.lost = 0;
	write_line(LOG_LEVEL_WARN, message);
	if (out.lost != 0)
		out.lost = lost;
}

static void __attribute__((format(printf, 3, 0))) say(enum log_level level, int error, const char *format, va_list args)
{
	/* The last four bytes are for "..." */
	char message[LOG_MAX];
	struct text t;

	text_begin(&t, message, sizeof message - 3);
	text_addv(&t, format, args);
	if (error != 0)
		text_addf(&t, ": %s", errors_text(error));
	if (t.cut)
		memcpy(message + t.len, "...", 4);
	say_lost();
	write_line(level, message);
}

void log_line(const char *format, ...)
{
	enum log_level level = format[0] & 3;
	bool with_errno = format[0] & 4, is_last = format[0] & 8;
	int saved = errno;
	va_list args;

	va_start(args, format);
	if (level <= out.most)
		say(level, with_errno ? saved : 0, format + 1, args);
	va_end(args);
	if (is_last)
		exit(with_errno ? 111 : 100);
	errno = saved;
}
