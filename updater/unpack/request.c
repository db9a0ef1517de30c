#include "updater/unpack/request.h"

#include <ctype.h>
#include <string.h>

/* A name that goes into the manifest's first line. */
static int read_word(const struct wire *w, const char *key, char *out, size_t size, struct job_error *e)
{
	if (job_text(w, key, out, size, e) < 0)
		return -1;
	for (const char *s = out; *s; s++)
		if ((unsigned char)*s <= ' ' || *s == 0x7f || *s == '/')
			return job_fail(e, "usage", "%s=%s holds a space, a slash or a control byte", key, out);
	return out[0] ? 0 : job_fail(e, "usage", "%s= is missing", key);
}

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

static int read_flags(const struct wire *w, struct request *r, struct job_error *e)
{
	char word[16];

	if (job_text(w, "do", word, sizeof word, e) < 0)
		return -1;
	r->install = strcmp(word, "install") == 0;
	if (!r->install && strcmp(word, "verify") != 0)
		return job_fail(e, "usage", "do=%s is neither install nor verify", word);
	if (job_text(w, "sums", word, sizeof word, e) < 0)
		return -1;
	r->sums = strcmp(word, "1") == 0;
	if (word[0] && !r->sums && strcmp(word, "0") != 0)
		return job_fail(e, "usage", "sums=%s is neither 0 nor 1", word);
	return 0;
}

int request_read(const struct wire *w, struct request *r, struct job_error *e)
{
	memset(r, 0, sizeof *r);
	r->max_bytes = (uint64_t)1 << 30;
	r->max_entries = 100000;
	if (read_flags(w, r, e) < 0 || read_word(w, "name", r->name, sizeof r->name, e) < 0 ||
	    read_word(w, "tag", r->tag, sizeof r->tag, e) < 0 || read_digest(w, r->digest, e) < 0 ||
	    job_text(w, "bare", r->bare, sizeof r->bare, e) < 0 ||
	    job_text(w, "entry", r->entry, sizeof r->entry, e) < 0 ||
	    job_number(w, "max-bytes", 1, (uint64_t)1 << 42, &r->max_bytes, e) < 0)
		return -1;
	return job_number(w, "max-entries", 1, 10000000, &r->max_entries, e);
}
