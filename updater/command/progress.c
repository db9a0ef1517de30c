#include "updater/command/progress.h"

#include <stdbool.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "updater/command/out.h"

#define BAR_MAX 40
#define COLUMNS_MAX 200
#define PICTURE_MS 100

static struct {
	bool begun, drawn;
	int64_t began, last; /* of the first and the last picture */
	uint64_t first;	     /* bytes that were there when it began: a download that is resumed does not fly */
} state;

/* "12.3 MiB" of its parts: whole units and tenths. */
static void add_size(struct text *t, uint64_t bytes, uint64_t unit)
{
	text_addf(t, "%llu.%llu", (unsigned long long)(bytes / unit), (unsigned long long)(bytes % unit * 10 / unit));
}

static const char *unit_of(uint64_t total, uint64_t *unit)
{
	*unit = total >= 1 << 20 ? 1 << 20 : 1 << 10;
	return total >= 1 << 20 ? "MiB" : "KiB";
}

static void add_time(struct text *t, uint64_t seconds)
{
	if (seconds >= 3600)
		text_addf(t, "%llu h %llu min", (unsigned long long)seconds / 3600,
			  (unsigned long long)seconds % 3600 / 60);
	else if (seconds >= 60)
		text_addf(t, "%llu min %llu s", (unsigned long long)seconds / 60, (unsigned long long)seconds % 60);
	else
		text_addf(t, "%llu s", (unsigned long long)seconds);
	text_add(t, " left");
}

static void add_figures(struct text *t, uint64_t done, uint64_t total, uint64_t rate)
{
	uint64_t unit, rate_unit;
	const char *name = unit_of(total, &unit), *rate_name = unit_of(rate, &rate_unit);
	text_addf(t, "%3llu %%  ", (unsigned long long)(done * 100 / total));
	add_size(t, done, unit);
	text_add(t, " of ");
	add_size(t, total, unit);
	text_addf(t, " %s", name);
	if (rate == 0 || done == total)
		return;
	text_add(t, "  ");
	add_size(t, rate, rate_unit);
	text_addf(t, " %s/s  ", rate_name);
	add_time(t, (total - done + rate - 1) / rate);
}

void progress_line(struct text *t, unsigned columns, uint64_t done, uint64_t total, uint64_t rate)
{
	char figures[128];
	struct text f;
	if (done > total)
		done = total;
	text_begin(&f, figures, sizeof(figures));
	add_figures(&f, done, total, rate);
	unsigned room =
		columns > f.len + 4 ? columns - (unsigned)f.len - 4 : 0; /* [] and a space, and one that is free */
	unsigned bar = room < BAR_MAX ? room : BAR_MAX;
	if (bar >= 5) {
		text_add(t, "[");
		for (unsigned i = 0; i < bar; i++)
			text_add(t, i < done * bar / total ? "#" : ".");
		text_add(t, "] ");
	}
	text_addf(t, "%.*s", columns > 1 ? (int)columns - 1 : 0, figures);
}

static unsigned columns_of_terminal(void)
{
	struct winsize w;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == -1 || w.ws_col == 0)
		return 80;
	return w.ws_col < COLUMNS_MAX ? w.ws_col : COLUMNS_MAX;
}

void progress_draw(uint64_t done, uint64_t total, int64_t now)
{
	char line[COLUMNS_MAX + 130];
	struct text t;
	if (total == 0 || isatty(STDOUT_FILENO) != 1)
		return;
	if (!state.begun || done < state.first) {
		state.begun = true;
		state.first = done;
		state.began = now;
	} else if (now - state.last < PICTURE_MS && done < total) {
		return;
	}
	state.last = now;
	int64_t took = now - state.began;
	uint64_t rate = took >= PICTURE_MS ? (done - state.first) * 1000 / (uint64_t)took : 0;
	text_begin(&t, line, sizeof(line));
	progress_line(&t, columns_of_terminal(), done, total, rate);
	out_print("\r\033[K%s", line);
	state.drawn = true;
}

void progress_clear(void)
{
	if (state.drawn)
		out_print("\r\033[K");
	state.drawn = false;
}
