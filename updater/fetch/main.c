/* moult-fetch: one question to a forge, or one file from it. Started by the updater for each job.
 *
 * Rights: connects by TCP and asks for names; reads the certificates to trust and the resolver's files; writes to
 * descriptor 1 up to the cap of the request. No other file, no program, no listening. For a directory of this machine:
 * no network, and the one file that is asked for, opened before. Foreign bytes: TLS, HTTP, the forge's JSON, a
 * directory's list. The token, when there is one, comes in the request and leaves to its own origin only. */
#include <unistd.h>
#include "updater/confine.h"
#include "updater/fetch/branch.h"
#include "updater/fetch/directory.h"
#include "updater/fetch/forge.h"
#include "updater/fetch/get.h"
#include "updater/fetch/http.h"
#include "updater/fetch/local.h"
#include "updater/fetch/post.h"
#include "updater/job.h"

#define MIB ((uint64_t)1 << 20)

/* Where distributions keep them; SSL_CERT_FILE reaches us as ca= in the request. */
static const char *const ca_files[] = {
	"/etc/ssl/certs/ca-certificates.crt",
	"/etc/pki/tls/certs/ca-bundle.crt",
	"/etc/ssl/cert.pem",
};

static int find_ca(const struct request *r, const char **ca, struct job_error *e)
{
	*ca = r->ca;
	if (r->ca[0])
		return access(r->ca, R_OK) == 0 ? 0 : job_fail_errno(e, "cannot read the certificates in %s", r->ca);
	for (size_t i = 0; i < sizeof ca_files / sizeof ca_files[0]; i++) {
		*ca = ca_files[i];
		if (access(*ca, R_OK) == 0)
			return 0;
	}
	if (!r->base.https) /* a file of this machine, too */
		return 0;
	return job_fail(e, "system",
			"no certificates to trust: %s is missing; install ca-certificates or set SSL_CERT_FILE",
			ca_files[0]);
}

static void shrink(const struct request *r, const char *ca, int file)
{
	const char *const read[] = {ca,
				    "/etc/resolv.conf",
				    "/etc/hosts",
				    "/etc/nsswitch.conf",
				    "/etc/host.conf",
				    "/etc/gai.conf",
				    "/etc/services",
				    NULL};
	const struct confine c = {.fds = file < 3 ? 3 : file + 1,
				  .fill = -1,
				  .read = read,
				  .connect = r->directory[0] == '\0',
				  .calls = r->directory[0] == '\0' ? SECCOMP_FETCH : SECCOMP_COPY,
				  .file_bytes = r->kind == REQUEST_GET ? r->cap : MIB,
				  .memory = 512 * MIB,
				  .files = 32,
				  .seconds = 3600};

	job_confine(&c);
}

/* file: what is asked for, opened already, when it is of this machine; else -1. */
static int answer(const struct request *r, int file, struct job_error *e)
{
	switch (r->kind) {
	case REQUEST_PROBE: return forge_probe(r, e);
	case REQUEST_LIST:
	case REQUEST_RELEASE: return r->dialect->latest ? forge_list(r, e) : directory_list(r, file, e);
	case REQUEST_REF: return branch_ask(r, e);
	case REQUEST_POST: return post(r, STDOUT_FILENO, e);
	case REQUEST_GET: return file >= 0 ? local_copy(file, r, STDOUT_FILENO, e) : get_file(r, STDOUT_FILENO, e);
	}
	return job_fail(e, "usage", "unknown request");
}

/* By http, all of libcurl is started before the rights shrink; of this machine, the one file is opened. */
static int work(const struct request *r, struct job_error *e)
{
	const char *ca = NULL;
	int file = -1, result;

	if (r->directory[0] == '\0' && (find_ca(r, &ca, e) < 0 || http_start(ca, e) < 0))
		return -1;
	if (r->directory[0] != '\0' && (file = local_open(r, e)) < 0)
		return -1;
	shrink(r, ca, file);
	result = answer(r, file, e);
	if (file < 0)
		http_end();
	return result;
}

int main(int argc, char **argv)
{
	static struct wire question;
	static struct request request;
	struct job_error error = {0};

	job_start(argc, argv, "moult-fetch", "Asks a forge for releases, or downloads a file, for the updater.");
	job_request(&question);
	if (request_read(&question, &request, &error) == 0 && work(&request, &error) == 0)
		error.code = NULL;
	return job_end(&error);
}
