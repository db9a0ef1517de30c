#include "updater/fetch/release.h"

#include <stdio.h>
#include <string.h>
#include "test/unit.h"

#define ASSET                                                                                                          \
	"{\"name\":\"app.tgz\",\"size\":10,\"state\":\"uploaded\",\"created_at\":\"2026-11-22T01:02:03Z\",\"digest\":" \
	"\"sha256:"                                                                                                    \
	"ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef0123456789\","                                          \
	"\"browser_download_url\":\"https://github.com/o/r/app.tgz\",\"url\":\"https://api.github.com/a/1\"}"
#define RELEASE "\"tag_name\":\"v1\",\"draft\":false,\"prerelease\":true,\"published_at\":\"2026-11-22T01:02:03Z\""

static struct release last;
static struct asset assets[4];
static unsigned releases, nassets;

static const char *told(void *context, const struct release *r, const struct asset *a)
{
	(void)context;
	last = *r;
	if (!a)
		releases++;
	else if (nassets < 4)
		assets[nassets++] = *a;
	return NULL;
}

static const char *read_text(const char *json, bool allow_http)
{
	releases = nassets = 0;
	return release_read(json, strlen(json), &dialect_of("github")->names, allow_http, told, NULL);
}

static void whole(void **state)
{
	(void)state;
	assert_null(read_text("{" RELEASE ",\"body\":\"any\\nthing\",\"assets\":[" ASSET "," ASSET "]}", false));
	assert_int_equal(releases, 1);
	assert_int_equal(nassets, 2);
	assert_string_equal(last.tag, "v1");
	assert_int_equal(last.published, 1795309323);
	assert_false(last.draft);
	assert_true(last.prerelease);
	assert_string_equal(assets[0].name, "app.tgz");
	assert_int_equal(assets[0].size, 10);
	assert_int_equal(assets[0].created, 1795309323);
	assert_string_equal(assets[0].state, "uploaded");
	assert_string_equal(assets[0].digest,
			    "sha256:abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789");
	assert_string_equal(assets[0].url, "https://github.com/o/r/app.tgz");
	assert_string_equal(assets[0].api, "https://api.github.com/a/1");
}

/* What may be absent. */
static void sparse(void **state)
{
	(void)state;
	assert_null(read_text("{\"tag_name\":\"v1\",\"published_at\":null,\"assets\":null}", false));
	assert_int_equal(last.published, 0);
	assert_false(last.draft);
	assert_null(read_text("{\"tag_name\":\"v1\",\"assets\":[{\"name\":\"a\",\"size\":0,\"digest\":null,"
			      "\"browser_download_url\":\"https://x/a\"}]}",
			      false));
	assert_string_equal(assets[0].state, "uploaded");
	assert_int_equal(assets[0].created, 0);
	assert_string_equal(assets[0].digest, "");
	assert_string_equal(assets[0].api, "");
	assert_null(read_text("{\"tag_name\":\"v1\",\"assets\":[{\"name\":\"a\",\"size\":9007199254740992,"
			      "\"digest\":\"sha512:00\",\"browser_download_url\":\"http://127.0.0.1/a\"}]}",
			      false));
	assert_string_equal(assets[0].digest, "");
	assert_int_equal(assets[0].size, 9007199254740992);
	assert_null(read_text("{\"tag_name\":\"v1\",\"assets\":[{\"name\":\"a\",\"size\":0,\"created_at\":\"soon\","
			      "\"browser_download_url\":\"https://x/a\"}]}",
			      false));
	assert_int_equal(assets[0].created, 0);
}

static void refused(void **state)
{
	static const char *const table[] = {
		"",
		"{",
		"[]",
		"null",
		"\"v1\"",
		"{}",
		"{" RELEASE "}x",
		"{\"tag_name\":null}",
		"{\"tag_name\":1}",
		"{\"tag_name\":\"\"}",
		"{\"tag_name\":\"v 1\"}",
		"{\"tag_name\":\"v1\\n\"}",
		"{\"tag_name\":\"v1\\u007f\"}",
		"{\"tag_name\":\"v1\",\"tag_name\":\"v2\"}",
		"{\"tag_name\":\"v1\",\"draft\":\"false\"}",
		"{\"tag_name\":\"v1\",\"prerelease\":0}",
		"{\"tag_name\":\"v1\",\"published_at\":0}",
		"{\"tag_name\":\"v1\",\"published_at\":\"yesterday\"}",
		"{\"tag_name\":\"v1\",\"assets\":{}}",
		"{\"tag_name\":\"v1\",\"assets\":[1]}",
		"{\"tag_name\":\"v1\",\"assets\":[null]}",
	};
	static const char *const bad_assets[] = {
		"\"size\":1,\"browser_download_url\":\"https://x/a\"",
		"\"name\":\"\",\"size\":1,\"browser_download_url\":\"https://x/a\"",
		"\"name\":\"a/b\",\"size\":1,\"browser_download_url\":\"https://x/a\"",
		"\"name\":\"a b\",\"size\":1,\"browser_download_url\":\"https://x/a\"",
		"\"name\":\"a\",\"name\":\"b\",\"size\":1,\"browser_download_url\":\"https://x/a\"",
		"\"name\":\"a\",\"browser_download_url\":\"https://x/a\"",
		"\"name\":\"a\",\"size\":\"1\",\"browser_download_url\":\"https://x/a\"",
		"\"name\":\"a\",\"size\":-1,\"browser_download_url\":\"https://x/a\"",
		"\"name\":\"a\",\"size\":1.5,\"browser_download_url\":\"https://x/a\"",
		"\"name\":\"a\",\"size\":1e300,\"browser_download_url\":\"https://x/a\"",
		"\"name\":\"a\",\"size\":9007199254740993000,\"browser_download_url\":\"https://x/a\"",
		"\"name\":\"a\",\"size\":1,\"state\":\"Uploaded!\",\"browser_download_url\":\"https://x/a\"",
		"\"name\":\"a\",\"size\":1,\"state\":7,\"browser_download_url\":\"https://x/a\"",
		"\"name\":\"a\",\"size\":1,\"digest\":\"sha256:00\",\"browser_download_url\":\"https://x/a\"",
		"\"name\":\"a\",\"size\":1,\"digest\":\"garbage\",\"browser_download_url\":\"https://x/a\"",
		"\"name\":\"a\",\"size\":1,\"digest\":7,\"browser_download_url\":\"https://x/a\"",
		"\"name\":\"a\",\"size\":1",
		"\"name\":\"a\",\"size\":1,\"browser_download_url\":\"http://x/a\"",
		"\"name\":\"a\",\"size\":1,\"browser_download_url\":\"file:///a\"",
		"\"name\":\"a\",\"size\":1,\"browser_download_url\":\"https://u@x/a\"",
		"\"name\":\"a\",\"size\":1,\"browser_download_url\":\"https://x/a\",\"url\":\"javascript:1\"",
	};
	char text[1024];

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		print_message("%s\n", table[i]);
		assert_non_null(read_text(table[i], false));
	}
	for (size_t i = 0; i < sizeof bad_assets / sizeof bad_assets[0]; i++) {
		snprintf(text, sizeof text, "{" RELEASE ",\"assets\":[{%s}]}", bad_assets[i]);
		print_message("%s\n", text);
		assert_non_null(read_text(text, false));
		assert_int_equal(nassets, 0);
	}
}

static void plain_http(void **state)
{
	static const char json[] = "{\"tag_name\":\"v1\",\"assets\":[{\"name\":\"a\",\"size\":1,"
				   "\"browser_download_url\":\"http://ghe.example/a\"}]}";

	(void)state;
	assert_non_null(read_text(json, false));
	assert_null(read_text(json, true));
}

static void too_many(void **state)
{
	static char text[100 * (RELEASE_ASSETS + 2)];
	size_t n = (size_t)sprintf(text, "{\"tag_name\":\"v1\",\"assets\":[");

	(void)state;
	for (unsigned i = 0; i <= RELEASE_ASSETS; i++)
		n += (size_t)sprintf(text + n,
				     "%s{\"name\":\"a%u\",\"size\":1,\"browser_download_url\":\"https://x/a\"}",
				     i ? "," : "", i);
	sprintf(text + n, "]}");
	assert_non_null(read_text(text, false));

	n = (size_t)sprintf(text, "{\"tag_name\":\"v1\"");
	for (unsigned i = 0; i < 64; i++)
		n += (size_t)sprintf(text + n, ",\"k%u\":1", i);
	sprintf(text + n, "}");
	assert_non_null(read_text(text, false));
}

static const char *read_gitlab(const char *json)
{
	releases = nassets = 0;
	return release_read(json, strlen(json), &dialect_of("gitlab")->names, false, told, NULL);
}

#define GITLAB "{\"tag_name\":\"v1\",\"released_at\":\"2026-11-22T01:02:03.000Z\",\"upcoming_release\":"

/* GitLab's assets are links; a name that is no file's is not what sums know it by. */
static void links(void **state)
{
	(void)state;
	assert_null(read_gitlab(GITLAB
				"false,\"assets\":{\"count\":3,\"links\":["
				"{\"name\":\"a.tgz\",\"url\":\"https://x/1\",\"direct_asset_url\":\"https://x/2\"},"
				"{\"name\":\"Linux build\",\"url\":\"https://x/d/b%2B1.tgz?inline=0\"},"
				"{\"name\":\"by ftp\",\"url\":\"ftp://x/c.tgz\"},"
				"{\"name\":\"x y\",\"url\":\"https://x/\"}],"
				"\"sources\":[{\"format\":\"zip\",\"url\":\"https://x/s/app-v1.zip\"}]}}"));
	assert_int_equal(releases, 1);
	assert_int_equal(last.published, 1795309323);
	assert_int_equal(nassets, 3);
	assert_string_equal(assets[0].name, "a.tgz");
	assert_string_equal(assets[0].url, "https://x/2");
	assert_false(assets[0].sized);
	assert_string_equal(assets[0].digest, "");
	assert_string_equal(assets[1].name, "b+1.tgz");
	assert_string_equal(assets[2].name, "app-v1.zip");
	assert_null(read_gitlab(GITLAB "true}"));
	assert_true(last.draft);
	assert_null(read_gitlab(GITLAB "true,\"assets\":{}}"));
	assert_non_null(read_gitlab(GITLAB "true,\"assets\":[]}"));
	assert_non_null(read_gitlab(GITLAB "true,\"assets\":{\"links\":{}}}"));
	assert_non_null(read_gitlab(GITLAB "true,\"assets\":{\"links\":[1]}}"));
	assert_non_null(read_gitlab(GITLAB "1}"));
}

/* Forgejo does not know how large what it only points to is. */
static void external(void **state)
{
	static const char start[] = "{\"tag_name\":\"v1\",\"assets\":[{\"name\":\"a.tgz\",\"size\":0,"
				    "\"browser_download_url\":\"https://x/a\",\"type\":\"";
	char json[300];

	(void)state;
	snprintf(json, sizeof json, "%sexternal\"}]}", start);
	assert_null(read_text(json, false));
	assert_false(assets[0].sized);
	snprintf(json, sizeof json, "%sattachment\"}]}", start);
	assert_null(read_text(json, false));
	assert_true(assets[0].sized);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(links),    cmocka_unit_test(external), cmocka_unit_test(whole),
		cmocka_unit_test(sparse),   cmocka_unit_test(refused),	cmocka_unit_test(plain_http),
		cmocka_unit_test(too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
