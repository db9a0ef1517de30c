#include "svc/sv_state.h"

#include <string.h>
#include "test/unit.h"

/* The packet with these lines, as sv status would show it. */
static const char *line_of(const char *more)
{
	static char buf[256];
	struct sv_state state;
	struct text t;
	struct wire w;

	wire_begin(&w);
	text_addf(&w.text, "service=app\nlog=none\n%s\n", more);
	assert_int_equal(sv_state_read(&w, &state), 0);
	text_begin(&t, buf, sizeof buf);
	sv_state_line(&state, "app", &t);
	assert_true(text_whole(&t));
	return buf;
}

static void each_state_has_runit_s_word(void **unused)
{
	static const struct {
		const char *packet, *line;
	} cases[] = {
		{"state=down\nwant=down\ndown=1", "down: app: 0s"},
		{"state=down\nwant=down\nfor=5", "down: app: 5s, normally up"},
		{"state=wait\nwant=up", "down: app: 0s, normally up, want up"},
		{"state=backoff\nwant=up\ndown=1", "down: app: 0s, want up"},
		{"state=failed\nwant=down", "down: app: 0s, normally up"},
		{"state=run\nwant=up\npid=7\nready=1\nfor=70", "run: app: (pid 7) 70s"},
		{"state=run\nwant=once\npid=7\nready=1\ndown=1", "run: app: (pid 7) 0s, normally down, want down"},
		{"state=run\nwant=up\npid=7", "run: app: (pid 7) 0s, not ready"},
		{"state=run\nwant=up\npid=7\npaused=1\nterm=1", "run: app: (pid 7) 0s, paused, got TERM, not ready"},
		{"state=stopping\nwant=exit\npid=7\nterm=1", "run: app: (pid 7) 0s, want down, got TERM"},
		{"state=finish\nwant=up\npid=8", "finish: app: (pid 8) 0s"},
		{"state=finish\nwant=down\npid=8", "finish: app: (pid 8) 0s, want down"},
		{"state=linger\nwant=up\npid=0", "finish: app: (pid 0) 0s"},
		{"state=linger\nwant=down\npid=7\nterm=1", "finish: app: (pid 7) 0s, want down, got TERM"},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_string_equal(line_of(cases[i].packet), cases[i].line);
}

static void what_is_no_status_is_refused(void **unused)
{
	static const char *const packets[] = {"", "ok", "service=a\nstate=run\nwant=up\n",
					      "service=a\nstate=run\nlog=none\n",
					      "service=a\nstate=much-too-long-a-word\nwant=up\nlog=none\n"};
	struct sv_state state;
	struct wire w;

	(void)unused;
	for (size_t i = 0; i < sizeof packets / sizeof packets[0]; i++) {
		wire_begin(&w);
		text_add(&w.text, packets[i]);
		assert_int_equal(sv_state_read(&w, &state), -1);
	}
}

static void json_says_what_the_line_cannot(void **unused)
{
	char buf[512];
	struct sv_state state = {
		.service = "app", .state = "down", .want = "once", .log = "none", .deaths = 1, .code = 3};
	struct text t;

	(void)unused;
	state.died = true;
	text_begin(&t, buf, sizeof buf);
	sv_state_json(&state, &t);
	assert_string_equal(buf, "{\"service\":\"app\",\"state\":\"down\",\"want\":\"once\",\"pid\":0,\"seconds\":0,"
				 "\"ready\":false,\"paused\":false,\"deaths\":1,\"code\":3,\"signal\":0,"
				 "\"normally\":\"up\",\"log\":\"none\"}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_state_has_runit_s_word),
		cmocka_unit_test(what_is_no_status_is_refused),
		cmocka_unit_test(json_says_what_the_line_cannot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
