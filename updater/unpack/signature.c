#include "updater/unpack/signature.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include "lib/io.h"
#include "lib/text.h"
#include "updater/unpack/ecdsa.h"
#include "updater/unpack/minisig.h"

/* A signature file, read whole. */
struct paper {
	const char *kind; /* what its name ends in, for messages */
	char bytes[SIGNATURE_MAX + 2];
	size_t n;
};

static int fail(struct job_error *e, const struct paper *p, const struct signed_file *f, const char *what)
{
	return job_fail(e, "signature", "%s%s %s", f->name, p->kind, what);
}

static int read_paper(struct paper *p, int fd, const struct signed_file *f, struct job_error *e)
{
	ssize_t n = io_read(fd, p->bytes, SIGNATURE_MAX + 1);

	if (n < 0)
		return job_fail_errno(e, "cannot read %s%s", f->name, p->kind);
	if (n > SIGNATURE_MAX)
		return fail(e, p, f, "is larger than 10 KiB");
	p->n = (size_t)n;
	p->bytes[p->n] = '\0';
	return 0;
}

static void add_signer(struct request *r, const struct pinned_key *key)
{
	struct text t = {.at = r->signers, .size = sizeof r->signers, .len = strlen(r->signers)};

	text_addf(&t, "%s%s %s", t.len ? ", " : "", keys_kind_name(key->kind), key->id);
}

/* minisign's old form signs the bytes and not their hash: they have to be there at once. They are mapped, not read: the
 * kernel may drop them again. */
static int check_whole(const struct pinned_key *key, const struct minisig *m, const struct paper *p,
		       const struct signed_file *f, struct job_error *e)
{
	struct stat st;
	void *map;
	bool good;

	if (f->bytes)
		return ed25519_signed(key->bytes, m->signature, f->bytes, f->size);
	if (fstat(f->fd, &st) < 0)
		return job_fail_errno(e, "cannot look at %s", f->name);
	if (st.st_size == 0)
		return ed25519_signed(key->bytes, m->signature, "", 0);
	if ((uint64_t)st.st_size > SIGNATURE_WHOLE)
		return fail(e, p, f,
			    "is of minisign's old form, which is for files of at most 64 MiB; minisign without -l "
			    "makes the new one");
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, f->fd, 0);
	if (map == MAP_FAILED)
		return job_fail_errno(e, "cannot map %s", f->name);
	good = ed25519_signed(key->bytes, m->signature, map, (size_t)st.st_size);
	munmap(map, (size_t)st.st_size);
	return good;
}

static const struct pinned_key *find_key(const struct pinned_keys *keys, const char *id)
{
	for (size_t i = 0; i < keys->count; i++)
		if (keys->key[i].kind == KEYS_MINISIGN && strcmp(keys->key[i].id, id) == 0)
			return &keys->key[i];
	return NULL;
}

static int check_minisig(struct request *r, const struct paper *p, const struct signed_file *f, struct job_error *e)
{
	static struct minisig m;
	const struct minisig_subject subject = {f->name, r->repo, r->tag};
	const char *wrong = minisig_read(p->bytes, p->n, &m);
	const struct pinned_key *key;
	char word[300];
	int good;

	if (wrong)
		return fail(e, p, f, wrong);
	key = find_key(&r->keys, m.key_id);
	if (!key)
		return job_fail(e, "signature", "%s%s is made by the key %s, which is not pinned", f->name, p->kind,
				m.key_id);
	good = m.hashed ? ed25519_signed(key->bytes, m.signature, f->blake2b, sizeof f->blake2b)
			: check_whole(key, &m, p, f, e);
	if (good < 0)
		return -1;
	if (!good)
		return fail(e, p, f, "does not belong to these bytes");
	if (!ed25519_signed(key->bytes, m.global, m.bound, m.nbound))
		return fail(e, p, f, "has another trusted comment than was signed");
	if (!minisig_is_about(&m, &subject, word))
		return job_fail(e, "signature", "%s%s is for another: its trusted comment says %s", f->name, p->kind,
				word);
	add_signer(r, key);
	return 0;
}

/* Nothing in it says which key made it: each is tried. */
static int check_ecdsa(struct request *r, const struct paper *p, const struct signed_file *f, struct job_error *e)
{
	unsigned char rs[ECDSA_SIZE];
	const char *wrong = ecdsa_read((const unsigned char *)p->bytes, p->n, rs);

	if (wrong)
		return fail(e, p, f, wrong);
	for (size_t i = 0; i < r->keys.count; i++)
		if (r->keys.key[i].kind == KEYS_P256_POINT && hash_signed(r->keys.key[i].bytes, rs, f->sha256)) {
			add_signer(r, &r->keys.key[i]);
			return 0;
		}
	return fail(e, p, f, "is by no pinned key, or not over these bytes");
}

int signature_check(struct request *r, enum request_signature form, int signature, const struct signed_file *f,
		    struct job_error *e)
{
	static struct paper paper;
	bool minisig = form == REQUEST_ARCHIVE_MINISIG || form == REQUEST_SUMS_MINISIG;

	paper.kind = minisig ? ".minisig" : ".sig";
	if (read_paper(&paper, signature, f, e) < 0)
		return -1;
	return minisig ? check_minisig(r, &paper, f, e) : check_ecdsa(r, &paper, f, e);
}
