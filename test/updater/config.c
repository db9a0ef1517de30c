#include "test/unit.h"
#include "updater/config.h"
#include "updater/form.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define READ(config, ...) config_read((char *[]){__VA_ARGS__, NULL}, config)
#define SOURCE "GH_USER=me", "GH_REPO=app"

static struct config c;

static void expect_fault(const char *about)
{
	assert_int_equal(c.standing, CONFIG_WRONG);
	assert_true(c.nfaults > 0);
	if (strstr(c.faults[0], about) == NULL)
		print_error("%s\n", c.faults[0]);
	assert_non_null(strstr(c.faults[0], about));
}

static void standard_values(void **state)
{
	(void)state;
	READ(&c, SOURCE, "HOME=/", "PATH=/bin", "GITHUB_TOKEN=x");
	assert_int_equal(c.standing, CONFIG_READY);
	assert_string_equal(c.url, "https://github.com");
	assert_string_equal(c.api, "https://api.github.com");
	assert_int_equal(c.sleep, 300);
	assert_int_equal(c.stop_wait, 7);
	assert_int_equal(c.ready, 60);
	assert_int_equal(c.probation, 60);
	assert_int_equal(c.keep, 3);
	assert_int_equal(c.channel.kind, CHANNEL_STABLE);
	assert_int_equal(c.pin.count, 0);
	assert_int_equal(c.min_age, 0);
	assert_int_equal(c.mode, CONFIG_RESTART);
	assert_string_equal(c.state_dir, "/var/lib/moult");
	assert_string_equal(c.run_dir, "/run/moult");
	assert_string_equal(c.app_service, "app");
	assert_string_equal(c.profile_dir, "/etc/moult/profiles");
	assert_string_equal(c.svdir, "/service");
	assert_int_equal(c.hook_timeout, 60);
	assert_false(c.verbose);
}

static void without_a_source(void **state)
{
	(void)state;
	READ(&c, "GH_USER=me");
	assert_int_equal(c.standing, CONFIG_UNSET);
	READ(&c, "GH_USER=", "GH_REPO=app");
	assert_int_equal(c.standing, CONFIG_UNSET);
	READ(&c, "GH_USER=me", "SLEEP=soon");
	expect_fault("SLEEP=soon");
}

static void takes_what_is_right(void **state)
{
	(void)state;
	READ(&c, SOURCE, "SLEEP=5m", "SVWAIT=30", "VERBOSE=1", "GH_URL=https://ghe.example/", "UPDATE_MODE=check",
	     "UPDATE_KEEP=0", "GH_ASSET=app_{version}_{arch}.tar.gz", "LOG_FORMAT=json", "UPDATE_PROBATION=2h",
	     "SSL_CERT_FILE=/etc/ca.pem", "GH_MIRRORS=https://a.example, http://b.example/gh", "STATE_DIR=/data",
	     "RUN_DIR=@moult");
	assert_int_equal(c.standing, CONFIG_READY);
	assert_int_equal(c.sleep, 300);
	assert_int_equal(c.stop_wait, 30);
	assert_int_equal(c.probation, 7200);
	assert_string_equal(c.url, "https://ghe.example");
	assert_string_equal(c.mirrors, "https://a.example, http://b.example/gh");
	assert_string_equal(c.api, "https://ghe.example/api/v3");
	assert_int_equal(c.mode, CONFIG_CHECK);
	assert_int_equal(c.keep, 0);
	assert_true(c.verbose);
	assert_true(c.log_json);
	assert_false(c.url_http);
	assert_int_equal(c.forge, CONFIG_GITHUB);
	READ(&c, SOURCE, "GH_URL=http://127.0.0.1:8000", "SLEEP=2", "VERBOSE=", "LOG_FORMAT=prefix");
	assert_int_equal(c.standing, CONFIG_READY);
	assert_false(c.log_json);
	assert_true(c.url_http);
	assert_false(c.verbose);
}

static void takes_a_policy(void **state)
{
	(void)state;
	READ(&c, SOURCE, "GH_PIN=>=2 <3", "GH_CHANNEL=-beta", "UPDATE_SKIP=v2.1.0, v2.1.1", "UPDATE_MIN_AGE=3d");
	assert_int_equal(c.standing, CONFIG_READY);
	assert_int_equal(c.pin.count, 2);
	assert_string_equal(c.pin.text, ">=2 <3");
	assert_int_equal(c.channel.kind, CHANNEL_SUFFIX);
	assert_string_equal(c.channel.word, "beta");
	assert_string_equal(c.skip, "v2.1.0, v2.1.1");
	assert_int_equal(c.min_age, 259200);
	READ(&c, SOURCE, "UPDATE_WINDOW=Mon-Fri 02:00-05:00 CET-1CEST,M3.5.0,M10.5.0/3; Sat 01:00-06:00");
	assert_int_equal(c.standing, CONFIG_READY);
	assert_int_equal(c.window.count, 2);
	assert_string_equal(c.window.zone, "CET-1CEST,M3.5.0,M10.5.0/3");
	/* each look for prereleases is one of the forge's 60 requests an hour */
	READ(&c, SOURCE, "SLEEP=299", "GH_CHANNEL=prerelease");
	expect_fault("SLEEP=299: has to be at least 300 seconds with this GH_CHANNEL and without GH_TOKEN");
	READ(&c, SOURCE, "SLEEP=60", "GH_CHANNEL=prerelease", "GH_TOKEN=x");
	assert_int_equal(c.standing, CONFIG_READY);
}

#define KEY "RWTUPF8yUJrGjwiDVRg4YrHs5EQoJ/8XsmE9TgXjyGU3XWf2062XeXtF"

static void write_key(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	fclose(f);
}

static void takes_keys(void **state)
{
	static const char pem[] = "-----BEGIN PUBLIC KEY-----\n"
				  "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMX64IS0bbyvluWYMlSTZBO5TKxaA\n"
				  "OFL0ImvBNxDC/2+MaFLX1ZmD/VwEaq54vAKPunsn0SGtNlA0hU1dUafWsg==\n"
				  "-----END PUBLIC KEY-----\n";
	char first[] = "/tmp/moult-key-XXXXXX", second[] = "/tmp/moult-key-XXXXXX", variable[100];
	(void)state;
	close(mkstemp(first));
	close(mkstemp(second));
	write_key(first, "untrusted comment: minisign public key 8FC69A50325F3CD4\n" KEY "\n");
	write_key(second, pem);
	READ(&c, SOURCE, "UPDATE_KEY=" KEY);
	assert_int_equal(c.standing, CONFIG_READY);
	assert_int_equal(c.keyring.keys.count, 1);
	assert_false(c.keyring.named);
	snprintf(variable, sizeof(variable), "UPDATE_KEY_FILE=%s:%s", first, second);
	READ(&c, SOURCE, "UPDATE_KEY=" KEY, variable, "UPDATE_VERIFY=signature");
	assert_int_equal(c.standing, CONFIG_READY);
	assert_int_equal(c.keyring.keys.count, 3);
	assert_string_equal(c.keyring.keys.keys[0].id, "8FC69A50325F3CD4");
	assert_string_equal(c.keyring.keys.keys[2].id, "6fdec13096ca6c38");
	assert_true(c.keyring.named && c.keyring.least == TRUST_SIGNATURE);
	READ(&c, SOURCE, "UPDATE_VERIFY=none");
	assert_int_equal(c.standing, CONFIG_READY);
	assert_true(c.keyring.named && c.keyring.least == TRUST_NONE && c.keyring.keys.count == 0);
	snprintf(variable, sizeof(variable), "UPDATE_KEY_FILE=%s:", first);
	READ(&c, SOURCE, variable);
	expect_fault("UPDATE_KEY_FILE=: is no absolute path");
	write_key(second, "");
	snprintf(variable, sizeof(variable), "UPDATE_KEY_FILE=%s", second);
	READ(&c, SOURCE, variable);
	expect_fault("holds no key");
	unlink(first);
	unlink(second);
}

static void knows_forges(void **state)
{
	static const struct {
		const char *url, *forge, *word, *api;
	} table[] = {
		{"GH_URL=https://github.com", "A=", "github", "https://api.github.com"},
		{"GH_URL=https://gitlab.com/", "A=", "gitlab", "https://gitlab.com/api/v4"},
		{"GH_URL=https://codeberg.org", "A=", "gitea", "https://codeberg.org/api/v1"},
		{"GH_URL=https://gitea.com", "A=", "gitea", "https://gitea.com/api/v1"},
		{"GH_URL=https://git.example", "A=", "github", "https://git.example/api/v3"},
		{"GH_URL=https://git.example", "GH_FORGE=gitea", "gitea", "https://git.example/api/v1"},
		{"GH_URL=https://git.example/lab", "GH_FORGE=gitlab", "gitlab", "https://git.example/lab/api/v4"},
		{"GH_URL=https://gitlab.com", "GH_FORGE=gitea", "gitea", "https://gitlab.com/api/v1"},
		{"GH_URL=https://dl.example/x/", "GH_FORGE=directory", "directory", "https://dl.example/x"},
		{"GH_URL=file:///srv/releases/", "A=", "directory", "file:///srv/releases"},
		{"GH_URL=file:///srv/releases", "GH_FORGE=directory", "directory", "file:///srv/releases"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		READ(&c, SOURCE, (char *)table[i].url, (char *)table[i].forge);
		print_message("%s %s\n", table[i].url, table[i].forge);
		assert_int_equal(c.standing, CONFIG_READY);
		assert_string_equal(config_forge_word(&c), table[i].word);
		assert_string_equal(c.api, table[i].api);
	}
	READ(&c, "GH_USER=big/small", "GH_REPO=app", "GH_FORGE=gitlab", "GH_URL=https://git.example");
	assert_int_equal(c.standing, CONFIG_READY);
	READ(&c, SOURCE, "SLEEP=5", "GH_URL=file:///srv/releases"); /* nobody else's allowance */
	assert_int_equal(c.standing, CONFIG_READY);
}

static void refuses_what_is_wrong(void **state)
{
	static const char *const table[][2] = {
		{"SLEEP=0", "SLEEP=0: has to be seconds (or 5m, 1h, 1d) from 1 to 604800"},
		{"SLEEP=", "SLEEP: is set but empty"},
		{"SLEEP=60x", "SLEEP=60x"},
		{"SLEEP=-60", "SLEEP=-60"},
		{"SLEEP=99999999999999999999", "SLEEP=99999999999999999999"},
		{"SLEEP=59", "at least 60 seconds without GH_TOKEN"},
		{"SVWAIT=0", "SVWAIT=0"},
		{"SVWAIT=forever", "SVWAIT=forever"},
		{"GH_URL=github.com", "GH_URL=github.com"},
		{"GH_URL=ftp://x", "GH_URL=ftp://x"},
		{"GH_URL=https://me:secret@x", "without user name"},
		{"GH_API=file:///etc", "GH_API=file:///etc: has to be a URL that starts with https://"},
		{"GH_URL=file:///", "GH_URL=file:///"},
		{"GH_URL=file:///a%20b", "without '%'"},
		{"GH_URL=file://host/x", "GH_URL=file://host/x"},
		{"GH_FORGE=svn", "GH_FORGE=svn: has to be github, gitea"},
		{"GH_FORGE=", "GH_FORGE: is set but empty"},
		{"GH_MIRRORS=m.example", "GH_MIRRORS=m.example: has to be URLs that start with https://"},
		{"GH_MIRRORS=https://u:p@m.example", "without user name"},
		{"GH_MIRRORS=", "GH_MIRRORS: is set but empty"},
		{"GH_ASSET=../x", "GH_ASSET"},
		{"GH_TOKEN=a b", "GH_TOKEN: is not"},
		{"GH_TOKEN_FILE=/does/not/exist", "GH_TOKEN_FILE=/does/not/exist: No such file"},
		{"GH_CHANNEL=beta", "GH_CHANNEL=beta: has to be stable, prerelease, a suffix"},
		{"GH_CHANNEL=branch:a..b", "or branch: and the name of a branch"},
		{"BUILD_MEMORY=lots", "BUILD_MEMORY=lots: has to be bytes (or 512M, 4G)"},
		{"BUILD_OUT=../x", "BUILD_OUT=../x: has to be a path below the sources"},
		{"GH_PIN=^1 latest", "GH_PIN=^1 latest: 'latest' is no version"},
		{"GH_PIN=", "GH_PIN: is set but empty"},
		{"UPDATE_SKIP=v1,../x", "UPDATE_SKIP=v1,../x: the tag '../x' starts with"},
		{"UPDATE_WINDOW=at night", "UPDATE_WINDOW=at night: 'at night' is no span of time"},
		{"UPDATE_WINDOW=02:00-05:00 Europe/Nowhere",
		 "the time zone 'Europe/Nowhere' is not known here; install tzdata"},
		{"UPDATE_MIN_AGE=soon", "UPDATE_MIN_AGE=soon: has to be seconds"},
		{"UPDATE_MIN_AGE=366d", "UPDATE_MIN_AGE=366d"},
		{"UPDATE_VERIFY=yes", "UPDATE_VERIFY=yes: has to be none, digest, checksums or signature"},
		{"UPDATE_VERIFY=signature", "UPDATE_VERIFY=signature: needs a key in UPDATE_KEY or UPDATE_KEY_FILE"},
		{"UPDATE_KEY=hello", "UPDATE_KEY: holds something that is no key"},
		{"UPDATE_KEY=RWRTY0IyAAAA", "UPDATE_KEY: holds a secret key of minisign"},
		{"UPDATE_KEY=", "UPDATE_KEY: is set but empty"},
		{"UPDATE_KEY_FILE=/does/not/exist", "UPDATE_KEY_FILE=/does/not/exist: No such file"},
		{"UPDATE_KEY_FILE=key.pub", "UPDATE_KEY_FILE=key.pub: is no absolute path"},
		{"UPDATE_KEY_FILE=/dev/null", "UPDATE_KEY_FILE=/dev/null: Invalid argument"},
		{"UPDATE_MODE=yes", "restart, check or off"},
		{"UPDATE_KEEP=101", "UPDATE_KEEP=101"},
		{"UPDATE_HOOK_TIMEOUT=0", "UPDATE_HOOK_TIMEOUT=0: has to be seconds (or 5m, 1h, 1d) from 1 to 3600"},
		{"NOTIFY_URL=ftp://x/hush", "NOTIFY_URL: is not a URL that starts with https://"},
		{"NOTIFY_URL=https://me:hush@x", "NOTIFY_URL: is not"},
		{"NOTIFY_URL=https://", "NOTIFY_URL: is not"},
		{"NOTIFY_URL=https:///hush", "NOTIFY_URL: is not"},
		{"NOTIFY_URL=https://x/hush#x", "NOTIFY_URL: is not"},
		{"NOTIFY_TOKEN=hush hush", "NOTIFY_TOKEN: is not printable"},
		{"NOTIFY_TOKEN_FILE=/does/not/exist", "NOTIFY_TOKEN_FILE=/does/not/exist: No such file"},
		{"SVDIR=service", "SVDIR=service: has to be an absolute path"},
		{"LOG_FORMAT=xml", "text, prefix or json"},
		{"STATE_DIR=data", "STATE_DIR=data: has to be an absolute path"},
		{"APP_SERVICE=a/b", "APP_SERVICE"},
		{"PROFILE_DIR=profiles", "PROFILE_DIR=profiles: has to be an absolute path"},
		{"GH_CHANEL=beta", "GH_CHANEL: no variable of this name"},
		{"UPDATE_WHEN=now", "UPDATE_WHEN: no variable of this name"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		READ(&c, SOURCE, (char *)table[i][0]);
		expect_fault(table[i][1]);
		assert_null(strstr(c.faults[0], "hush"));
		assert_true(c.sleep >= 1); /* every field is usable still */
		assert_string_equal(c.app_service, "app");
	}
	READ(&c, SOURCE, "GH_SERVICE_HOST=10.0.0.1", "GH_PORT_80_TCP_ADDR=10.0.0.1", "UPDATE_PORT=tcp://10.0.0.1:80");
	assert_int_equal(c.standing, CONFIG_READY);
	READ(&c, SOURCE, "GH_WHAT=X_PORT");
	expect_fault("GH_WHAT: no variable of this name");
	READ(&c, SOURCE, "GH_URL=file:///srv", "GH_FORGE=gitlab");
	expect_fault("GH_FORGE=directory only");
	READ(&c, SOURCE, "GH_URL=file:///srv", "GH_API=https://x");
	expect_fault("a directory has no API");
	READ(&c, "GH_USER=big/small", "GH_REPO=app");
	expect_fault("GH_USER=big/small: has to be one name");
	READ(&c, "GH_USER=big//small", "GH_REPO=app", "GH_FORGE=gitlab");
	expect_fault("GH_USER=big//small");
	READ(&c, "GH_USER=big", "GH_REPO=small/app", "GH_FORGE=gitlab");
	expect_fault("GH_REPO=small/app: has to be one name");
	READ(&c, "GH_USER=../x", "GH_REPO=app");
	expect_fault("GH_USER=../x");
	READ(&c, "GH_USER=me", "GH_REPO=a/b");
	expect_fault("GH_REPO=a/b: has to be one name");
}

static void never_shows_the_token(void **state)
{
	(void)state;
	READ(&c, SOURCE, "GH_TOKEN=ghp_secret secret");
	assert_int_equal(c.standing, CONFIG_WRONG);
	assert_null(strstr(c.faults[0], "secret"));
}

static void knows_what_is_secret(void **state)
{
	(void)state;
	assert_true(config_is_secret("GH_TOKEN=x"));
	assert_true(config_is_secret("NOTIFY_URL=x"));
	assert_true(config_is_secret("NOTIFY_TOKEN=x"));
	assert_false(config_is_secret("GH_TOKEN_FILE=/run/token"));
	assert_false(config_is_secret("GH_TOKENS=x"));
	assert_false(config_is_secret("DATABASE_URL=x"));
}

static void reads_the_token_file(void **state)
{
	char path[] = "/tmp/moult-config-XXXXXX", variable[64];
	int fd = mkstemp(path);
	(void)state;
	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, "ghp_x\n", 6), 6);
	close(fd);
	snprintf(variable, sizeof(variable), "GH_TOKEN_FILE=%s", path);
	READ(&c, SOURCE, variable, "SLEEP=10"); /* with a token more often */
	assert_int_equal(c.standing, CONFIG_READY);
	assert_string_equal(c.token, "ghp_x");
	READ(&c, SOURCE, variable, "GH_TOKEN=y");
	expect_fault("both set");
	unlink(path);
}

static void reads_the_receiver_s_file(void **state)
{
	char path[] = "/tmp/moult-config-XXXXXX", variable[64];
	int fd = mkstemp(path);
	(void)state;
	assert_int_not_equal(fd, -1);
	snprintf(variable, sizeof(variable), "NOTIFY_URL_FILE=%s", path);
	READ(&c, SOURCE, variable);
	expect_fault("its first line is empty");
	assert_int_equal(write(fd, "hush\n", 5), 5);
	READ(&c, SOURCE, variable);
	expect_fault("its first line has to be a URL that starts with https://");
	assert_null(strstr(c.faults[0], "hush"));
	assert_int_equal(pwrite(fd, "https://x/hush\n", 15, 0), 15);
	close(fd);
	READ(&c, SOURCE, variable);
	assert_int_equal(c.standing, CONFIG_READY);
	assert_string_equal(c.notify_url, "https://x/hush");
	READ(&c, SOURCE, variable, "NOTIFY_URL=https://y");
	expect_fault("both set");
	unlink(path);
}

static void counts_more_faults_than_it_keeps(void **state)
{
	(void)state;
	READ(&c, "GH_A=1", "GH_B=1", "GH_C=1", "GH_D=1", "GH_E=1", "GH_F=1", "GH_G=1", "GH_H=1", "GH_I=1", "GH_J=1");
	assert_int_equal(c.standing, CONFIG_WRONG);
	assert_int_equal(c.nfaults, CONFIG_FAULTS);
}

static void knows_loopback(void **state)
{
	static const char *const yes[] = {"http://127.0.0.1:80", "https://localhost", "http://[::1]:8/x",
					  "http://127.1.2.3/"};
	static const char *const no[] = {"https://github.com", "http://127.0.0.1.evil.example", "http://localhost.evil",
					 "x", "http://127.evil"};
	(void)state;
	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		assert_true(form_is_loopback(yes[i]));
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		assert_false(form_is_loopback(no[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(standard_values),
		cmocka_unit_test(without_a_source),
		cmocka_unit_test(takes_what_is_right),
		cmocka_unit_test(takes_a_policy),
		cmocka_unit_test(knows_forges),
		cmocka_unit_test(refuses_what_is_wrong),
		cmocka_unit_test(never_shows_the_token),
		cmocka_unit_test(knows_what_is_secret),
		cmocka_unit_test(reads_the_token_file),
		cmocka_unit_test(reads_the_receiver_s_file),
		cmocka_unit_test(counts_more_faults_than_it_keeps),
		cmocka_unit_test(takes_keys),
		cmocka_unit_test(knows_loopback),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
