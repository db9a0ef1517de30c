#include "test/unit.h"
#include "updater/policy/signature.h"

#include <string.h>

#define APP "app_1.2.0_linux_amd64.tar.gz"
#define BOTH (KEY_MINISIGN | KEY_P256)

/* names: of a release, the archive first; NULL ends them. Expected are names as well, NULL for none. */
struct row {
	unsigned kinds;
	const char *names[8];
	const char *sums;
	const char *found[SIGNATURE_FORMS];
};

static const struct row table[] = {
	{BOTH, {APP}, NULL, {0}},
	{BOTH, {APP, "SHA256SUMS"}, "SHA256SUMS", {0}},
	{KEY_MINISIGN, {APP, APP ".minisig"}, NULL, {APP ".minisig"}},
	{KEY_P256, {APP, APP ".minisig"}, NULL, {0}},
	{KEY_P256, {APP, APP ".minisig", APP ".sig"}, NULL, {NULL, APP ".sig"}},
	{BOTH, {APP, APP ".minisig", APP ".sig"}, NULL, {APP ".minisig", APP ".sig"}},
	{0, {APP, APP ".minisig", APP ".sig", "SHA256SUMS", "SHA256SUMS.minisig"}, "SHA256SUMS", {0}},
	{BOTH,
	 {APP, "checksums.txt", "checksums.txt.minisig", "checksums.txt.sig"},
	 "checksums.txt",
	 {NULL, NULL, "checksums.txt.minisig", "checksums.txt.sig"}},
	{KEY_P256, {APP, "SHA256SUMS", "SHA256SUMS.sig"}, "SHA256SUMS", {NULL, NULL, NULL, "SHA256SUMS.sig"}},
	/* the signed one, though another goes before it; of two signed ones the better one */
	{KEY_MINISIGN,
	 {APP, APP ".sha256", "SHA256SUMS", "SHA256SUMS.minisig"},
	 "SHA256SUMS",
	 {NULL, NULL, "SHA256SUMS.minisig"}},
	{KEY_MINISIGN,
	 {APP, "SHA256SUMS", "SHA256SUMS.minisig", APP ".sha256", APP ".sha256.minisig"},
	 APP ".sha256",
	 {NULL, NULL, APP ".sha256.minisig"}},
	{KEY_P256, {APP, APP ".sha256", "SHA256SUMS", "SHA256SUMS.minisig"}, APP ".sha256", {0}},
	/* signatures of other files, and what is only called alike */
	{BOTH, {APP, "app_1.2.0_linux_arm64.tar.gz.minisig", "README.sig"}, NULL, {0}},
	{BOTH, {APP, APP ".MINISIG", APP ".minisig2", APP ".asc", APP "minisig", "x" APP ".sig"}, NULL, {0}},
	{BOTH, {APP, "SHA256SUMS.minisig"}, NULL, {0}},
};

static void found(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const struct row *r = &table[i];
		int got[SIGNATURE_FORMS];
		size_t count = 0;
		bool any = false;
		while (count < 8 && r->names[count] != NULL)
			count++;
		int sums = signature_sums(r->names, count, 0, r->kinds);
		print_message("row %zu\n", i);
		assert_string_equal(sums == -1 ? "" : r->names[sums], r->sums == NULL ? "" : r->sums);
		for (int form = 0; form < SIGNATURE_FORMS; form++)
			any |= r->found[form] != NULL;
		assert_int_equal(signature_find(r->names, count, 0, sums, r->kinds, got), any);
		for (int form = 0; form < SIGNATURE_FORMS; form++)
			assert_string_equal(got[form] == -1 ? "" : r->names[got[form]],
					    r->found[form] == NULL ? "" : r->found[form]);
	}
}

static void named_after_another(void **state)
{
	static const struct {
		const char *name, *tag;
		bool other;
	} versions[] = {
		{"app_1.2.0_linux_amd64.tar.gz", "v1.2.0", false},
		{"app_1.2.0_linux_amd64.tar.gz", "1.2.0", false},
		{"app-v1.2.0-linux-amd64.tgz", "v1.2.0", false},
		{"app_1.1.0_linux_amd64.tar.gz", "v1.2.0", true},
		{"app_11.2.0_linux_amd64.tar.gz", "v1.2.0", true},
		{"app_1.2.01_linux_amd64.tar.gz", "v1.2.0", true},
		{"app_1.2.0.1_linux_amd64.tar.gz", "v1.2.0", false},
		{"app_linux_amd64.tar.gz", "v1.2.0", false},
		{"app_linux_amd64_glibc2.17.tar.gz", "v1.2.0", false},
		{"app_1.2.0_linux_amd64_node18.1.0.tar.gz", "v1.2.0", false},
		{"app_linux_amd64_node18.1.0.tar.gz", "v1.2.0", true},
		{"app_1.2.0-rc1_linux_amd64.tar.gz", "v1.2.0-rc1", false},
		{"app_1.1.0_linux_amd64.tar.gz", "nightly", false},
		{"app_1.1.0_linux_amd64.tar.gz", "v2", false},
		{"app_2024.05.1_linux.tar.gz", "2024.05.1", false},
		{"", "v1.2.0", false},
		{"1.2", "v1.2.0", false},
		{"1.2.", "v1.2.0", false},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
		print_message("%s of %s\n", versions[i].name, versions[i].tag);
		assert_int_equal(signature_is_of_another(versions[i].name, versions[i].tag), versions[i].other);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(found), cmocka_unit_test(named_after_another)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
