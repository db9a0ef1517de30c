/* updater/config: the environment, read once, strictly.
 *
 * The names, how each is read, its range and its default are one table in config.c. A variable that is set but empty,
 * has trailing junk or is out of range, and an unknown name that starts with GH_ or UPDATE_, is a fault that names the
 * variable, the value and what would be right. A fault stops updates, never the app. */
#ifndef UPDATER_CONFIG_H
#define UPDATER_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include "updater/keyring.h"
#include "updater/policy/channel.h"
#include "updater/policy/pin.h"
#include "updater/policy/window.h"

#define CONFIG_TEXT 512
#define CONFIG_FAULTS 8 /* more are counted, not kept */

enum config_mode {
	CONFIG_RESTART, /* look, install, restart the app */
	CONFIG_CHECK,	/* look and say */
	CONFIG_OFF,	/* do nothing unless told to */
};

/* What kind of forge GH_URL is: each has its own pages, names and way to take a token (see updater/fetch/dialect). */
enum config_forge {
	CONFIG_GITHUB,
	CONFIG_GITEA, /* and Forgejo */
	CONFIG_GITLAB,
	CONFIG_DIRECTORY, /* files and a list of checksums, by http or on this machine */
};

enum config_standing {
	CONFIG_READY, /* all it takes is there */
	CONFIG_UNSET, /* GH_USER or GH_REPO is not set: nothing to watch */
	CONFIG_WRONG, /* see faults */
};

struct config {
	enum config_standing standing;
	char faults[CONFIG_FAULTS][320];
	unsigned nfaults;

	char user[CONFIG_TEXT], repo[CONFIG_TEXT];
	char url[CONFIG_TEXT], api[CONFIG_TEXT]; /* no '/' at the end; http(s), or file:// for a directory */
	enum config_forge forge;
	bool forge_told;	   /* by GH_FORGE; otherwise it was found from the URL */
	char mirrors[CONFIG_TEXT]; /* as in updater/policy/mirror, "" none */
	char token[CONFIG_TEXT], token_file[CONFIG_TEXT];
	char asset[CONFIG_TEXT]; /* a pattern, "" none */
	struct channel channel;
	struct pin pin;
	char skip[CONFIG_TEXT]; /* tags, see updater/policy/skip */
	uint64_t min_age;	/* seconds */
	struct window window;
	char build_command[CONFIG_TEXT], build_out[CONFIG_TEXT]; /* of a branch; "": as updater/build says */
	uint64_t build_time, build_memory, build_disk;		 /* seconds, bytes, bytes */
	char ca_file[CONFIG_TEXT];
	char verify[CONFIG_TEXT], key[CONFIG_TEXT], key_files[CONFIG_TEXT]; /* as written; read they are: */
	struct keyring keyring;
	char state_dir[CONFIG_TEXT], run_dir[CONFIG_TEXT];
	char app_dir[CONFIG_TEXT];     /* where the app is started from: a link to STATE_DIR/current */
	char profile_dir[CONFIG_TEXT]; /* profiles that came with the image */
	char app_service[CONFIG_TEXT]; /* the service that runs what is updated */
	uint64_t sleep;		       /* seconds between polls */
	uint64_t stop_wait;	       /* seconds an app may take to stop */
	uint64_t ready, probation;     /* seconds */
	uint64_t keep;		       /* releases kept beside current, previous and stable */
	char notify_url[CONFIG_TEXT], notify_url_file[CONFIG_TEXT]; /* "" none */
	char notify_token[CONFIG_TEXT], notify_token_file[CONFIG_TEXT];
	char svdir[CONFIG_TEXT]; /* where init's service directories are */
	uint64_t hook_timeout;	 /* seconds a hook may take */
	enum config_mode mode;
	bool verbose;
	bool log_json;
	bool url_http, api_http; /* given as http:// by name */
};

/* Reads an environment (as in environ) and, when it names them, the files of the token and the keys. Every field has a
 * usable value afterwards, whatever the standing. Prints nothing. */
void config_read(char *const *environment, struct config *config);

/* What GH_FORGE calls it. */
const char *config_forge_word(const struct config *config);
/* True when an entry of an environment, "NAME=...", may hold a secret of ours: it is for no other program. */
bool config_is_secret(const char *entry);

#endif
