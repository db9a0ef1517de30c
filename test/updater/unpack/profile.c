#include "test/unit.h"
#include <string.h>
#include "lib/text.h"
#include "updater/unpack/profile.h"

static char heard[4096];
static struct text t;

static void hear(void *context, enum profile_kind kind, const char *name, const char *value)
{
	static const char *const kinds[] = {"env", "unset", "argument", "limit"};
	(void)context;
	text_addf(&t, "%s %s=%s\n", kinds[kind], name, value);
}

static int read_it(const char *json, char fault[PROFILE_FAULT])
{
	text_begin(&t, heard, sizeof(heard));
	return profile_read(json, strlen(json), hear, NULL, fault);
}

static void reads(const char *json, const char *expected)
{
	char fault[PROFILE_FAULT];
	if (read_it(json, fault) != 0)
		fail_msg("%s: %s", json, fault);
	assert_string_equal(heard, expected);
}

static void refuses(const char *json, const char *why)
{
	char fault[PROFILE_FAULT];
	assert_int_equal(read_it(json, fault), -1);
	if (strcmp(fault, why) != 0)
		fail_msg("%s\n  says     %s\n  expected %s", json, fault, why);
}

static void what_a_profile_holds(void **state)
{
	(void)state;
	reads("{}", "");
	reads(" { \"env\" : { } , \"arguments\":[],\n\"limits\":{}}\n", "");
	reads("{\"env\": {\"A\": \"1\", \"B_2\": null, \"c\": \"\"}, \"arguments\": [\"--port\", \"80\", \"a b\"],"
	      " \"limits\": {\"nofile\": 65536, \"core\": \"unlimited\", \"as\": \"1G 2G\"}}",
	      "env A=1\nunset B_2=\nenv c=\nargument =--port\nargument =80\nargument =a b\n"
	      "limit nofile=65536\nlimit core=unlimited\nlimit as=1G 2G\n");
	reads("{\"env\":{\"Q\":\"\\\"\\\\\\/\\u00e4\\u20AC\\ud83d\\ude00 \xc3\xa4\"}}",
	      "env Q=\"\\/\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80 \xc3\xa4\n");
}

/* Each names the line, the key and what would be right. */
static void what_is_wrong_with_one(void **state)
{
	(void)state;
	refuses("", "line 1: '{' is missing, the file ends here");
	refuses("[]", "line 1: '{' is wanted here, '[' is found");
	refuses("{", "line 1: has to be a text in quotes");
	refuses("{}}", "line 1: something follows behind the closing '}'");
	refuses("{\n\n\"end\": {}}", "line 3: end: is none of env, arguments, limits");
	refuses("{\"env\": {}, \"env\": {}}", "line 1: env: is there twice");
	refuses("{\"env\": []}", "line 1: env: '{' is wanted here, '[' is found");
	refuses("{\"env\": {}", "line 1: '}' is missing, the file ends here");
	refuses("{\"env\": {},}", "line 1: has to be a text in quotes");
	refuses("{\"env\":\n{\"PORT\": 80}}",
		"line 2: env.PORT: has to be a text in quotes (\"8080\", not 8080), or null to take it away");
	refuses("{\"env\": {\"A\": \"1\" \"B\": \"2\"}}", "line 1: env: '}' is wanted here, '\"' is found");
	refuses("{\"env\": {\"A\": \"1\", \"A\": \"2\"}}", "line 1: env.A: is there twice");
	refuses("{\"env\": {\"1A\": \"1\"}}",
		"line 1: env.1A: is no name of a variable: letters, digits and '_', no digit first");
	refuses("{\"env\": {\"A=B\": \"1\"}}",
		"line 1: env.A=B: is no name of a variable: letters, digits and '_', no digit first");
	refuses("{\"env\": {\"A\": \"1\\n2\"}}",
		"line 1: env.A: a control character (such as a newline) cannot be part of it");
	refuses("{\"env\": {\"A\": \"\\u0000\"}}",
		"line 1: env.A: a control character (such as a newline) cannot be part of it");
	refuses("{\"env\": {\"A\": \"1\n",
		"line 1: env.A: a control character (such as a newline) cannot be part of it; is a quote missing?");
	refuses("{\"env\": {\"A\": \"1", "line 1: env.A: its closing quote is missing");
	refuses("{\"env\": {\"A\": \"\\x\"}}", "line 1: env.A: \\ has to be followed by one of \" \\ / u");
	refuses("{\"env\": {\"A\": \"\\ud800\"}}", "line 1: env.A: half a surrogate pair is no character");
	refuses("{\"env\": {\"A\": \"\\udc00\"}}", "line 1: env.A: half a surrogate pair is no character");
	refuses("{\"env\": {\"A\": \"\\u\x10"
		"012\"}}",
		"line 1: env.A: \\u has to be followed by four hexadecimal digits");
	refuses("{\"env\": {\"A\": \"\\u12\"}}", "line 1: env.A: \\u has to be followed by four hexadecimal digits");
	refuses("{\"arguments\": [80]}", "line 1: arguments: each has to be a text in quotes (\"8080\", not 8080)");
	refuses("{\"arguments\": [\"a\",]}", "line 1: arguments: each has to be a text in quotes (\"8080\", not 8080)");
	refuses("{\"limits\": {\"files\": 1}}", "line 1: limits.files: is no limit; there are nofile, nproc, core, as, "
						"cpu, ... (servicedir(5) lists them)");
#define FORM "a number, \"unlimited\", or \"SOFT HARD\"; bytes may end in K, M or G"
	refuses("{\"limits\": {\"nofile\": -1}}", "line 1: limits.nofile: has to be " FORM);
	refuses("{\"limits\": {\"nofile\": null}}", "line 1: limits.nofile: has to be " FORM);
	refuses("{\"limits\": {\"nofile\": \"many\"}}", "line 1: limits.nofile: many: has to be " FORM);
	refuses("{\"limits\": {\"nofile\": \"1 2 3\"}}", "line 1: limits.nofile: 1 2 3: has to be " FORM);
	refuses("{\"limits\": {\"nofile\": 1.5}}", "line 1: limits: '}' is wanted here, '.' is found");
}

static void on_both_sides_of_a_limit(void **state)
{
	char json[300 * 40], value[PROFILE_VALUE + 2], fault[PROFILE_FAULT];
	struct text j;
	(void)state;
	for (size_t n = PROFILE_VALUE; n <= PROFILE_VALUE + 1; n++) {
		memset(value, 'x', n);
		value[n] = '\0';
		assert_true(text_format(json, sizeof(json), "{\"env\":{\"A\":\"%s\"}}", value) > 0);
		assert_int_equal(read_it(json, fault), n == PROFILE_VALUE ? 0 : -1);
	}
	assert_string_equal(fault, "line 1: env.A: is longer than 1024 bytes");
	for (unsigned n = PROFILE_ENTRIES; n <= PROFILE_ENTRIES + 1; n++) {
		text_begin(&j, json, sizeof(json));
		text_add(&j, "{\"arguments\":[\"0\"");
		for (unsigned i = 1; i < n; i++)
			text_addf(&j, ",\"%u\"", i);
		text_add(&j, "]}");
		assert_int_equal(read_it(json, fault), n == PROFILE_ENTRIES ? 0 : -1);
	}
	assert_string_equal(fault, "line 1: arguments: there are more than 256 variables, arguments and limits");
	assert_int_equal(profile_read("{\0}", 3, hear, NULL, fault), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_profile_holds),
		cmocka_unit_test(what_is_wrong_with_one),
		cmocka_unit_test(on_both_sides_of_a_limit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
