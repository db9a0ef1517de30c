#include "updater/command/show.h"

#include <string.h>
#include "lib/env.h"
#include "lib/text.h"
#include "updater/command/out.h"
#include "updater/json.h"
#include "updater/policy/when.h"

static void print_field(const struct wire *w, const char *key, const char *label)
{
	char text[OUT_LINE];
	if (out_value(w, key, text)[0] != '\0')
		out_print("%s: %s\n", label, text);
}

static void print_time(const struct wire *w, const char *key, const char *label)
{
	uint64_t when;
	char text[WHEN_TEXT];
	if (wire_get_number(w, key, 1, INT64_MAX, &when) == -1)
		return;
	when_text((int64_t)when, text);
	out_print("%s: %s\n", label, text);
}

void show_status(const struct wire *w)
{
	char text[OUT_LINE], phase[OUT_LINE];
	uint64_t until;
	if (out_value(w, "fault", text)[0] != '\0') {
		out_print("  wrong: %s\n", text);
		return;
	}
	print_field(w, "current", "running version");
	print_field(w, "previous", "version before");
	print_field(w, "stable", "stable version");
	print_field(w, "profile", "profile");
	out_print("app: %s%s\n", out_value(w, "app", text), out_flag(w, "ready") ? ", ready" : "");
	out_print("updater: %s", out_value(w, "updater", text));
	if (strcmp(out_value(w, "phase", phase), "idle") != 0)
		out_print(", phase %s", phase);
	if (out_value(w, "candidate", text)[0] != '\0')
		out_print(", to %s", text);
	out_print("\n");
	print_field(w, "problem", "problem");
	print_field(w, "source", "source");
	print_field(w, "mode", "mode");
	if (out_flag(w, "paused") && wire_get_number(w, "paused-until", 1, INT64_MAX, &until) == -1)
		out_print("paused: until `moult resume`\n");
	print_time(w, "paused-until", "paused until");
	print_field(w, "verify", "a release needs at least");
	print_field(w, "keys", "pinned keys");
	print_field(w, "verified", "what runs was verified by");
	if (out_value(w, "next-poll", text)[0] != '\0')
		out_print("next look: in %s seconds\n", text);
	print_time(w, "not-before", "the forge says not before");
	print_field(w, "window", "update window");
	print_field(w, "staged", "on disk, waits for it");
	print_field(w, "floor", "went back from");
	print_field(w, "last", "last result");
	print_time(w, "last-when", "last result at");
}

void show_list(const struct wire *w)
{
	char tag[OUT_LINE], bad[OUT_LINE];
	out_print("%s %s%s%s%s%s%s\n", out_flag(w, "current") ? "*" : " ", out_value(w, "tag", tag),
		  out_flag(w, "image") ? " (image)" : "", out_flag(w, "previous") ? " (previous)" : "",
		  out_flag(w, "stable") ? " (stable)" : "", out_value(w, "bad", bad)[0] != '\0' ? " bad: " : "", bad);
}

void show_plan(const struct wire *w)
{
	char tag[OUT_LINE], verdict[OUT_LINE], asset[OUT_LINE], sums[OUT_LINE], signature[OUT_LINE], reason[OUT_LINE];
	char key[32];
	for (unsigned i = 1; text_format(key, sizeof(key), "asset-%u", i) > 0 && out_value(w, key, asset)[0] != '\0';
	     i++)
		out_print("  %s\n", asset);
	if (out_value(w, "verdict", verdict)[0] == '\0')
		return;
	out_value(w, "tag", tag);
	if (out_value(w, "reason", reason)[0] != '\0') {
		out_print("%s %s: %s\n", tag, verdict, reason);
		return;
	}
	out_value(w, "sums", sums);
	out_value(w, "signature", signature);
	out_print("%s %s: %s%s%s%s%s\n", tag, verdict, out_value(w, "asset", asset),
		  sums[0] != '\0' ? ", checked by " : "", sums, signature[0] != '\0' ? ", signed in " : "", signature);
}

void show_event(const struct wire *w)
{
	char text[OUT_LINE];
	if (out_value(w, "event", text)[0] != '\0')
		out_print("%s\n", text);
}

void show_notes(const struct wire *w)
{
	char line[OUT_LINE];
	out_print("%s\n", out_value(w, "line", line));
}

void show_stable(const struct wire *w)
{
	print_field(w, "tag", "stable");
	show_event(w);
}

void show_verify(const struct wire *w)
{
	char finding[OUT_LINE], path[OUT_LINE], why[OUT_LINE];
	if (out_value(w, "finding", finding)[0] != '\0')
		out_print("%s: %s: %s\n", finding, out_value(w, "path", path), out_value(w, "why", why));
	show_event(w);
}

/* "in 1.2 s", "in 3 min 20 s" */
static void add_duration(struct text *t, const char *milliseconds)
{
	uint64_t ms;
	if (env_number(milliseconds, 0, INT64_MAX, &ms) == -1)
		return;
	if (ms < 60000)
		text_addf(t, ", in %llu.%llu s", (unsigned long long)ms / 1000, (unsigned long long)ms % 1000 / 100);
	else
		text_addf(t, ", in %llu min %llu s", (unsigned long long)ms / 60000,
			  (unsigned long long)ms % 60000 / 1000);
}

/* What the history's words mean. */
static void add_deed(struct text *t, const char *what, const char *from, const char *to)
{
	const char *arrow = from[0] == '\0' ? "" : " -> ";
	if (strcmp(what, "installed") == 0)
		text_addf(t, "installed    %s%s%s", from, arrow, to);
	else if (strcmp(what, "back") == 0)
		text_addf(t, "went back    %s%s%s", from, arrow, to);
	else if (strcmp(what, "bad") == 0)
		text_addf(t, "turned out   bad: %s", to);
	else
		text_addf(t, "%s  %s%s%s", what, from, arrow, to);
}

/* The updater's words for why it moved; any other reason is a sentence already. */
static const char *reason_words(const char *why)
{
	if (strcmp(why, "update") == 0)
		return "a newer release";
	if (strcmp(why, "asked") == 0)
		return "as asked";
	return strcmp(why, "image") == 0 ? "the highest on disk at start" : why;
}

/* "2026-11-22 01:02:03  installed    v1.0.0 -> v1.1.0: a newer release, in 1.2 s" */
void show_history(const struct wire *w)
{
	char line[OUT_LINE], when[OUT_LINE], what[64], from[256], to[256], why[OUT_LINE], took[32], verified[512],
		out[OUT_LINE];
	struct text t;
	out_value(w, "event", line);
	json_get(line, "time", when, sizeof(when));
	json_get(line, "what", what, sizeof(what));
	json_get(line, "from", from, sizeof(from));
	json_get(line, "to", to, sizeof(to));
	json_get(line, "why", why, sizeof(why));
	json_get(line, "took_ms", took, sizeof(took));
	json_get(line, "verified", verified, sizeof(verified));
	if (strlen(when) != strlen("2026-11-22T01:02:03Z")) { /* not of our making: shown as it is */
		out_print("%s\n", line);
		return;
	}
	when[10] = ' ';
	when[19] = '\0';
	text_begin(&t, out, sizeof(out));
	text_addf(&t, "%s  ", when);
	add_deed(&t, what, from, to);
	text_addf(&t, "%s%s", why[0] == '\0' ? "" : "; ", reason_words(why));
	add_duration(&t, took);
	if (strncmp(verified, "signature by ", 13) == 0)
		text_addf(&t, ", signed by %s", verified + 13);
	out_print("%s\n", out);
}
