#include "updater/message.h"

#include <string.h>
#include "lib/clock.h"
#include "updater/json.h"

#define SENTENCE 1000
#define DAY 86400

const char *message_word(enum message_event event)
{
	static const char *const words[] = {[MESSAGE_FOUND] = "found",
					    [MESSAGE_INSTALLED] = "installed",
					    [MESSAGE_FAILED] = "failed",
					    [MESSAGE_ROLLED_BACK] = "rolled-back"};
	return words[event];
}

static void clean(char *s, const char *also)
{
	for (; *s != '\0'; s++)
		if (*s < ' ' || *s > '~' || strchr(also, *s) != NULL)
			*s = '?';
}

static void add_reason(const struct message *m, struct text *t)
{
	if (m->reason[0] != '\0')
		text_addf(t, ": %s", m->reason);
}

void message_sentence(const struct message *m, struct text *t)
{
	size_t begin = t->len;
	text_addf(t, "%s on %s: ", m->repo, m->host);
	switch (m->event) {
	case MESSAGE_FOUND:
		text_addf(t, "%s is there", m->to);
		add_reason(m, t);
		break;
	case MESSAGE_INSTALLED:
		text_addf(t, "%s is in place", m->to);
		if (m->from[0] != '\0')
			text_addf(t, " of %s", m->from);
		break;
	case MESSAGE_FAILED:
		text_addf(t, "%s failed", m->to[0] != '\0' ? m->to : "the look for releases");
		add_reason(m, t);
		break;
	case MESSAGE_ROLLED_BACK:
		text_addf(t, "back from %s to %s", m->from, m->to);
		add_reason(m, t);
		break;
	}
	clean(t->at + begin, "<>&@");
}

static void put(struct text *t, const char *key, const char *value)
{
	char line[SENTENCE];
	struct text l;
	text_begin(&l, line, sizeof(line));
	text_add(&l, value);
	clean(line, "");
	json_text(t, key, line);
}

static void put_time(struct text *t, int64_t when)
{
	struct clock_date date;
	char line[32];
	struct text l;
	uint32_t second = (uint32_t)(when % DAY);
	clock_date((uint32_t)(when / DAY), &date);
	text_begin(&l, line, sizeof(line));
	text_addf(&l, "%04u-%02u-%02uT%02u:%02u:%02uZ", date.year, date.month, date.day, second / 3600,
		  second / 60 % 60, second % 60);
	json_text(t, "time", line);
}

void message_json(const struct message *m, struct text *t)
{
	char line[SENTENCE];
	struct text sentence;
	text_begin(&sentence, line, sizeof(line));
	message_sentence(m, &sentence);
	json_begin(t);
	json_text(t, "event", message_word(m->event));
	put(t, "repo", m->repo);
	put(t, "from", m->from);
	put(t, "to", m->to);
	put(t, "reason", m->reason);
	put(t, "host", m->host);
	put_time(t, m->when);
	json_text(t, "version", VERSION);
	json_text(t, "text", line);    /* what Slack, Mattermost and their like show */
	json_text(t, "content", line); /* and Discord */
	json_end(t);
}
