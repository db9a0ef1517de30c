#include "test/updater/scratch.h"
#include "updater/disk/state.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DIGEST "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void write_file(const char *name, const char *text, size_t n)
{
	int fd = openat(scratch_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, text, n), (ssize_t)n);
	close(fd);
}

static struct state sample(void)
{
	struct state s = {.phase = STATE_PROBATION,
			  .reason = STATE_ASKED,
			  .from = "@baked",
			  .to = "v1.1.0",
			  .start = true,
			  .unwell = true,
			  .profile_from = "blue.0123456789abcdef",
			  .profile_to = "red.0123456789abcdef",
			  .tries = 2,
			  .hook_tries = 1,
			  .tag = "v1.1.0",
			  .asset = "app linux.tar.gz",
			  .digest = DIGEST,
			  .download_etag = "\"abc=def\"",
			  .list_etag = "W/\"x\"",
			  .seen = "v1.1.0",
			  .listed = 1700000000,
			  .told = "v1.1.0",
			  .failures = 3,
			  .paused_until = INT64_MAX,
			  .verified_of = "me/app",
			  .verified_tag = "v1.1.0",
			  .verified = TRUST_SIGNATURE,
			  .verified_by = "minisign 8FC69A50325F3CD4",
			  .floor = "build-9",
			  .floor_published = 1700000001};
	state_wait(&s, "github.com", 1700000060, 1700000000);
	state_wait(&s, "[::1]:8443", 1700000090, 1700000000);
	state_mark_bad(&s, "v1.0.5", DIGEST, "it died: exit code 1", 1700000001);
	state_mark_bad(&s, "v1.0.6", "", "unsafe\nentry", 1700000002);
	return s;
}

static void comes_back_as_it_was(void **state)
{
	struct state s = sample(), t = {0}; /* so that marks behind the last one stay so */
	const char *why;
	(void)state;
	assert_int_equal(state_load(scratch_fd, &t, &why), 0); /* none yet */
	assert_int_equal(t.phase, STATE_IDLE);
	assert_int_equal(state_save(scratch_fd, &s), 0);
	assert_int_equal(state_load(scratch_fd, &t, &why), 0);
	memcpy(s.bad[1].reason, "unsafe?entry", sizeof("unsafe?entry"));
	assert_memory_equal(&s, &t, sizeof(s));
	struct stat st;
	assert_int_equal(fstatat(scratch_fd, "state", &st, 0), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

/* The newest tag of the forge need not be one that is accepted here. */
static void any_tag_may_have_been_seen(void **state)
{
	struct state s = sample(), t;
	const char *why;
	(void)state;
	memcpy(s.seen, "@scope/app/../v9", sizeof("@scope/app/../v9"));
	assert_int_equal(state_save(scratch_fd, &s), 0);
	assert_int_equal(state_load(scratch_fd, &t, &why), 0);
	assert_string_equal(t.seen, s.seen);
}

/* Cut anywhere it is damaged, and said to be; never read as something else. */
static void every_truncation_is_noticed(void **state)
{
	struct state s = sample(), t;
	char text[20480];
	const char *why;
	(void)state;
	assert_int_equal(state_save(scratch_fd, &s), 0);
	int fd = openat(scratch_fd, "state", O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, text, sizeof(text));
	close(fd);
	assert_true(n > 100);
	for (ssize_t cut = 0; cut < n; cut++) {
		write_file("state", text, (size_t)cut);
		assert_int_equal(state_load(scratch_fd, &t, &why), 1);
		assert_int_equal(t.phase, STATE_IDLE);
		assert_int_equal(t.nbad, 0);
		assert_int_equal(faccessat(scratch_fd, "state", F_OK, 0), -1);
		assert_int_equal(faccessat(scratch_fd, "state.bad", F_OK, 0), 0);
	}
}

static void damage_is_set_aside(void **state)
{
	static const char *const texts[] = {
		"",
		"garbage",
		"moult-state 1\nphase=flying\nend\n",
		"moult-state 1\nphase=stop\nend\n", /* to nowhere */
		"moult-state 1\nphase=idle\nend\nmore",
		"moult-state 1\nto=../../etc\nend\n",
		"moult-state 1\nfrom=a/b\nend\n",
		"moult-state 1\nbad=v1 xyz 1 r\nend\n",
		"moult-state 1\nbad=../v1 - 1 r\nend\n",
		"moult-state 1\nbad=v1 - never r\nend\n",
		"moult-state 1\nbad=v1\nend\n",
		"moult-state 1\nfailures=-1\nend\n",
		"moult-state 1\nno-such-key=1\nend\n",
		"moult-state 1\nverified=perhaps\nend\n",
		"moult-state 1\nno value\nend\n",
		"moult-state 2\nend\n",
	};
	struct state t;
	const char *why;
	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		write_file("state", texts[i], strlen(texts[i]));
		assert_int_equal(state_load(scratch_fd, &t, &why), 1);
		assert_true(strlen(why) > 0);
	}
	write_file("state", "moult-state 1\0\nend\n", 19);
	assert_int_equal(state_load(scratch_fd, &t, &why), 1);
	assert_int_equal(mkdirat(scratch_fd, "state", 0700), 0);
	assert_int_equal(unlinkat(scratch_fd, "state.bad", 0), 0);
	assert_int_equal(state_load(scratch_fd, &t, &why), 1); /* not even a file */
}

static void the_oldest_mark_gives_way(void **state)
{
	struct state s = {0};
	char tag[32];
	(void)state;
	for (int i = 0; i < STATE_BAD_MAX + 3; i++) {
		snprintf(tag, sizeof(tag), "v1.0.%d", i);
		state_mark_bad(&s, tag, "", "r", i);
	}
	assert_int_equal(s.nbad, STATE_BAD_MAX);
	assert_null(state_bad(&s, "v1.0.2"));
	assert_non_null(state_bad(&s, "v1.0.3"));
	assert_non_null(state_bad(&s, "v1.0.34"));
	state_mark_bad(&s, "v1.0.10", "", "again", 99); /* replaced, not doubled */
	assert_int_equal(s.nbad, STATE_BAD_MAX);
	assert_string_equal(state_bad(&s, "v1.0.10")->reason, "again");
	assert_true(state_forgive(&s, "v1.0.10"));
	assert_false(state_forgive(&s, "v1.0.10"));
	assert_null(state_bad(&s, "v1.0.10"));
}

static void the_fullest_state_fits(void **state)
{
	struct state s = sample(), t = {0}; /* so that marks behind the last one stay so */
	char tag[VERSION_TAG_MAX + 1] = "", reason[300];
	const char *why;
	(void)state;
	memset(reason, 'r', sizeof(reason));
	reason[sizeof(reason) - 1] = '\0';
	for (int i = 0; i < STATE_BAD_MAX; i++) {
		memset(tag, 'a' + i % 26, sizeof(tag));
		tag[0] = (char)('A' + i % 26);
		tag[1] = (char)('0' + i / 26);
		tag[VERSION_TAG_MAX] = '\0';
		state_mark_bad(&s, tag, DIGEST, reason, 1700000000);
	}
	for (int i = 0; i < STATE_WAITS; i++) {
		memset(s.waits[i].host, 'a' + i, STATE_HOST - 1);
		s.waits[i].until = INT64_MAX;
	}
	s.nwaits = STATE_WAITS;
	char *const names[] = {s.from, s.to, s.tag, s.verified_tag, s.floor};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		memset(names[i], 'v', VERSION_TAG_MAX);
		names[i][VERSION_TAG_MAX] = '\0';
	}
	memset(s.asset, 'a', sizeof(s.asset) - 1);
	memset(s.download_etag, 'e', sizeof(s.download_etag) - 1);
	memset(s.list_etag, 'e', sizeof(s.list_etag) - 1);
	memset(s.seen, 's', sizeof(s.seen) - 1);
	memset(s.verified_of, 'o', sizeof(s.verified_of) - 1);
	memset(s.verified_by, 'b', sizeof(s.verified_by) - 1);
	assert_int_equal(state_save(scratch_fd, &s), 0);
	assert_int_equal(state_load(scratch_fd, &t, &why), 0);
	assert_memory_equal(&s, &t, sizeof(s));
}

static void waits_for_each_host(void **state)
{
	struct state s = {0};
	const int64_t now = 1700000000;
	char host[20];
	(void)state;
	state_wait(&s, "api.github.com", now + 600, now);
	assert_int_equal(state_not_before(&s, "api.github.com", now), now + 600);
	assert_int_equal(state_not_before(&s, "github.com", now), 0);
	assert_int_equal(state_not_before(&s, "api.github.com", now + 600), 0);
	assert_int_equal(state_not_before(&s, "api.github.com", now - 86400), 0); /* the clock went back */
	state_wait(&s, "api.github.com", now + 60, now);
	assert_int_equal(s.nwaits, 1);
	assert_int_equal(state_not_before(&s, "api.github.com", now), now + 60);
	state_wait(&s, "", now + 90, now); /* one whose name we could not keep: all of them */
	assert_int_equal(state_not_before(&s, "github.com", now), now + 90);
	assert_int_equal(state_not_before(&s, "api.github.com", now), now + 90);
	state_wait(&s, "x", now + 200, now + 100); /* what is over goes */
	assert_int_equal(s.nwaits, 1);
	for (int i = 0; i < 30; i++) {
		snprintf(host, sizeof(host), "m%d", i);
		state_wait(&s, host, now + 300 + i, now + 100);
	}
	assert_int_equal(s.nwaits, STATE_WAITS);
	assert_int_equal(state_not_before(&s, "m29", now + 100), now + 329);
	assert_int_equal(state_not_before(&s, "m0", now + 100), 0); /* it gave way */
	state_wait(&s, "m29", now, now + 100);
	assert_int_equal(s.nwaits, STATE_WAITS - 1);
}

/* As 0.2.0 wrote it, when there was one time for all hosts. */
static void reads_the_time_without_a_host(void **state)
{
	char text[] = "moult-state 1\nphase=idle\nnot-before=1700000060\nend\n";
	char none[] = "moult-state 1\nphase=idle\nnot-before=0\nend\n";
	char wrong[] = "moult-state 1\nwait=github.com soon\nend\n";
	struct state s;
	const char *why;
	(void)state;
	assert_true(state_parse(text, &s, &why));
	assert_int_equal(state_not_before(&s, "anybody", 1700000000), 1700000060);
	assert_true(state_parse(none, &s, &why));
	assert_int_equal(s.nwaits, 0);
	assert_false(state_parse(wrong, &s, &why));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waits_for_each_host),
		cmocka_unit_test(reads_the_time_without_a_host),
		IN_SCRATCH(comes_back_as_it_was),
		IN_SCRATCH(any_tag_may_have_been_seen),
		IN_SCRATCH(every_truncation_is_noticed),
		IN_SCRATCH(damage_is_set_aside),
		cmocka_unit_test(the_oldest_mark_gives_way),
		IN_SCRATCH(the_fullest_state_fits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
