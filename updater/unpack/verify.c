#include "updater/unpack/verify.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "lib/io.h"
#include "updater/unpack/signature.h"
#include "updater/unpack/sums.h"

static void hash_begin_both(bool blake2b)
{
	hash_begin();
	if (blake2b)
		blake2b_begin();
}

static void hash_add_both(const void *bytes, size_t n, bool blake2b)
{
	hash_add(bytes, n);
	if (blake2b)
		blake2b_add(bytes, n);
}

static int hash_end_both(struct signed_file *f, bool blake2b, struct job_error *e)
{
	if (blake2b)
		blake2b_end(f->blake2b);
	return hash_end_bytes(f->sha256) < 0 ? job_fail(e, "system", "SHA-256 failed") : 0;
}

/* minisign wants another hash: both are made of one reading. */
static int hash_file(struct signed_file *f, bool blake2b, struct job_error *e)
{
	static char buf[65536];

	off_t at = 0;

	hash_begin_both(blake2b);
	for (;;) {
		ssize_t n = pread(f->fd, buf, sizeof buf, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return job_fail_errno(e, "cannot read the archive");
		if (n == 0)
			break;
		hash_add_both(buf, (size_t)n, blake2b);
		at += n;
	}
	return hash_end_both(f, blake2b, e);
}

/* Those of the archive, or those of the checksums file. */
static int check_signatures(struct request *r, const struct verify_papers *p, enum request_signature first,
			    const struct signed_file *f, struct job_error *e)
{
	for (enum request_signature form = first; form <= first + 1; form++)
		if (r->signed_[form] && signature_check(r, form, p->signature[form], f, e) < 0)
			return -1;
	return 0;
}

static int check_sums(struct request *r, const struct verify_papers *p, const char *hex, struct job_error *e)
{
	static char text[VERIFY_SUMS_MAX + 1];
	struct signed_file f = {.name = r->sums_name, .bytes = text};
	char said[HASH_HEX];
	const bool blake2b = r->signed_[REQUEST_SUMS_MINISIG];
	ssize_t n = io_read(p->sums, text, sizeof text);
	unsigned hits;

	if (n < 0)
		return job_fail_errno(e, "cannot read the checksums");
	if ((size_t)n == sizeof text)
		return job_fail(e, "sums", "the checksums file is larger than 1 MiB");
	text[n] = '\0';
	f.size = (size_t)n;
	hash_begin_both(blake2b);
	hash_add_both(text, f.size, blake2b);
	if (hash_end_both(&f, blake2b, e) < 0 || check_signatures(r, p, REQUEST_SUMS_MINISIG, &f, e) < 0)
		return -1;
	if (strlen(text) != (size_t)n)
		return job_fail(e, "sums", "the checksums file is no text");
	hits = sums_find(text, r->name, said);
	if (hits != 1)
		return job_fail(e, "sums", "the checksums file names %s %s", r->name,
				hits ? "more than once" : "nowhere");
	if (strcmp(said, hex) != 0)
		return job_fail(e, "sums", "it has sha256 %s, its checksums file says %s", hex, said);
	return 0;
}

static void say_verified(const struct request *r, const char *hex)
{
	struct wire w;

	wire_begin(&w);
	wire_put(&w, "kind", "sum");
	wire_put(&w, "sha256", hex);
	wire_put(&w, "digest", r->digest[0] ? "match" : "none");
	wire_put(&w, "sums", r->sums ? "match" : "none");
	wire_put(&w, "signature", r->signers[0] ? "match" : "none");
	wire_put(&w, "signers", r->signers);
	job_send(&w);
}

int verify_archive(struct request *r, const struct verify_papers *p, char hex[static HASH_HEX], struct job_error *e)
{
	struct signed_file f = {.name = r->name, .fd = p->archive};

	if (hash_file(&f, r->signed_[REQUEST_ARCHIVE_MINISIG], e) < 0)
		return -1;
	hash_hex(f.sha256, hex);
	if (r->digest[0] && strcmp(r->digest, hex) != 0)
		return job_fail(e, "digest", "it has sha256 %s, the forge says %s", hex, r->digest);
	if (check_signatures(r, p, REQUEST_ARCHIVE_MINISIG, &f, e) < 0)
		return -1;
	if (r->sums && check_sums(r, p, hex, e) < 0)
		return -1;
	say_verified(r, hex);
	return 0;
}
