#include "updater/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include "lib/env.h"
#include "lib/io.h"
#include "lib/text.h"
#include "updater/form.h"
#include "updater/policy/asset.h"
#include "updater/policy/mirror.h"
#include "updater/policy/skip.h"
#include "updater/zone.h"

/* The forge gives 60 requests an hour to all who share an address. A look at its `latest` is none of them; a look for
 * prereleases is one. */
#define SLEEP_MIN_WITHOUT_TOKEN 60
#define SLEEP_MIN_FOR_PRERELEASES 300

enum form {
	NAME,
	URL,
	FORGE,
	TOKEN,
	RECEIVER,
	PATTERN,
	CHANNEL,
	PIN,
	MIRRORS,
	SKIP,
	WINDOW,
	PATH,
	PLACE,
	SERVICE,
	TRUSTED,
	SECONDS,
	NUMBER,
	BYTES,
	COMMAND,
	BELOW,
	SWITCH,
	MODE,
	LOG_FORM
};

struct variable {
	const char *name;
	enum form form;
	size_t at;
	const char *standard; /* what it is when not set */
	uint64_t min, max;    /* of SECONDS and NUMBER */
};

#define FIELD(f) offsetof(struct config, f)

/* The documentation and its test read the names here: one variable a line, the name first. */
static const struct variable variables[] = {
	{"GH_USER", NAME, FIELD(user), "", 0, 0},
	{"GH_REPO", NAME, FIELD(repo), "", 0, 0},
	{"GH_URL", URL, FIELD(url), "https://github.com", 0, 0},
	{"GH_FORGE", FORGE, FIELD(forge), "", 0, 0},
	{"GH_API", URL, FIELD(api), "", 0, 0},
	{"GH_MIRRORS", MIRRORS, FIELD(mirrors), "", 0, 0},
	{"GH_TOKEN", TOKEN, FIELD(token), "", 0, 0},
	{"GH_TOKEN_FILE", PATH, FIELD(token_file), "", 0, 0},
	{"GH_ASSET", PATTERN, FIELD(asset), "", 0, 0},
	{"GH_CHANNEL", CHANNEL, FIELD(channel), "stable", 0, 0},
	{"GH_PIN", PIN, FIELD(pin), "", 0, 0},
	{"UPDATE_SKIP", SKIP, FIELD(skip), "", 0, 0},
	{"UPDATE_MIN_AGE", SECONDS, FIELD(min_age), "0", 0, 31536000},
	{"BUILD_CMD", COMMAND, FIELD(build_command), "", 0, 0},
	{"BUILD_OUT", BELOW, FIELD(build_out), "", 0, 0},
	{"BUILD_TIME", SECONDS, FIELD(build_time), "1800", 1, 86400},
	{"BUILD_MEMORY", BYTES, FIELD(build_memory), "2G", 1 << 20, (uint64_t)1 << 40},
	{"BUILD_DISK", BYTES, FIELD(build_disk), "4G", 1 << 20, (uint64_t)1 << 40},
	{"UPDATE_VERIFY", TRUSTED, FIELD(verify), "", 0, 0},
	{"UPDATE_KEY", TRUSTED, FIELD(key), "", 0, 0},
	{"UPDATE_KEY_FILE", TRUSTED, FIELD(key_files), "", 0, 0},
	{"SSL_CERT_FILE", PATH, FIELD(ca_file), "", 0, 0},
	{"SLEEP", SECONDS, FIELD(sleep), "300", 1, 604800},
	{"SVWAIT", SECONDS, FIELD(stop_wait), "7", 1, 3600},
	{"UPDATE_WINDOW", WINDOW, FIELD(window), "", 0, 0},
	{"UPDATE_READY", SECONDS, FIELD(ready), "60", 1, 3600},
	{"UPDATE_PROBATION", SECONDS, FIELD(probation), "60", 0, 86400},
	{"UPDATE_KEEP", NUMBER, FIELD(keep), "3", 0, 100},
	{"UPDATE_MODE", MODE, FIELD(mode), "restart", 0, 0},
	{"UPDATE_HOOK_TIMEOUT", SECONDS, FIELD(hook_timeout), "60", 1, 3600},
	{"NOTIFY_URL", RECEIVER, FIELD(notify_url), "", 0, 0},
	{"NOTIFY_URL_FILE", PATH, FIELD(notify_url_file), "", 0, 0},
	{"NOTIFY_TOKEN", TOKEN, FIELD(notify_token), "", 0, 0},
	{"NOTIFY_TOKEN_FILE", PATH, FIELD(notify_token_file), "", 0, 0},
	{"SVDIR", PATH, FIELD(svdir), "/service", 0, 0},
	{"STATE_DIR", PATH, FIELD(state_dir), "/var/lib/moult", 0, 0},
	{"RUN_DIR", PLACE, FIELD(run_dir), "/run/moult", 0, 0},
	{"APP_DIR", PATH, FIELD(app_dir), "/app", 0, 0},
	{"PROFILE_DIR", PATH, FIELD(profile_dir), "/etc/moult/profiles", 0, 0},
	{"APP_SERVICE", SERVICE, FIELD(app_service), "app", 0, 0},
	{"VERBOSE", SWITCH, FIELD(verbose), "", 0, 0},
	{"LOG_FORMAT", LOG_FORM, FIELD(log_json), "text", 0, 0},
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void fault(struct config *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void fault(struct config *c, const char *format, ...)
{
	c->standing = CONFIG_WRONG;
	if (c->nfaults == CONFIG_FAULTS)
		return;
	struct text t;
	text_begin(&t, c->faults[c->nfaults], sizeof(c->faults[0]));
	va_list args;
	va_start(args, format);
	text_addv(&t, format, args);
	va_end(args);
	c->nfaults++;
}

static const char *text_fault(enum form form, const char *value)
{
	switch (form) {
	case NAME: return form_name(value);
	case URL: return form_url(value);
	case TOKEN: return form_token(value);
	case RECEIVER: return form_receiver(value);
	case PATTERN: return asset_pattern_fault(value);
	case MIRRORS: return mirror_fault(value);
	case PATH: return value[0] != '/' ? "an absolute path" : NULL;
	case PLACE: return value[0] != '/' && value[0] != '@' ? "an absolute path" : NULL; /* see lib/rundir */
	case SERVICE: return form_service(value);
	case COMMAND: return form_command(value);
	case BELOW: return form_below(value);
	case CHANNEL:
	case PIN:
	case SKIP:
	case WINDOW:
	case TRUSTED: /* see updater/keyring */
	case SECONDS:
	case NUMBER:
	case BYTES:
	case SWITCH:
	case MODE:
	case FORGE:
	case LOG_FORM: break;
	}
	return NULL;
}

static void set_text(struct config *c, const struct variable *v, const char *value)
{
	char *out = (char *)c + v->at;
	const char *wrong = strlen(value) >= CONFIG_TEXT ? "less than 512 bytes" : text_fault(v->form, value);
	if (wrong != NULL && (v->form == TOKEN || v->form == RECEIVER || v->form == TRUSTED)) {
		fault(c, "%s: is not %s", v->name, wrong); /* never the value */
		return;
	}
	if (wrong != NULL && v->form == PATTERN) {
		fault(c, "%s=%.100s: %s", v->name, value, wrong);
		return;
	}
	if (wrong != NULL) {
		fault(c, "%s=%.100s: has to be %s", v->name, value, wrong);
		return;
	}
	memcpy(out, value, strlen(value) + 1);
	for (size_t n = strlen(out); v->form == URL && out[n - 1] == '/'; n--)
		out[n - 1] = '\0';
}

/* What has a room of its own in updater/policy, which knows what is wrong with it. */
static void set_policy(struct config *c, const struct variable *v, const char *value)
{
	void *out = (char *)c + v->at;
	char why[200] = "has to be less than 512 bytes";
	bool right = strlen(value) < CONFIG_TEXT;
	if (right && v->form == CHANNEL)
		right = channel_parse(value, out, why, sizeof(why));
	else if (right && v->form == PIN)
		right = pin_parse(value, out, why, sizeof(why));
	else if (right && v->form == WINDOW)
		right = window_parse(value, out, why, sizeof(why)) && zone_check(c->window.zone, why, sizeof(why));
	else if (right && skip_check(value, why, sizeof(why)))
		memcpy(out, value, strlen(value) + 1);
	else
		right = false;
	if (!right)
		fault(c, "%s=%.100s: %s", v->name, value, why);
}

static void set_number(struct config *c, const struct variable *v, const char *value)
{
	uint64_t *out = (uint64_t *)(void *)((char *)c + v->at);
	bool seconds = v->form == SECONDS;
	int r = seconds ? env_seconds(value, v->min, v->max, out) : env_number(value, v->min, v->max, out);
	if (r == -1)
		fault(c, "%s=%.100s: has to be %s from %llu to %llu", v->name, value,
		      seconds ? "seconds (or 5m, 1h, 1d)" : "a number", (unsigned long long)v->min,
		      (unsigned long long)v->max);
}

static const char *const forges[] = {[CONFIG_GITHUB] = "github",
				     [CONFIG_GITEA] = "gitea",
				     [CONFIG_GITLAB] = "gitlab",
				     [CONFIG_DIRECTORY] = "directory"};

const char *config_forge_word(const struct config *c)
{
	return forges[c->forge];
}

static void set_forge(struct config *c, const struct variable *v, const char *value)
{
	for (size_t i = 0; i < COUNT(forges); i++)
		if (strcmp(forges[i], value) == 0) {
			c->forge = (enum config_forge)i;
			c->forge_told = true;
			return;
		}
	fault(c, "%s=%.100s: has to be github, gitea (or Forgejo's), gitlab or directory", v->name, value);
}

static void set_bytes(struct config *c, const struct variable *v, const char *value)
{
	if (env_bytes(value, v->min, v->max, (uint64_t *)(void *)((char *)c + v->at)) == -1)
		fault(c, "%s=%.100s: has to be bytes (or 512M, 4G) from %llu to %llu", v->name, value,
		      (unsigned long long)v->min, (unsigned long long)v->max);
}

static void set_word(struct config *c, const struct variable *v, const char *value)
{
	static const char *const modes[] = {
		[CONFIG_RESTART] = "restart", [CONFIG_CHECK] = "check", [CONFIG_OFF] = "off"};
	if (v->form == LOG_FORM) {
		c->log_json = strcmp(value, "json") == 0;
		/* prefix is what init does with our lines */
		if (!c->log_json && strcmp(value, "text") != 0 && strcmp(value, "prefix") != 0)
			fault(c, "%s=%.100s: has to be text, prefix or json", v->name, value);
		return;
	}
	for (size_t i = 0; i < COUNT(modes); i++)
		if (strcmp(value, modes[i]) == 0) {
			c->mode = (enum config_mode)i;
			return;
		}
	fault(c, "%s=%.100s: has to be restart, check or off", v->name, value);
}

static void set(struct config *c, const struct variable *v, const char *value)
{
	switch (v->form) {
	case NAME:
	case URL:
	case TOKEN:
	case RECEIVER:
	case PATTERN:
	case MIRRORS:
	case PATH:
	case PLACE:
	case COMMAND:
	case BELOW:
	case TRUSTED:
	case SERVICE: set_text(c, v, value); break;
	case CHANNEL:
	case PIN:
	case SKIP:
	case WINDOW: set_policy(c, v, value); break;
	case SECONDS:
	case NUMBER: set_number(c, v, value); break;
	case BYTES: set_bytes(c, v, value); break;
	case SWITCH: /* as it always was: anything but nothing and a clear no is a yes */
		if (env_bool(value, &c->verbose) == -1)
			c->verbose = true;
		break;
	case FORGE: set_forge(c, v, value); break;
	case MODE:
	case LOG_FORM: set_word(c, v, value); break;
	}
}

/* The variable that an environment entry "NAME=..." sets, or NULL. */
static const struct variable *variable_of(const char *entry)
{
	for (size_t i = 0; i < COUNT(variables); i++) {
		size_t n = strlen(variables[i].name);
		if (strncmp(entry, variables[i].name, n) == 0 && entry[n] == '=')
			return &variables[i];
	}
	return NULL;
}

bool config_is_secret(const char *entry)
{
	const struct variable *v = variable_of(entry);
	return v != NULL && (v->form == TOKEN || v->form == RECEIVER);
}

/* Kubernetes tells every container of every service in its namespace: one called `gh` or `update` is not meant for us.
 */
static bool is_service_link(const char *entry, const char *value)
{
	static const char *const marks[] = {"_SERVICE_HOST", "_SERVICE_PORT", "_PORT"};
	for (size_t i = 0; i < COUNT(marks); i++) {
		const char *mark = strstr(entry, marks[i]);
		if (mark != NULL && mark < value)
			return true;
	}
	return false;
}

static bool is_meant_for_us(const char *entry, const char *value)
{
	return (strncmp(entry, "GH_", 3) == 0 || strncmp(entry, "UPDATE_", 7) == 0) && !is_service_link(entry, value);
}

static void read_entry(struct config *c, const char *entry)
{
	const struct variable *v = variable_of(entry);
	const char *value = strchr(entry, '=');
	if (v == NULL) {
		if (value != NULL && is_meant_for_us(entry, value))
			fault(c, "%.*s: no variable of this name is known (moult(1) and updater(8) list them)",
			      (int)(value - entry), entry);
		return;
	}
	value++;
	/* GH_USER= and GH_REPO= are how people say "not set" in compose files; VERBOSE= is a no. */
	if (value[0] != '\0')
		set(c, v, value);
	else if (v->form != NAME && v->form != SWITCH)
		fault(c, "%s: is set but empty; give it a value or do not set it", v->name);
}

/* The secret called name, in a file where it is not in the environment. wrong: its form. */
static void read_secret_file(struct config *c, const char *name, const char *file, char secret[CONFIG_TEXT],
			     const char *(*wrong)(const char *))
{
	if (file[0] == '\0')
		return;
	if (secret[0] != '\0') {
		fault(c, "%s and %s_FILE are both set; set one", name, name);
		return;
	}
	ssize_t n = io_read_line(AT_FDCWD, file, secret, CONFIG_TEXT);
	if (n == -1)
		fault(c, "%s_FILE=%s: %s", name, file, strerror(errno));
	else if (n == 0)
		fault(c, "%s_FILE=%s: its first line is empty", name, file);
	else if (wrong(secret) != NULL)
		fault(c, "%s_FILE=%s: its first line has to be %s", name, file, wrong(secret));
}

static void read_keyring(struct config *c)
{
	char about[CONFIG_TEXT + 20];
	const char *wrong = keyring_read(&c->keyring, c->verify, c->key, c->key_files, about, sizeof(about));
	if (wrong != NULL)
		fault(c, "%s: %s", about, wrong);
}

/* Well-known hosts say what they are; any other one is taken for GitHub Enterprise unless GH_FORGE says otherwise. */
static void settle_forge(struct config *c)
{
	static const struct {
		const char *url;
		enum config_forge forge;
	} known[] = {
		{"https://gitlab.com", CONFIG_GITLAB},
		{"https://codeberg.org", CONFIG_GITEA},
		{"https://gitea.com", CONFIG_GITEA},
	};
	for (size_t i = 0; i < COUNT(known) && !c->forge_told; i++)
		if (strcmp(c->url, known[i].url) == 0)
			c->forge = known[i].forge;
	if (!c->forge_told && form_is_local(c->url))
		c->forge = CONFIG_DIRECTORY;
	if (c->forge != CONFIG_DIRECTORY && form_is_local(c->url))
		fault(c, "GH_URL=%.100s: a directory of this machine goes with GH_FORGE=directory only", c->url);
	if (c->forge == CONFIG_DIRECTORY && c->api[0] != '\0')
		fault(c, "GH_API=%.100s: a directory has no API; set GH_URL only", c->api);
	if (form_is_local(c->api))
		fault(c, "GH_API=%.100s: has to be a URL that starts with https:// or http://", c->api);
	if (strchr(c->repo, '/') != NULL)
		fault(c, "GH_REPO=%.100s: has to be one name; groups belong into GH_USER", c->repo);
	if (c->forge != CONFIG_GITLAB && strchr(c->user, '/') != NULL)
		fault(c, "GH_USER=%.100s: has to be one name (only GH_FORGE=gitlab has groups in groups)", c->user);
}

static void settle_api(struct config *c)
{
	static const char *const below[] = {[CONFIG_GITHUB] = "/api/v3",
					    [CONFIG_GITEA] = "/api/v1",
					    [CONFIG_GITLAB] = "/api/v4",
					    [CONFIG_DIRECTORY] = ""};
	bool github = strcmp(c->url, "https://github.com") == 0 && c->forge == CONFIG_GITHUB;
	if (c->api[0] != '\0')
		return;
	if (text_format(c->api, sizeof(c->api), "%s%s", github ? "https://api.github.com" : c->url,
			github ? "" : below[c->forge]) == -1)
		fault(c, "GH_URL is too long; set GH_API as well");
}

/* A branch has no releases: what goes by their names, ages and checksums means nothing there. */
static void settle_branch(struct config *c)
{
	if (c->channel.kind != CHANNEL_BRANCH)
		return;
	if (c->pin.count > 0)
		fault(c, "GH_PIN: a branch has no versions; unset it, or GH_CHANNEL");
	if (c->min_age > 0)
		fault(c, "UPDATE_MIN_AGE: nobody says how old a commit is; unset it, or GH_CHANNEL");
	if (c->forge == CONFIG_DIRECTORY)
		fault(c, "GH_CHANNEL=branch:%s: a directory has no branches", c->channel.branch);
	if (c->asset[0] != '\0')
		fault(c, "GH_ASSET: a branch has no assets; BUILD_OUT says what is taken of a build");
	if (c->keyring.keys.count > 0 || (c->keyring.named && c->keyring.least > TRUST_NONE))
		fault(c, "UPDATE_KEY, UPDATE_VERIFY: nothing vouches for what is built; unset them, or GH_CHANNEL");
}

static void settle(struct config *c)
{
	settle_forge(c);
	settle_branch(c);
	settle_api(c);
	c->url_http = strncmp(c->url, "http://", 7) == 0;
	c->api_http = strncmp(c->api, "http://", 7) == 0;
	bool stable = c->channel.kind == CHANNEL_STABLE || c->channel.kind == CHANNEL_BRANCH;
	uint64_t least = stable ? SLEEP_MIN_WITHOUT_TOKEN : SLEEP_MIN_FOR_PRERELEASES;
	if (c->sleep < least && c->token[0] == '\0' && !form_is_loopback(c->url) && !form_is_local(c->url))
		fault(c, "SLEEP=%llu: has to be at least %llu seconds %swithout GH_TOKEN or GH_TOKEN_FILE",
		      (unsigned long long)c->sleep, (unsigned long long)least,
		      stable ? "" : "with this GH_CHANNEL and ");
	if (c->standing == CONFIG_READY && (c->user[0] == '\0' || c->repo[0] == '\0'))
		c->standing = CONFIG_UNSET;
}

void config_read(char *const *environment, struct config *c)
{
	*c = (struct config){.standing = CONFIG_READY};
	for (size_t i = 0; i < COUNT(variables); i++)
		if (variables[i].standard[0] != '\0')
			set(c, &variables[i], variables[i].standard);
	for (size_t i = 0; environment[i] != NULL; i++)
		read_entry(c, environment[i]);
	read_secret_file(c, "GH_TOKEN", c->token_file, c->token, form_token);
	read_secret_file(c, "NOTIFY_URL", c->notify_url_file, c->notify_url, form_receiver);
	read_secret_file(c, "NOTIFY_TOKEN", c->notify_token_file, c->notify_token, form_token);
	read_keyring(c);
	settle(c);
}
