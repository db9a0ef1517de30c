/* moult-unpack: verifies one archive and unpacks it into an empty directory. Started by the updater for each job.
 *
 * Rights: no network, no program, no file but what its descriptors give: 3 the archive (read), 4 the directory to fill,
 * 5 the checksums (read), 6 the manifest (written), 7 to 10 signatures (read). Foreign bytes, in this order: the
 * archive as bytes to hash, its signatures, the checksums as bytes to hash, their signatures, the checksums, and only
 * when all of these agree the archive as an archive. It also reads profiles, from descriptor 3. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "lib/clock.h"
#include "lib/io.h"
#include "updater/confine.h"
#include "updater/job.h"
#include "updater/unpack/archive.h"
#include "updater/unpack/manifest.h"
#include "updater/unpack/profile.h"
#include "updater/unpack/tree.h"
#include "updater/unpack/verify.h"

enum { PROFILE = 3 }; /* all that a profile needs */
enum { ARCHIVE = 3, FILL = 4, SUMS = 5, MANIFEST = 6, SIGNATURES = 7, FDS = SIGNATURES + REQUEST_SIGNATURES };

static const struct verify_papers papers = {
	ARCHIVE, SUMS, {SIGNATURES, SIGNATURES + 1, SIGNATURES + 2, SIGNATURES + 3}};

#define MIB ((uint64_t)1 << 20)

static void shrink(const struct request *r)
{
	const struct confine c = {.fds = FDS,
				  .fill = r->install ? FILL : -1,
				  .read = NULL,
				  .connect = false,
				  .calls = SECCOMP_UNPACK,
				  .file_bytes = r->max_bytes + 64 * MIB, /* and the manifest */
				  .memory = 512 * MIB,
				  .files = WRITE_FEW + 32,
				  .seconds = 3600};

	job_confine(&c);
}

static void say_done(const struct tree *t)
{
	struct wire w;

	wire_begin(&w);
	wire_put(&w, "kind", "done");
	wire_put_number(&w, "files", (int64_t)t->files);
	wire_put_number(&w, "bytes", (int64_t)t->bytes);
	wire_put(&w, "strip", t->top);
	if (t->capable[0])
		wire_put(&w, "capable", t->capable);
	if (t->needs[0]) {
		wire_put(&w, "program", t->program);
		wire_put(&w, "needs", t->needs);
	}
	job_send(&w);
}

static int install(const struct request *r, const char *hex, struct job_error *e)
{
	static struct tree tree;
	struct stat st;
	int result;

	if (fstat(ARCHIVE, &st) < 0 || lseek(ARCHIVE, 0, SEEK_SET) < 0)
		return job_fail_errno(e, "cannot read the archive");
	if (manifest_begin() < 0)
		return job_fail_errno(e, "cannot begin the manifest");
	umask(022);
	tree_begin(&tree, FILL, r, (uint64_t)st.st_size, e);
	result = archive_unpack(ARCHIVE, &tree, e);
	if (result == 0)
		result = tree_end(&tree);
	if (result == 0 && manifest_end(MANIFEST, r, hex, clock_wall(), tree.top) < 0)
		result = job_fail_errno(e, "cannot write the manifest");
	if (result == 0)
		say_done(&tree);
	tree_close(&tree);
	return result;
}

static void tell_profile(void *context, enum profile_kind kind, const char *name, const char *value)
{
	static const char *const kinds[] = {[PROFILE_ENV] = "env",
					    [PROFILE_UNSET] = "unset",
					    [PROFILE_ARGUMENT] = "argument",
					    [PROFILE_LIMIT] = "limit"};
	struct wire w;

	(void)context;
	wire_begin(&w);
	wire_put(&w, "kind", kinds[kind]);
	if (kind != PROFILE_ARGUMENT)
		wire_put(&w, "name", name);
	if (kind != PROFILE_UNSET)
		wire_put(&w, "value", value);
	job_send(&w);
}

/* Not an archive, but foreign bytes that need no network all the same: a profile that a person wrote. */
static int read_profile(struct job_error *e)
{
	static char json[PROFILE_BYTES + 1];
	static const struct confine c = {
		.fds = PROFILE + 1, .fill = -1, .file_bytes = 0, .memory = 64 * MIB, .files = 8, .seconds = 60};
	char fault[PROFILE_FAULT];

	job_confine(&c);
	ssize_t n = io_read(PROFILE, json, sizeof json);
	if (n < 0)
		return job_fail_errno(e, "it cannot be read");
	if (n > PROFILE_BYTES)
		return job_fail(e, "profile", "it is larger than %d bytes", PROFILE_BYTES);
	json[n] = '\0';
	if (profile_read(json, (size_t)n, tell_profile, NULL, fault) == 0)
		return 0;
	return job_fail(e, "profile", "%s", fault);
}

static bool is_about_profile(const struct wire *question)
{
	char word[16];

	return wire_get(question, "do", word, sizeof word) > 0 && strcmp(word, "profile") == 0;
}

int main(int argc, char **argv)
{
	static struct wire question;
	static struct request request;
	struct job_error error = {0};
	char hex[HASH_HEX];

	job_start(argc, argv, "moult-unpack", "Verifies an archive and unpacks it, for the updater.");
	job_request(&question);
	if (is_about_profile(&question)) {
		if (read_profile(&error) == 0)
			error.code = NULL;
	} else if (request_read(&question, &request, &error) == 0) {
		if (hash_init() < 0)
			job_fail(&error, "system", "the crypto library does not start");
		archive_init();
		shrink(&request);
		if (!error.code && verify_archive(&request, &papers, hex, &error) == 0 && request.install &&
		    install(&request, hex, &error) == 0)
			error.code = NULL;
	}
	return job_end(&error);
}
