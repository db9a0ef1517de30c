/* moult: the command. Asks the updater, over its socket in RUN_DIR, and prints what it says.
 *
 * Rights: the caller's; the updater decides what he may.
 * Exit codes: 0 done; 1 it said no; 100 asked wrongly; 111 the system failed (the updater cannot be reached). */
#include <string.h>
#include "lib/env.h"
#include "lib/log.h"
#include "lib/text.h"
#include "updater/command/exec.h"
#include "updater/command/out.h"
#include "updater/command/talk.h"
#include "updater/command/verb.h"

#define HISTORY_LINES "20" /* shown of the history when nobody says how many */

struct question {
	const struct verb *verb;
	const char *words[3];
	int count;
	const char *number; /* -n, NULL not given */
	bool json, help, notes;
};

static bool is_help(const char *word)
{
	return strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0;
}

static void read_number(struct question *q, const char *text)
{
	uint64_t number;
	if (strcmp(q->verb->name, "history") != 0)
		log_usage("-n: %s does not take this; moult %s -h", q->verb->name, q->verb->name);
	if (text == NULL || env_number(text, 1, 100000, &number) == -1)
		log_usage("-n %s: has to be a number from 1 to 100000", text == NULL ? "" : text);
	q->number = text;
}

static void read_words(struct question *q, char **argv)
{
	for (; *argv != NULL; argv++) {
		if (is_help(*argv))
			q->help = true;
		else if (strcmp(*argv, "--json") == 0)
			q->json = true;
		else if (strcmp(*argv, "--notes") == 0 && strcmp(q->verb->name, "plan") == 0)
			q->notes = true;
		else if (strcmp(*argv, "-n") == 0)
			read_number(q, *++argv);
		else if ((*argv)[0] == '-' || q->count == q->verb->most)
			log_usage("%s: %s does not take this; moult %s -h", *argv, q->verb->name, q->verb->name);
		else
			q->words[q->count++] = *argv;
	}
	if (q->help)
		return;
	if (q->count > 0 && q->verb->first != NULL && text_index(q->verb->first, q->words[0]) == -1)
		log_usage("%s: %s takes %s; moult %s -h", q->words[0], q->verb->name, q->verb->arguments,
			  q->verb->name);
	if (q->count < q->verb->least)
		log_usage("%s wants %s; moult %s -h", q->verb->name, q->verb->arguments, q->verb->name);
}

/* The request as it goes over the socket, where a space ends a word. */
static void write_request(const struct question *q, char *out, size_t size)
{
	struct text t;
	text_begin(&t, out, size);
	text_add(&t, q->verb->name);
	if (strcmp(q->verb->name, "history") == 0)
		text_addf(&t, " %s", q->number == NULL ? HISTORY_LINES : q->number);
	for (int i = 0; i < q->count; i++) {
		if (q->words[i][0] == '\0' || strpbrk(q->words[i], " \n") != NULL)
			log_usage("'%s': no word of this command is empty or holds a space", q->words[i]);
		text_addf(&t, " %s", q->words[i]);
	}
	if (!text_whole(&t))
		log_usage("%.40s...: is too long", q->words[0]);
}

/* All that follows is the program's. */
static int become(int argc, char **argv)
{
	if (argc > EXEC_ARGUMENTS - 257)
		log_usage("exec: more than %d arguments", EXEC_ARGUMENTS - 257);
	return exec_with_profile(argv);
}

int main(int argc, char **argv)
{
	struct question q = {0};
	char request[1024];
	log_start("moult", LOG_TEXT, LOG_LEVEL_INFO);
	if (argc < 2)
		log_usage("say what to do; moult -h lists the commands");
	if (is_help(argv[1])) {
		verb_print_all();
		return 0;
	}
	if (strcmp(argv[1], "-V") == 0) {
		out_print("moult %s\n", VERSION);
		return 0;
	}
	if (strcmp(argv[1], "exec") == 0 && argc > 2 && !is_help(argv[2]))
		return become(argc - 2, argv + 2);
	q.verb = verb_find(argv[1]);
	if (q.verb == NULL)
		log_usage("%s: no such command; moult -h lists them", argv[1]);
	read_words(&q, argv + 2);
	if (q.help) {
		verb_print(q.verb);
		return 0;
	}
	if (q.notes)
		return talk_of_notes(q.verb, q.json);
	write_request(&q, request, sizeof(request));
	return talk(q.verb, request, q.json);
}
