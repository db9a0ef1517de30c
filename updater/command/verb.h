/* updater/command/verb: what can be asked for, one entry a verb: its arguments, its help, how its answer is shown. */
#ifndef UPDATER_COMMAND_VERB_H
#define UPDATER_COMMAND_VERB_H

#include <stdbool.h>
#include "lib/wire.h"

struct verb {
	const char *name;
	const char *arguments;		    /* as in a usage line, "" for none */
	int least, most;		    /* how many of them */
	const char *first;		    /* what the first one has to be, words as in lib/text; NULL: anything */
	void (*show)(const struct wire *w); /* prints one packet of the answer */
	bool follows;			    /* it takes its time: what happens meanwhile is told */
	const char *none;		    /* what is said when nothing comes; NULL: nothing */
	const char *brief;		    /* one line, for the list */
	const char *help;		    /* what else there is to know, for `moult VERB -h` */
	const char *example;
};

/* NULL when there is none of this name. */
const struct verb *verb_find(const char *name);

/* Prints the list, and the help of one. */
void verb_print_all(void);
void verb_print(const struct verb *verb);

#endif
