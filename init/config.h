/* init/config: what init was told, by its command line and its environment. Read once, strictly. */
#ifndef INIT_CONFIG_H
#define INIT_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include "lib/log.h"
#include "svc/output.h"

#define CONFIG_SIGNALS 65 /* 1 to 64 */

struct config {
	const char *svdir;		 /* SVDIR */
	const char *run_dir;		 /* RUN_DIR */
	int64_t svwait_ms;		 /* SVWAIT: how long services may take to stop */
	bool verbose;			 /* VERBOSE */
	enum log_form log_form;		 /* LOG_FORMAT */
	enum output_form output_form;	 /* LOG_FORMAT, for what services write */
	bool exit_by_signal;		 /* SVEXIT=signal: 143 after TERM, 130 after INT */
	int death_signal;		 /* -p: init's when its parent dies; 0: none */
	bool updated;			 /* GH_USER is set: the command is updated, and so has to come back */
	char *const *argv;		 /* the command, or NULL */
	uint8_t rewrite[CONFIG_SIGNALS]; /* what becomes of each signal; 0: dropped */
};

/* Exits with 100 when it was told wrongly, and with 0 after -h and -V. */
void config_read(char *const *argv, struct config *config);

#endif
