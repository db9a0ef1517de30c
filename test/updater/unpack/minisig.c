#include "updater/unpack/minisig.h"

#include <string.h>
#include "test/unit.h"

#define FIRST "untrusted comment: signature from minisign secret key\n"
#define SECOND "RUTUPF8yUJrGj/WyKCePDC0BFsAJyCg3+dtf0HZDCP7rKKAfEqq76ant+adcDtKiSPpb9jauSxiumZuxI4/DK4miNX4PHImjJQA=\n"
#define SECOND_OLD                                                                                                     \
	"RWTUPF8yUJrGj2yZ+Scc/jrx7fqE2yfgwSq4ZnbXCwk4zJOwuQ35ssQVL7ibTjlkA8BBpLdWJEY2oR8cMBTwCVcdhV31goqmAQY=\n"
#define THIRD "trusted comment: repo:me/app tag:v1\n"
#define FOURTH "jhWxUJq83WMrgDU4fSMVQNbtV5bRP08j3iw0hTLvJOQfLPfDmDHWUa6e1VWIRqSMDafHfrZalAmRHunccfzVBg==\n"
#define OTHER_ALGORITHM "Zm" /* in place of the "RU" of SECOND */

static void as_minisign_writes_it(void **state)
{
	static const char *const texts[] = {
		FIRST SECOND THIRD FOURTH,
		"untrusted comment: \n" SECOND_OLD THIRD
		"jhWxUJq83WMrgDU4fSMVQNbtV5bRP08j3iw0hTLvJOQfLPfDmDHWUa6e1VWIRqSMDafHfrZalAmRHunccfzVBg==",
		"untrusted comment: x\r\n"
		"RUTUPF8yUJrGj/WyKCePDC0BFsAJyCg3+dtf0HZDCP7rKKAfEqq76ant+adcDtKiSPpb9jauSxiumZuxI4/"
		"DK4miNX4PHImjJQA=\r\n"
		"trusted comment: repo:me/app tag:v1\r\n"
		"jhWxUJq83WMrgDU4fSMVQNbtV5bRP08j3iw0hTLvJOQfLPfDmDHWUa6e1VWIRqSMDafHfrZalAmRHunccfzVBg==\r\n",
	};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		static struct minisig m;

		assert_null(minisig_read(texts[i], strlen(texts[i]), &m));
		assert_int_equal(m.hashed, i != 1);
		assert_string_equal(m.key_id, "8FC69A50325F3CD4");
		assert_string_equal(m.comment, "repo:me/app tag:v1");
		assert_int_equal(m.nbound, 64 + strlen("repo:me/app tag:v1"));
		assert_memory_equal(m.bound, m.signature, 64);
		assert_memory_equal(m.bound + 64, "repo:me/app tag:v1", 18);
	}
}

/* Each byte that is missing at the end leaves something that is said to be wrong; but for the last line's end. */
static void cut_off(void **state)
{
	static const char text[] = FIRST SECOND THIRD FOURTH;
	static struct minisig m;

	(void)state;
	for (size_t n = 0; n < sizeof text - 2; n++) {
		char cut[sizeof text];

		memcpy(cut, text, n);
		cut[n] = '\0';
		assert_non_null(minisig_read(cut, n, &m));
	}
}

static void refused(void **state)
{
	static const struct {
		const char *text, *says;
	} table[] = {
		{"", "empty"},
		{"\n", "untrusted"},
		{"<html>not found</html>\n", "untrusted"},
		{SECOND THIRD FOURTH, "untrusted"},
		{FIRST THIRD SECOND FOURTH, "second line"},
		{FIRST FOURTH THIRD FOURTH, "second line"},
		{FIRST SECOND FOURTH, "third line"},
		{FIRST SECOND FIRST FOURTH, "third line"},
		{FIRST SECOND THIRD, "fourth line"},
		{FIRST SECOND THIRD SECOND, "fourth line"},
		{FIRST SECOND THIRD FOURTH "\n", "goes on"},
		{FIRST SECOND THIRD FOURTH "x", "goes on"},
		{FIRST SECOND THIRD FOURTH FIRST SECOND THIRD FOURTH, "goes on"},
		{"\n" FIRST SECOND THIRD FOURTH, "untrusted"},
		{FIRST "\n" SECOND THIRD FOURTH, "second line"},
		{FIRST " " SECOND THIRD FOURTH, "second line"},
		{FIRST SECOND "trusted comment: a\033[2Jb\n" FOURTH, "third line"},
		{FIRST SECOND "trusted comment:tag:v1\n" FOURTH, "third line"},
		{"untrusted comment: \x7f\n" SECOND THIRD FOURTH, "untrusted"},
	};
	static struct minisig m;
	char other[] = FIRST SECOND THIRD FOURTH;

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		const char *wrong = minisig_read(table[i].text, strlen(table[i].text), &m);

		print_message("%s: %s\n", table[i].text, wrong ? wrong : "nothing");
		assert_non_null(wrong);
		assert_non_null(strstr(wrong, table[i].says));
	}
	memcpy(strstr(other, "RUTU"), OTHER_ALGORITHM, 2);
	assert_non_null(strstr(minisig_read(other, strlen(other), &m), "another algorithm"));
	memcpy(other, FIRST SECOND THIRD FOURTH, sizeof other);
	strstr(other, "repo:")[0] = '\0';
	assert_non_null(minisig_read(other, sizeof other - 1, &m));
}

static void long_comment(void **state)
{
	static char text[20000];
	static struct minisig m;
	size_t head = strlen(FIRST SECOND "trusted comment: ");

	(void)state;
	for (size_t extra = 0; extra < 2; extra++) {
		size_t n = MINISIG_COMMENT + extra;

		memcpy(text, FIRST SECOND "trusted comment: ", head);
		memset(text + head, 'a', n);
		memcpy(text + head + n, "\n" FOURTH, sizeof "\n" FOURTH);
		assert_int_equal(minisig_read(text, strlen(text), &m) != NULL, extra);
	}
}

static void what_it_is_about(void **state)
{
	static const struct {
		const char *comment, *other; /* NULL: it is about this one */
	} table[] = {
		{"", NULL},
		{"released by me", NULL},
		{"timestamp:1795658920\tfile:app.tgz\thashed", NULL},
		{"repo:me/app tag:v1.2.0", NULL},
		{"  repo:Me/APP   tag:v1.2.0  ", NULL},
		{"my-tag:v9 xfile:y Tag:v9", NULL},
		{"file:app.tgz tag:v1.2.0 repo:me/app tag:v1.2.0", NULL},
		{"timestamp:1\tfile:app-1.1.0.tgz\thashed", "file:app-1.1.0.tgz"},
		{"file:APP.tgz", "file:APP.tgz"},
		{"tag:v1.1.0", "tag:v1.1.0"},
		{"tag:v1.2.0 tag:v1.1.0", "tag:v1.1.0"},
		{"tag:V1.2.0", "tag:V1.2.0"},
		{"tag:1.2.0", "tag:1.2.0"},
		{"tag:v1.2.0-rc1", "tag:v1.2.0-rc1"},
		{"tag:", "tag:"},
		{"repo:me/other tag:v1.2.0", "repo:me/other"},
		{"repo:app", "repo:app"},
		{"repo:me/app/", "repo:me/app/"},
		{"tag:v1.2.0,repo:evil/app", "tag:v1.2.0,repo:evil/app"},
	};
	static const struct minisig_subject subject = {"app.tgz", "me/app", "v1.2.0"};
	static struct minisig m;
	char word[300];

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		print_message("%s\n", table[i].comment);
		memcpy(m.comment, table[i].comment, strlen(table[i].comment) + 1);
		assert_int_equal(minisig_is_about(&m, &subject, word), table[i].other == NULL);
		assert_string_equal(word, table[i].other ? table[i].other : "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(as_minisign_writes_it), cmocka_unit_test(cut_off),
					   cmocka_unit_test(refused), cmocka_unit_test(long_comment),
					   cmocka_unit_test(what_it_is_about)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
