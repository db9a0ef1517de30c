#include "test/unit.h"
#include "updater/policy/asset.h"

#include <stdio.h>
#include <string.h>

static const struct asset_host amd64_musl = {ASSET_AMD64, ASSET_MUSL};
static const struct asset_host amd64_gnu = {ASSET_AMD64, ASSET_GNU};
static const struct asset_host arm64 = {ASSET_ARM64, ASSET_MUSL};
static const struct asset_host armv7 = {ASSET_ARMV7, ASSET_MUSL};
static const struct asset_host armv6 = {ASSET_ARMV6, ASSET_MUSL};
static const struct asset_host i386 = {ASSET_386, ASSET_MUSL};
static const struct asset_host riscv64 = {ASSET_RISCV64, ASSET_GNU};

/* Names as goreleaser, cargo-dist, hand-made workflows and others give them, and the machines they are for:
 * a amd64, A arm64, 7 armv7, 6 armv6, 3 386, r riscv64. */
static const struct {
	const char *name, *machines;
} fixtures[] = {
	{"app_1.2.3_linux_amd64.tar.gz", "a"},
	{"app_1.2.3_linux_arm64.tar.gz", "A"},
	{"app_1.2.3_linux_armv7.tar.gz", "7"},
	{"app_1.2.3_linux_armv6.tar.gz", "76"},
	{"app_1.2.3_linux_386.tar.gz", "3"},
	{"app_1.2.3_linux_riscv64.tar.gz", "r"},
	{"app_1.2.3_Linux_x86_64.tar.gz", "a"},
	{"app_Linux_i386.tar.gz", "3"},
	{"app_Linux_arm64.tar.gz", "A"},
	{"app-v1.2.3-x86_64-unknown-linux-musl.tar.gz", "a"},
	{"app-v1.2.3-x86_64-unknown-linux-gnu.tar.gz", "a"},
	{"app-x86_64-unknown-linux-gnu.tar.xz", "a"},
	{"app-aarch64-unknown-linux-musl.tar.xz", "A"},
	{"app-armv7-unknown-linux-gnueabihf.tar.gz", "7"},
	{"app-armv7-unknown-linux-musleabihf.tar.gz", "7"},
	{"app-arm-unknown-linux-gnueabihf.tar.gz", "76"},
	{"app-i686-unknown-linux-gnu.tar.gz", "3"},
	{"app-riscv64gc-unknown-linux-gnu.tar.gz", "r"},
	{"app-linux-x64.tar.gz", "a"},
	{"app-linux-x64.zip", "a"},
	{"app-linux-armhf.tar.gz", "7"},
	{"app-linux64.zip", "a"},
	{"app-linux32.zip", "3"},
	{"hugo_0.92.0_Linux-64bit.tar.gz", "a"},
	{"hugo_0.92.0_Linux-32bit.tar.gz", "3"},
	{"hugo_0.92.0_Linux-ARM64.tar.gz", "A"},
	{"node_exporter-1.7.0.linux-amd64.tar.gz", "a"},
	{"app.linux.aarch64.tzst", "A"},
	{"app+linux+amd64.tgz", "a"},
	{"app_linux_amd64v1.tar.gz", "a"},
	{"app-linux-arm.tar.gz", "76"},
	{"app_1.2.3_linux_amd64.tar", "a"},
	{"app_1.2.3_linux_amd64.tar.zst", "a"},
	/* for nobody here */
	{"app_linux_amd64v3.tar.gz", ""},
	{"app_1.2.3_darwin_arm64.tar.gz", ""},
	{"app-darwin-arm64.tar.gz", ""},
	{"app_1.2.3_windows_amd64.zip", ""},
	{"app-x86_64-pc-windows-msvc.zip", ""},
	{"app-x86_64-apple-darwin.tar.gz", ""},
	{"app-macos-arm64.tar.gz", ""},
	{"app_1.2.3_freebsd_amd64.tar.gz", ""},
	{"app-win-x64.zip", ""},
	{"app-aarch64-linux-android.tar.gz", ""},
	{"app_1.2.3_linux_ppc64le.tar.gz", ""},
	{"app_1.2.3_linux_s390x.tar.gz", ""},
	{"app_1.2.3_linux_mips64le.tar.gz", ""},
	{"app_1.2.3_linux_amd64.deb", ""},
	{"app_1.2.3_linux_amd64.rpm", ""},
	{"app_1.2.3_linux_amd64.apk", ""},
	{"app_1.2.3_linux_amd64.pkg.tar.zst", ""},
	{"app_1.2.3_linux_amd64.AppImage", ""},
	{"app_1.2.3_linux_amd64.tar.gz.sha256", ""},
	{"app_1.2.3_linux_amd64.tar.gz.sig", ""},
	{"app_1.2.3_linux_amd64.tar.gz.asc", ""},
	{"app_1.2.3_linux_amd64.tar.gz.minisig", ""},
	{"app_1.2.3_linux_amd64.tar.gz.sbom.json", ""},
	{"app_1.2.3_linux_amd64.sbom.tar.gz", ""},
	{"app_1.2.3_linux_amd64-debug.tar.gz", ""},
	{"app_1.2.3_linux_amd64", ""},
	{"app_1.2.3_checksums.txt", ""},
	{"app-1.2.3.tar.gz", ""},
	{"app-1.2.3-src.tar.gz", ""},
	{"app_linux.tar.gz", ""},
	{"app_amd64.tar.gz", ""},
	{"app_linuxamd64.tar.gz", ""},
	{"charm_linux_amd64_arm64.tar.gz", ""},
};

static void fits_the_right_machines(void **state)
{
	static const struct {
		char letter;
		const struct asset_host *host;
	} machines[] = {{'a', &amd64_musl}, {'A', &arm64}, {'7', &armv7}, {'6', &armv6}, {'3', &i386}, {'r', &riscv64}};
	(void)state;
	for (size_t i = 0; i < sizeof(fixtures) / sizeof(fixtures[0]); i++)
		for (size_t j = 0; j < sizeof(machines) / sizeof(machines[0]); j++) {
			const char *why = NULL;
			bool fits = asset_fits(fixtures[i].name, machines[j].host, &why) > 0;
			bool should = strchr(fixtures[i].machines, machines[j].letter) != NULL;
			if (fits != should)
				print_error("%s on %c\n", fixtures[i].name, machines[j].letter);
			assert_int_equal(fits, should);
			assert_int_equal(fits, why == NULL);
		}
}

#define PICK(host, pattern, why, ...)                                                                                  \
	asset_pick((const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *),    \
		   "v1.2.3", pattern, host, why, sizeof(why))

static void picks_exactly_one(void **state)
{
	char why[600];
	(void)state;
	assert_int_equal(PICK(&amd64_gnu, NULL, why, "checksums.txt", "a_linux_arm64.tar.gz", "a_linux_amd64.tar.gz"),
			 2);
	assert_string_equal(why, ""); /* what is said against the others is no reason against this one */
	/* the machine's C library decides */
	assert_int_equal(PICK(&amd64_gnu, NULL, why, "a-x86_64-linux-musl.tar.gz", "a-x86_64-linux-gnu.tar.gz"), 1);
	assert_int_equal(PICK(&amd64_musl, NULL, why, "a-x86_64-linux-musl.tar.gz", "a-x86_64-linux-gnu.tar.gz"), 0);
	assert_int_equal(PICK(&amd64_musl, NULL, why, "a-x86_64-linux-gnu.tar.gz"), 0);
	/* the best arm wins */
	assert_int_equal(
		PICK(&armv7, NULL, why, "a_linux_armv6.tar.gz", "a_linux_armv7.tar.gz", "a_linux_armv5.tar.gz"), 1);
	/* the same thing in another wrapping is no choice */
	assert_int_equal(
		PICK(&amd64_gnu, NULL, why, "a_linux_amd64.zip", "a_linux_amd64.tar.xz", "a_linux_amd64.tar.gz"), 2);
}

static void says_why_not(void **state)
{
	char why[600];
	(void)state;
	assert_int_equal(PICK(&amd64_gnu, NULL, why, "server_linux_amd64.tar.gz", "client_linux_amd64.tar.gz"), -1);
	assert_non_null(strstr(why, "several assets fit"));
	assert_non_null(strstr(why, "server_linux_amd64.tar.gz"));
	assert_non_null(strstr(why, "client_linux_amd64.tar.gz"));
	assert_non_null(strstr(why, "GH_ASSET"));
	assert_int_equal(PICK(&amd64_gnu, NULL, why, "a_linux_arm64.tar.gz", "a.deb"), -1);
	assert_non_null(strstr(why, "a_linux_arm64.tar.gz is for another processor"));
	assert_non_null(strstr(why, "a.deb is no archive"));
	assert_int_equal(asset_pick(NULL, 0, "v1", NULL, &amd64_gnu, why, sizeof(why)), -1);
	assert_string_equal(why, "it has no assets");
}

static void patterns(void **state)
{
	static const struct {
		const char *pattern, *name;
		bool matches;
	} table[] = {
		{"app_{version}_{os}_{arch}.tar.gz", "app_1.2.3_linux_amd64.tar.gz", true},
		{"app_{version}_{os}_{arch}.tar.gz", "app_1.2.3_Linux_x86_64.tar.gz", true},
		{"app_{version}_{os}_{arch}.tar.gz", "app_1.2.4_linux_amd64.tar.gz", false},
		{"app_{tag}.zip", "app_v1.2.3.zip", true},
		{"app_{tag}.zip", "app_1.2.3.zip", false},
		{"server-*-{arch}.tgz", "server-1.2.3-foo-x64.tgz", true},
		{"server-*-{arch}.tgz", "client-1.2.3-x64.tgz", false},
		{"web.tar.g?", "web.tar.gz", true},
		{"web.tar.g?", "web.tar.gzz", false},
		{"*", "anything", true},
		{"{arch}", "arm64", false},
		{"*{os}*", "for-linux-only", true},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		assert_int_equal(asset_matches(table[i].pattern, table[i].name, "v1.2.3", &amd64_gnu),
				 table[i].matches);
	assert_null(asset_pattern_fault("app_{version}_{os}_{arch}.tar.*"));
	static const char *const wrong[] = {"", "a/b", "a b", "{", "{Arch}", "{arch", "*********", "a\n"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_non_null(asset_pattern_fault(wrong[i]));
}

static void pattern_chooses(void **state)
{
	char why[600];
	(void)state;
	assert_int_equal(PICK(&amd64_gnu, "client_*", why, "server_linux_amd64.tar.gz", "client_linux_amd64.tar.gz",
			      "client_linux_amd64.tar.gz.sha256"),
			 1);
	assert_int_equal(PICK(&amd64_gnu, "web*", why, "web.tar.gz", "website.tar.gz"), -1);
	assert_int_equal(PICK(&amd64_gnu, "x*", why, "web.tar.gz"), -1);
	assert_non_null(strstr(why, "does not match GH_ASSET"));
}

static void finds_the_checksums(void **state)
{
	static const struct {
		const char *names[4];
		int sums;
	} table[] = {
		{{"a_linux_amd64.tar.gz", "checksums.txt", "a_linux_amd64.tar.gz.sha256"}, 2},
		{{"a_linux_amd64.tar.gz", "a_1.2.3_checksums.txt", "b_1.2.3_checksums.txt"}, 1},
		{{"a_linux_amd64.tar.gz", "b_1.2.3_checksums.txt", "a_1.2.3_checksums.txt"}, 2},
		{{"a_linux_amd64.tar.gz", "SHA256SUMS"}, 1},
		{{"a_linux_amd64.tar.gz", "a_1.2.3_SHA256SUMS"}, 1},
		{{"a_linux_amd64.tar.gz", "sha256.sum"}, 1},
		{{"a_linux_amd64.tar.gz", "a_linux_arm64.tar.gz.sha256", "checksums.txt.sig"}, -1},
		{{"a_linux_amd64.tar.gz"}, -1},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		size_t count = 0;
		while (count < 4 && table[i].names[count] != NULL)
			count++;
		assert_int_equal(asset_sums(table[i].names, count, 0), table[i].sums);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fits_the_right_machines),
		cmocka_unit_test(picks_exactly_one),
		cmocka_unit_test(says_why_not),
		cmocka_unit_test(patterns),
		cmocka_unit_test(pattern_chooses),
		cmocka_unit_test(finds_the_checksums),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
