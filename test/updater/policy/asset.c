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
	{"app_1.2.3_linux_amd64", "a"},
	{"app_1.2.3_checksums.txt", ""},
	{"app-1.2.3.tar.gz", ""},
	{"app-1.2.3-src.tar.gz", ""},
	{"app_linux.tar.gz", ""},
	{"app_amd64.tar.gz", ""},
	{"app_linuxamd64.tar.gz", ""},
	{"charm_linux_amd64_arm64.tar.gz", ""},
	/* as well-known projects call theirs */
	{"ripgrep-14.1.0-x86_64-unknown-linux-musl.tar.gz", "a"},
	{"ripgrep-14.1.0-aarch64-unknown-linux-gnu.tar.gz", "A"},
	{"fd-v9.0.0-x86_64-unknown-linux-gnu.tar.gz", "a"},
	{"fd-v9.0.0-aarch64-unknown-linux-gnu.tar.gz", "A"},
	{"bat-v0.24.0-x86_64-unknown-linux-gnu.tar.gz", "a"},
	{"bat-v0.24.0-aarch64-unknown-linux-gnu.tar.gz", "A"},
	{"delta-0.16.5-x86_64-unknown-linux-gnu.tar.gz", "a"},
	{"delta-0.16.5-aarch64-unknown-linux-gnu.tar.gz", "A"},
	{"hyperfine-v1.18.0-x86_64-unknown-linux-gnu.tar.gz", "a"},
	{"hyperfine-v1.18.0-aarch64-unknown-linux-gnu.tar.gz", "A"},
	{"eza_x86_64-unknown-linux-gnu.tar.gz", "a"},
	{"eza_aarch64-unknown-linux-gnu.tar.gz", "A"},
	{"zoxide-0.9.4-x86_64-unknown-linux-musl.tar.gz", "a"},
	{"zoxide-0.9.4-aarch64-unknown-linux-musl.tar.gz", "A"},
	{"starship-x86_64-unknown-linux-musl.tar.gz", "a"},
	{"starship-aarch64-unknown-linux-musl.tar.gz", "A"},
	{"just-1.25.2-x86_64-unknown-linux-musl.tar.gz", "a"},
	{"just-1.25.2-aarch64-unknown-linux-musl.tar.gz", "A"},
	{"watchexec-1.25.1-x86_64-unknown-linux-musl.tar.xz", "a"},
	{"watchexec-1.25.1-aarch64-unknown-linux-musl.tar.xz", "A"},
	{"vector-0.36.0-x86_64-unknown-linux-musl.tar.gz", "a"},
	{"vector-0.36.0-aarch64-unknown-linux-musl.tar.gz", "A"},
	{"deno-x86_64-unknown-linux-gnu.zip", "a"},
	{"deno-aarch64-unknown-linux-gnu.zip", "A"},
	{"uv-x86_64-unknown-linux-musl.tar.gz", "a"},
	{"uv-aarch64-unknown-linux-musl.tar.gz", "A"},
	{"ruff-0.3.4-x86_64-unknown-linux-gnu.tar.gz", "a"},
	{"ruff-0.3.4-aarch64-unknown-linux-gnu.tar.gz", "A"},
	{"nu-0.91.0-x86_64-linux-gnu-full.tar.gz", "a"},
	{"nu-0.91.0-aarch64-linux-gnu-full.tar.gz", "A"},
	{"zellij-x86_64-unknown-linux-musl.tar.gz", "a"},
	{"zellij-aarch64-unknown-linux-musl.tar.gz", "A"},
	{"jq-linux-amd64", "a"},
	{"jq-linux-arm64", "A"},
	{"yq_linux_amd64", "a"},
	{"yq_linux_arm64", "A"},
	{"yq_linux_amd64.tar.gz", "a"},
	{"yq_linux_arm64.tar.gz", "A"},
	{"gh_2.46.0_linux_amd64.tar.gz", "a"},
	{"gh_2.46.0_linux_arm64.tar.gz", "A"},
	{"terraform_1.7.5_linux_amd64.zip", "a"},
	{"terraform_1.7.5_linux_arm64.zip", "A"},
	{"vault_1.16.0_linux_amd64.zip", "a"},
	{"vault_1.16.0_linux_arm64.zip", "A"},
	{"consul_1.18.1_linux_amd64.zip", "a"},
	{"consul_1.18.1_linux_arm64.zip", "A"},
	{"prometheus-2.51.0.linux-amd64.tar.gz", "a"},
	{"prometheus-2.51.0.linux-arm64.tar.gz", "A"},
	{"node_exporter-1.7.0.linux-amd64.tar.gz", "a"},
	{"node_exporter-1.7.0.linux-arm64.tar.gz", "A"},
	{"caddy_2.7.6_linux_amd64.tar.gz", "a"},
	{"caddy_2.7.6_linux_arm64.tar.gz", "A"},
	{"traefik_v2.11.0_linux_amd64.tar.gz", "a"},
	{"traefik_v2.11.0_linux_arm64.tar.gz", "A"},
	{"hugo_0.124.1_linux-amd64.tar.gz", "a"},
	{"hugo_0.124.1_linux-arm64.tar.gz", "A"},
	{"hugo_0.80.0_Linux-64bit.tar.gz", "a"},
	{"hugo_0.80.0_Linux-ARM64.tar.gz", "A"},
	{"etcd-v3.5.12-linux-amd64.tar.gz", "a"},
	{"etcd-v3.5.12-linux-arm64.tar.gz", "A"},
	{"k9s_Linux_amd64.tar.gz", "a"},
	{"k9s_Linux_arm64.tar.gz", "A"},
	{"lazygit_0.41.0_Linux_x86_64.tar.gz", "a"},
	{"lazygit_0.41.0_Linux_arm64.tar.gz", "A"},
	{"act_Linux_x86_64.tar.gz", "a"},
	{"act_Linux_arm64.tar.gz", "A"},
	{"golangci-lint-1.57.1-linux-amd64.tar.gz", "a"},
	{"golangci-lint-1.57.1-linux-arm64.tar.gz", "A"},
	{"hadolint-Linux-x86_64", "a"},
	{"hadolint-Linux-arm64", "A"},
	{"shellcheck-v0.10.0.linux.x86_64.tar.xz", "a"},
	{"shellcheck-v0.10.0.linux.aarch64.tar.xz", "A"},
	{"shfmt_v3.8.0_linux_amd64", "a"},
	{"shfmt_v3.8.0_linux_arm64", "A"},
	{"buf-Linux-x86_64", "a"},
	{"buf-Linux-aarch64", "A"},
	{"buf-Linux-x86_64.tar.gz", "a"},
	{"buf-Linux-aarch64.tar.gz", "A"},
	{"protoc-26.0-linux-x86_64.zip", "a"},
	{"protoc-26.0-linux-aarch_64.zip", "A"},
	{"cosign-linux-amd64", "a"},
	{"cosign-linux-arm64", "A"},
	{"syft_1.1.0_linux_amd64.tar.gz", "a"},
	{"syft_1.1.0_linux_arm64.tar.gz", "A"},
	{"trivy_0.50.0_Linux-64bit.tar.gz", "a"},
	{"trivy_0.50.0_Linux-ARM64.tar.gz", "A"},
	{"mkcert-v1.4.4-linux-amd64", "a"},
	{"mkcert-v1.4.4-linux-arm64", "A"},
	{"age-v1.1.1-linux-amd64.tar.gz", "a"},
	{"age-v1.1.1-linux-arm64.tar.gz", "A"},
	{"sops-v3.8.1.linux.amd64", "a"},
	{"sops-v3.8.1.linux.arm64", "A"},
	{"direnv.linux-amd64", "a"},
	{"direnv.linux-arm64", "A"},
	{"kind-linux-amd64", "a"},
	{"kind-linux-arm64", "A"},
	{"minikube-linux-amd64", "a"},
	{"minikube-linux-arm64", "A"},
	{"stern_1.28.0_linux_amd64.tar.gz", "a"},
	{"stern_1.28.0_linux_arm64.tar.gz", "A"},
	{"argocd-linux-amd64", "a"},
	{"argocd-linux-arm64", "A"},
	{"velero-v1.13.1-linux-amd64.tar.gz", "a"},
	{"velero-v1.13.1-linux-arm64.tar.gz", "A"},
	{"dasel_linux_amd64", "a"},
	{"dasel_linux_arm64", "A"},
	{"dasel_linux_amd64.gz", "a"},
	{"dasel_linux_arm64.gz", "A"},
	{"gitea-1.21.10-linux-amd64", "a"},
	{"gitea-1.21.10-linux-arm64", "A"},
	{"gitea-1.21.10-linux-amd64.xz", "a"},
	{"gitea-1.21.10-linux-arm64.xz", "A"},
	{"meilisearch-linux-amd64", "a"},
	{"meilisearch-linux-aarch64", "A"},
	{"pocketbase_0.22.5_linux_amd64.zip", "a"},
	{"pocketbase_0.22.5_linux_arm64.zip", "A"},
	{"cloudflared-linux-amd64", "a"},
	{"cloudflared-linux-arm64", "A"},
	{"AdGuardHome_linux_amd64.tar.gz", "a"},
	{"AdGuardHome_linux_arm64.tar.gz", "A"},
	{"Xray-linux-64.zip", "a"},
	{"Xray-linux-arm64-v8a.zip", "A"},
	{"v2ray-linux-64.zip", "a"},
	{"v2ray-linux-arm64-v8a.zip", "A"},
	{"frp_0.56.0_linux_amd64.tar.gz", "a"},
	{"frp_0.56.0_linux_arm64.tar.gz", "A"},
	{"rclone-v1.66.0-linux-amd64.zip", "a"},
	{"rclone-v1.66.0-linux-arm64.zip", "A"},
	{"restic_0.16.4_linux_amd64.bz2", "a"},
	{"restic_0.16.4_linux_arm64.bz2", "A"},
	{"lego_v4.16.1_linux_amd64.tar.gz", "a"},
	{"lego_v4.16.1_linux_arm64.tar.gz", "A"},
	{"step_linux_0.25.2_amd64.tar.gz", "a"},
	{"step_linux_0.25.2_arm64.tar.gz", "A"},
	{"zig-linux-x86_64-0.11.0.tar.xz", "a"},
	{"zig-linux-aarch64-0.11.0.tar.xz", "A"},
	{"node-v20.11.1-linux-x64.tar.xz", "a"},
	{"node-v20.11.1-linux-arm64.tar.xz", "A"},
	{"tailwindcss-linux-x64", "a"},
	{"tailwindcss-linux-arm64", "A"},
	{"bun-linux-x64.zip", "a"},
	{"bun-linux-aarch64.zip", "A"},
	{"esbuild-linux-x64.tgz", "a"},
	{"esbuild-linux-arm64.tgz", "A"},
	{"telegraf-1.30.0_linux_amd64.tar.gz", "a"},
	{"telegraf-1.30.0_linux_arm64.tar.gz", "A"},
	{"mihomo-linux-amd64-v1.18.1.gz", "a"},
	{"mihomo-linux-arm64-v1.18.1.gz", "A"},
	/* what lies beside them */
	{"jq-linux64", "a"},
	{"jq-linux-armhf", "7"},
	{"bat-v0.24.0-i686-unknown-linux-gnu.tar.gz", "3"},
	{"protoc-26.0-linux-x86_32.zip", "3"},
	{"protoc-26.0-linux-ppcle_64.zip", ""},
	{"protoc-26.0-linux-s390_64.zip", ""},
	{"node-v20.11.1-linux-armv7l.tar.xz", "7"},
	{"etcd-v3.5.12-linux-s390x.tar.gz", ""},
	{"gitea-1.21.10-linux-arm-6", "76"},
	{"gitea-1.21.10-linux-386", "3"},
	{"k3s", ""},
	{"k3s-arm64", ""},
	{"cosign-linux-amd64.sig", ""},
	{"cosign-linux-amd64-keyless.pem", ""},
	{"cosign-linux-amd64-keyless.sig", ""},
	{"cosign-linux-amd64_2.2.3_linux_amd64.sbom", ""},
	{"cosign-linux-pivkey-pkcs11key-amd64", "a"},
	{"cosign_2.2.3_amd64.deb", ""},
	{"cosign-windows-amd64.exe", ""},
	{"cosign-darwin-arm64", ""},
	{"kind-linux-amd64.sha256sum", ""},
	{"minikube-linux-amd64.sha256", ""},
	{"minikube-linux-amd64-sha256", ""},
	{"sha256-app-linux-amd64", ""},
	{"app-linux-amd64.sha256.txt", ""},
	{"app-linux-amd64.md5", ""},
	{"app-linux-amd64.b3", ""},
	{"app-linux-amd64.sigstore.json", ""},
	{"app-linux-amd64.intoto.jsonl", ""},
	{"app-linux-amd64.pem", ""},
	{"app-linux-amd64.crt", ""},
	{"app-linux-amd64.cdx.json", ""},
	{"app-linux-amd64.spdx.json", ""},
	{"app-linux-amd64.spdx.json.gz", ""},
	{"app-linux-amd64.sbom", ""},
	{"app-linux-amd64-sbom", ""},
	{"app-linux-amd64.json", ""},
	{"app-linux-amd64.txt", ""},
	{"app-linux-amd64.yaml", ""},
	{"app-linux-amd64.sh", ""},
	{"app-linux-amd64.exe", ""},
	{"app-linux-amd64.7z", ""},
	{"app-linux-amd64.rar", ""},
	{"app-linux-amd64.iso", ""},
	{"app-linux-amd64.img", ""},
	{"app-linux-amd64.snap", ""},
	{"app-linux-amd64.flatpak", ""},
	{"app-linux-amd64.AppImage.zsync", ""},
	{"app-linux-amd64.tar.gz.zsync", ""},
	{"app-linux-amd64.tar.lz4", ""},
	{"app-linux-amd64.tar.br", ""},
	{"app-linux-amd64.cpio", ""},
	{"app-linux-amd64.vsix", ""},
	{"app-linux-amd64.whl", ""},
	{"app-linux-amd64.jar", ""},
	{"app-linux-amd64.", ""},
	{"app-linux-amd64-debug", ""},
	{"app-linux-amd64-attestation", ""},
	{"app-linux-amd64.debug.gz", ""},
	{"shell-completions_linux_amd64_completions.tar.gz", ""},
	{"restic_0.16.4_linux_amd64.tar.bz2", "a"},
	{"app_linux_amd64.tbz2", "a"},
	{"app_linux_amd64.tbz", "a"},
	{"app_linux_amd64.zst", "a"},
	{"app-linux-amd64-1.2.3", "a"},
	{"app-v1.2.3-rc.1-linux-amd64", "a"},
	{"app-1.2.3.linux-amd64", "a"},
	{"app_linux_amd64-1.2.3.gz", "a"},
	{"app-linux-64-bit", "a"},
	{"app-x86_64-unknown-linux-gnux32.tar.gz", ""},
	{"app-aarch64_be-unknown-linux-gnu.tar.gz", ""},
	{"app-x86_64-w64-mingw32.zip", ""},
	{"app-linuxmusl-x64.tar.gz", "a"},
	{"app-freebsd-amd64", ""},
	{"app-netbsd_amd64", ""},
	{"app-darwin-universal", ""},
	{"app-wasm32-wasi.tar.gz", ""},
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

static void archives_come_before_bare_programs(void **state)
{
	char why[600];
	(void)state;
	assert_int_equal(PICK(&amd64_gnu, NULL, why, "yq_linux_amd64", "yq_linux_amd64.tar.gz"), 1);
	assert_int_equal(PICK(&amd64_gnu, NULL, why, "b_1.2.3_linux_amd64.tar.bz2", "b-linux-amd64"), 0);
	/* compressed rather than not */
	assert_int_equal(PICK(&amd64_gnu, NULL, why, "g-linux-amd64", "g-linux-amd64.xz", "g-linux-amd64.xz.sha256",
			      "g-linux-amd64.asc"),
			 1);
	/* the C library counts more */
	assert_int_equal(PICK(&amd64_musl, NULL, why, "a-x86_64-linux-musl", "a-x86_64-linux-gnu.tar.gz"), 0);
	assert_int_equal(PICK(&amd64_gnu, NULL, why, "cosign-linux-amd64", "cosign-linux-amd64.sig",
			      "cosign-linux-amd64-keyless.pem", "cosign-linux-arm64", "cosign-darwin-amd64",
			      "cosign-linux-amd64_2.2.3_linux_amd64.sbom", "cosign_checksums.txt"),
			 0);
	assert_int_equal(PICK(&amd64_gnu, NULL, why, "server-linux-amd64", "client-linux-amd64"), -1);
	assert_non_null(strstr(why, "several assets fit"));
	/* a name that says nothing of a machine is for a pattern */
	assert_int_equal(PICK(&amd64_gnu, NULL, why, "k3s", "k3s-arm64", "k3s.sha256"), -1);
	assert_int_equal(PICK(&amd64_gnu, "k3s", why, "k3s", "k3s-arm64", "k3s.sha256"), 0);
	assert_int_equal(PICK(&amd64_gnu, "k3s*256", why, "k3s", "k3s-arm64", "k3s.sha256"), -1);
	assert_non_null(strstr(why, "k3s.sha256 is no archive"));
}

static void tells_bare_programs(void **state)
{
	static const char *const bare[] = {"jq-linux-amd64", "k3s",	      "app-1.2.3",
					   "app.gz",	     "app-1.2.3.zst", "a.linux.x86_64"};
	static const char *const others[] = {"app.tar.gz", "app.tgz", "app.tbz2",   "app.zip",
					     "app.tar",	   "app.txt", "app.sha256", "app.txt.gz"};
	(void)state;
	for (size_t i = 0; i < sizeof(bare) / sizeof(bare[0]); i++)
		assert_true(asset_is_bare(bare[i]));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_false(asset_is_bare(others[i]));
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
		{{"a-linux-amd64", "a-linux-amd64.sha256", "checksums.txt"}, 1},
		{{"a", "a_checksums.txt"}, 1},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		size_t count = 0;
		while (count < 4 && table[i].names[count] != NULL)
			count++;
		assert_int_equal(asset_sums(table[i].names, count, 0), table[i].sums);
	}
}

static void says_why_each_was_not_taken(void **state)
{
	static const struct asset_host host = {ASSET_AMD64, ASSET_MUSL};
	(void)state;
	assert_string_equal(asset_against("app_darwin_arm64.tar.gz", 0, "v1", NULL, &host), "is for another system");
	assert_string_equal(asset_against("app_linux_amd64.zip", 0, "v1", NULL, &host),
			    "fits no better than the one that is taken");
	assert_string_equal(asset_against("app_linux_amd64.zip", -1, "v1", NULL, &host), "fits as well as another");
	assert_string_equal(asset_against("app_linux_amd64.zip", -1, "v1", "tool_*", &host), "does not match GH_ASSET");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fits_the_right_machines),
		cmocka_unit_test(picks_exactly_one),
		cmocka_unit_test(archives_come_before_bare_programs),
		cmocka_unit_test(tells_bare_programs),
		cmocka_unit_test(says_why_not),
		cmocka_unit_test(patterns),
		cmocka_unit_test(pattern_chooses),
		cmocka_unit_test(says_why_each_was_not_taken),
		cmocka_unit_test(finds_the_checksums),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
