#include "test/unit.h"
#include "updater/message.h"

#include <stdbool.h>
#include <string.h>

static char out[8192];

static struct message sample(enum message_event event)
{
	return (struct message){.event = event,
				.repo = "me/demo",
				.host = "box",
				.from = "v1.0.0",
				.to = "v1.1.0",
				.reason = "it died: exit code 1",
				.when = 1700000000};
}

static const char *sentence(struct message m)
{
	struct text t;
	text_begin(&t, out, sizeof(out));
	message_sentence(&m, &t);
	return out;
}

static const char *json(struct message m)
{
	struct text t;
	text_begin(&t, out, sizeof(out));
	message_json(&m, &t);
	assert_true(text_whole(&t));
	return out;
}

static void says_each_event_in_a_sentence(void **state)
{
	struct message m = sample(MESSAGE_FOUND);
	(void)state;
	assert_string_equal(sentence(m), "me/demo on box: v1.1.0 is there: it died: exit code 1");
	m.reason = "";
	assert_string_equal(sentence(m), "me/demo on box: v1.1.0 is there");
	assert_string_equal(sentence(sample(MESSAGE_INSTALLED)), "me/demo on box: v1.1.0 is in place of v1.0.0");
	m = sample(MESSAGE_INSTALLED);
	m.from = "";
	assert_string_equal(sentence(m), "me/demo on box: v1.1.0 is in place");
	assert_string_equal(sentence(sample(MESSAGE_FAILED)), "me/demo on box: v1.1.0 failed: it died: exit code 1");
	m = sample(MESSAGE_FAILED);
	m.to = "";
	assert_string_equal(sentence(m), "me/demo on box: the look for releases failed: it died: exit code 1");
	assert_string_equal(sentence(sample(MESSAGE_ROLLED_BACK)),
			    "me/demo on box: back from v1.0.0 to v1.1.0: it died: exit code 1");
}

static void is_one_object(void **state)
{
	(void)state;
	assert_string_equal(json(sample(MESSAGE_ROLLED_BACK)),
			    "{\"event\":\"rolled-back\",\"repo\":\"me/demo\",\"from\":\"v1.0.0\",\"to\":\"v1.1.0\","
			    "\"reason\":\"it died: exit code 1\",\"host\":\"box\",\"time\":\"2023-11-14T22:13:20Z\","
			    "\"version\":\"" VERSION "\","
			    "\"text\":\"me/demo on box: back from v1.0.0 to v1.1.0: it died: exit code 1\","
			    "\"content\":\"me/demo on box: back from v1.0.0 to v1.1.0: it died: exit code 1\"}");
}

/* A file name of a release may speak to a whole chat room, or break what parses it. */
static void foreign_words_stay_words(void **state)
{
	struct message m = sample(MESSAGE_FAILED);
	(void)state;
	m.reason = "<!channel> @everyone & \"q\" \\ \n\t\xff\xc3\xa9";
	assert_non_null(strstr(sentence(m), "failed: ?!channel? ?everyone ? \"q\" \\ ?????"));
	json(m);
	assert_non_null(strstr(out, "\"reason\":\"<!channel> @everyone & \\\"q\\\" \\\\ ?????\""));
	assert_non_null(strstr(out, "\"text\":\"me/demo on box: v1.1.0 failed: ?!channel? ?everyone"));
}

static void the_longest_fits(void **state)
{
	char tag[129], reason[300], host[256], repo[640];
	struct message m = sample(MESSAGE_ROLLED_BACK);
	(void)state;
	memset(tag, 'v', sizeof(tag));
	memset(reason, '"', sizeof(reason));
	memset(host, 'h', sizeof(host));
	memset(repo, 'r', sizeof(repo));
	tag[128] = reason[299] = host[255] = repo[639] = '\0';
	m.from = m.to = tag;
	m.reason = reason;
	m.host = host;
	m.repo = repo;
	json(m);
	assert_int_equal(out[strlen(out) - 1], '}');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_each_event_in_a_sentence),
		cmocka_unit_test(is_one_object),
		cmocka_unit_test(foreign_words_stay_words),
		cmocka_unit_test(the_longest_fits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
