#include "updater/unpack/minisig.h"

#include <string.h>
#include <strings.h>
#include "lib/text.h"
#include "updater/base64.h"

#define UNTRUSTED "untrusted comment: "
#define TRUSTED "trusted comment: "

/* A piece of the text. */
struct piece {
	const char *at;
	size_t n;
};

/* The next line without its end; false when there is none. */
static bool next_line(struct piece *rest, struct piece *line)
{
	const char *end = memchr(rest->at, '\n', rest->n);
	size_t n = end ? (size_t)(end - rest->at) : rest->n;

	if (rest->n == 0)
		return false;
	*line = (struct piece){rest->at, n > 0 && rest->at[n - 1] == '\r' ? n - 1 : n};
	rest->at += n + (end != NULL);
	rest->n -= n + (end != NULL);
	return true;
}

/* The rest of a line that starts so. */
static bool strip(struct piece *line, const char *prefix)
{
	size_t n = strlen(prefix);

	if (line->n < n || memcmp(line->at, prefix, n) != 0)
		return false;
	line->at += n;
	line->n -= n;
	return line->n <= MINISIG_COMMENT;
}

static bool is_text(struct piece p)
{
	for (size_t i = 0; i < p.n; i++)
		if (((unsigned char)p.at[i] < ' ' && p.at[i] != '\t') || p.at[i] == 0x7f)
			return false;
	return true;
}

static bool decode(struct piece line, unsigned char *out, size_t size)
{
	return base64_decode(line.at, line.n, out, size) == (ssize_t)size;
}

/* minisign shows the eight bytes as a number, the last byte first. */
static void name_key(const unsigned char id[8], char out[MINISIG_ID])
{
	for (size_t i = 0; i < 8; i++) {
		out[2 * i] = "0123456789ABCDEF"[id[7 - i] >> 4];
		out[2 * i + 1] = "0123456789ABCDEF"[id[7 - i] & 15];
	}
	out[16] = '\0';
}

const char *minisig_read(const char *text, size_t n, struct minisig *m)
{
	struct piece rest = {text, n}, untrusted, signature, trusted, global;
	unsigned char signed_[2 + 8 + 64];

	if (n == 0)
		return "is empty";
	if (!next_line(&rest, &untrusted) || !strip(&untrusted, UNTRUSTED) || !is_text(untrusted))
		return "is no minisign signature: its first line is no untrusted comment";
	if (!next_line(&rest, &signature) || !decode(signature, signed_, sizeof signed_))
		return "is cut off or damaged: its second line is no signature";
	if (memcmp(signed_, "Ed", 2) != 0 && memcmp(signed_, "ED", 2) != 0)
		return "is of another algorithm than Ed25519";
	if (!next_line(&rest, &trusted) || !strip(&trusted, TRUSTED) || !is_text(trusted))
		return "is cut off or damaged: its third line is no trusted comment";
	if (!next_line(&rest, &global) || !decode(global, m->global, sizeof m->global))
		return "is cut off or damaged: its fourth line is no signature";
	if (rest.n > 0)
		return "goes on after its fourth line";
	m->hashed = signed_[1] == 'D';
	name_key(signed_ + 2, m->key_id);
	memcpy(m->signature, signed_ + 10, sizeof m->signature);
	memcpy(m->comment, trusted.at, trusted.n);
	m->comment[trusted.n] = '\0';
	memcpy(m->bound, m->signature, sizeof m->signature);
	memcpy(m->bound + sizeof m->signature, trusted.at, trusted.n);
	m->nbound = sizeof m->signature + trusted.n;
	return NULL;
}

/* Is it "KEY:VALUE" with another value? */
static bool names_another(struct piece word, const char *key, const char *value, bool any_case)
{
	size_t k = strlen(key), v = strlen(value);

	if (word.n < k || memcmp(word.at, key, k) != 0)
		return false;
	if (word.n - k != v)
		return true;
	return any_case ? strncasecmp(word.at + k, value, v) != 0 : memcmp(word.at + k, value, v) != 0;
}

bool minisig_is_about(const struct minisig *m, const struct minisig_subject *s, char word[static 300])
{
	struct text t;

	text_begin(&t, word, 300);
	for (const char *at = m->comment + strspn(m->comment, " \t"); *at; at += strspn(at, " \t")) {
		struct piece p = {at, strcspn(at, " \t")};

		at += p.n;
		/* Names of owners and repositories are the same in any case of letters. */
		if (!names_another(p, "file:", s->file, false) && !names_another(p, "repo:", s->repo, true) &&
		    !names_another(p, "tag:", s->tag, false))
			continue;
		text_addf(&t, "%.*s", (int)(p.n < 290 ? p.n : 290), p.at);
		return false;
	}
	return true;
}
