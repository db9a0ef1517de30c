#include "updater/unpack/request.h"

#include <ctype.h>
#include <string.h>

static int read_digest(const struct wire *w, char *out, struct job_error *e)
{
	char text[96];
	const char *hex = text + strlen("sha256:");

	out[0] = '\0';
	if (job_text(w, "digest", text, sizeof text, e) < 0)
		return -1;
	if (text[0] == '\0')
		return 0;
	if (strncmp(text, "sha256:", 7) != 0 || strlen(hex) != 64 || strspn(hex, "0123456789abcdefABCDEF") != 64)
		return job_fail(e, "usage", "digest=%s is not sha256: and 64 hexadecimal digits", text);
	for (size_t i = 0; i < HASH_HEX; i++)
		out[i] = (char)tolower((unsigned char)hex[i]);
	return 0;
}

static int read_flag(const struct wire *w, const char *key, bool *flag, struct job_error *e)
{
	char word[16];

	if (job_text(w, key, word, sizeof word, e) < 0)
		return -1;
	*flag = strcmp(word, "1") == 0;
	if (word[0] && !*flag && strcmp(word, "0") != 0)
		return job_fail(e, "usage", "%s=%s is neither 0 nor 1", key, word);
	return 0;
}

static int read_flags(const struct wire *w, struct request *r, struct job_error *e)
{
	char word[16];

	if (job_text(w, "do", word, sizeof word, e) < 0)
		return -1;
	r->install = strcmp(word, "install") == 0;
	if (!r->install && strcmp(word, "verify") != 0)
		return job_fail(e, "usage", "do=%s is neither install nor verify", word);
	return read_flag(w, "sums", &r->sums, e);
}

/* What is said to be signed has to be there, and keys and a repository to hold the signature against. */
static int read_signatures(const struct wire *w, struct request *r, struct job_error *e)
{
	static const char *const flags[REQUEST_SIGNATURES] = {"minisig", "sig", "sums-minisig", "sums-sig"};
	char keys[KEYS_TEXT];
	bool any = false;

	for (size_t i = 0; i < REQUEST_SIGNATURES; i++) {
		if (read_flag(w, flags[i], &r->signed_[i], e) < 0)
			return -1;
		if (r->signed_[i] && i >= REQUEST_SUMS_MINISIG && !r->sums)
			return job_fail(e, "usage", "%s=1 without sums=1", flags[i]);
		any |= r->signed_[i];
	}
	if (job_text(w, "keys", keys, sizeof keys, e) < 0 || job_text(w, "repo", r->repo, sizeof r->repo, e) < 0)
		return -1;
	if (keys_read(keys, &r->keys) < 0)
		return job_fail(e, "usage", "keys= holds something that is no key");
	if (any && (r->keys.count == 0 || r->repo[0] == '\0'))
		return job_fail(e, "usage", "%s= is missing", r->keys.count == 0 ? "keys" : "repo");
	if (r->signed_[REQUEST_SUMS_MINISIG] || r->signed_[REQUEST_SUMS_SIG])
		return job_word(w, "sums-name", r->sums_name, sizeof r->sums_name, e);
	return 0;
}

int request_read(const struct wire *w, struct request *r, struct job_error *e)
{
	memset(r, 0, sizeof *r);
	r->max_bytes = (uint64_t)1 << 30;
	r->max_entries = 100000;
	if (read_flags(w, r, e) < 0 || job_word(w, "name", r->name, sizeof r->name, e) < 0 ||
	    job_word(w, "tag", r->tag, sizeof r->tag, e) < 0 || read_digest(w, r->digest, e) < 0 ||
	    read_signatures(w, r, e) < 0 || job_text(w, "bare", r->bare, sizeof r->bare, e) < 0 ||
	    job_text(w, "entry", r->entry, sizeof r->entry, e) < 0 ||
	    job_number(w, "published", 0, INT64_MAX, &r->published, e) < 0 ||
	    job_number(w, "max-bytes", 1, (uint64_t)1 << 42, &r->max_bytes, e) < 0)
		return -1;
	return job_number(w, "max-entries", 1, 10000000, &r->max_entries, e);
}
