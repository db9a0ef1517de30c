#include "updater/unpack/verify.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "lib/io.h"
#include "updater/unpack/sums.h"

#define SUMS_MAX ((size_t)256 << 10)

static int hash_file(int fd, char hex[static HASH_HEX], struct job_error *e)
{
	static char buf[65536];

	off_t at = 0;

	hash_begin();
	for (;;) {
		ssize_t n = pread(fd, buf, sizeof buf, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return job_fail_errno(e, "cannot read the archive");
		if (n == 0)
			break;
		hash_add(buf, (size_t)n);
		at += n;
	}
	return hash_end(hex) < 0 ? job_fail(e, "system", "SHA-256 failed") : 0;
}

static int check_sums(const struct request *r, int fd, const char *hex, struct job_error *e)
{
	static char text[SUMS_MAX + 1];
	char said[HASH_HEX];
	ssize_t n = io_read(fd, text, sizeof text);
	unsigned hits;

	if (n < 0)
		return job_fail_errno(e, "cannot read the checksums");
	if ((size_t)n == sizeof text)
		return job_fail(e, "sums", "the checksums file is larger than 256 KiB");
	text[n] = '\0';
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

int verify_archive(const struct request *r, int archive, int sums, char hex[static HASH_HEX], struct job_error *e)
{
	struct wire w;

	if (hash_file(archive, hex, e) < 0)
		return -1;
	if (r->digest[0] && strcmp(r->digest, hex) != 0)
		return job_fail(e, "digest", "it has sha256 %s, the forge says %s", hex, r->digest);
	if (r->sums && check_sums(r, sums, hex, e) < 0)
		return -1;
	wire_begin(&w);
	wire_put(&w, "kind", "sum");
	wire_put(&w, "sha256", hex);
	wire_put(&w, "digest", r->digest[0] ? "match" : "none");
	wire_put(&w, "sums", r->sums ? "match" : "none");
	job_send(&w);
	return 0;
}
