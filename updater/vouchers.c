#include "updater/vouchers.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "lib/io.h"
#include "lib/log.h"
#include "updater/ask.h"

static const char *const names[VOUCHERS] = {"signature.0", "signature.1", "signature.2", "signature.3", "sums"};

void vouchers_init(struct vouchers *v)
{
	*v = (struct vouchers){.at = -1};
	for (int i = 0; i < VOUCHERS; i++)
		v->fds[i] = -1;
}

bool vouchers_take(struct vouchers *v, const struct release *r, const struct plan_finding *f)
{
	for (int i = 0; i < VOUCHERS; i++) {
		int found = i == VOUCHERS_SUMS ? f->sums : f->signatures[i];
		if (found != -1 && !release_copy(&v->assets[i], &r->assets[found]))
			return false;
	}
	return true;
}

void vouchers_end(struct vouchers *v)
{
	for (int i = 0; i < VOUCHERS; i++) {
		release_forget(&v->assets[i]);
		io_close(&v->fds[i]);
	}
	v->at = -1;
}

int vouchers_next(struct vouchers *v, int download)
{
	do
		v->at++;
	while (v->at < VOUCHERS && v->assets[v->at].name == NULL);
	if (v->at == VOUCHERS)
		return 0;
	int fd = openat(download, names[v->at], O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	v->fds[v->at] = fd;
	return fd == -1 ? -1 : 1;
}

const struct release_asset *vouchers_asset(const struct vouchers *v)
{
	return &v->assets[v->at];
}

int vouchers_fd(const struct vouchers *v)
{
	return v->fds[v->at];
}

uint64_t vouchers_cap(const struct vouchers *v)
{
	return v->at == VOUCHERS_SUMS ? ASK_SUMS_MAX : SIGNATURE_SIZE_MAX;
}

const char *vouchers_sums(const struct vouchers *v)
{
	return v->assets[VOUCHERS_SUMS].name;
}

bool vouchers_signed(const struct vouchers *v)
{
	for (int form = 0; form < SIGNATURE_FORMS; form++)
		if (v->assets[form].name != NULL)
			return true;
	return false;
}

int vouchers_hand_over(struct vouchers *v, bool forms[static SIGNATURE_FORMS], int fds[static 7 + SIGNATURE_FORMS])
{
	for (int i = 0; i < VOUCHERS; i++)
		if (v->fds[i] != -1 && lseek(v->fds[i], 0, SEEK_SET) == -1)
			return -1;
	fds[5] = v->fds[VOUCHERS_SUMS];
	for (int form = 0; form < SIGNATURE_FORMS; form++) {
		forms[form] = v->assets[form].name != NULL;
		fds[7 + form] = v->fds[form];
	}
	return 0;
}

/* "match" where there was something to match, "none" where not. */
static bool says(const struct wire *packet, const char *key, bool match)
{
	char word[16];
	return wire_get(packet, key, word, sizeof(word)) != -1 && strcmp(word, match ? "match" : "none") == 0;
}

static void say_verified(const struct vouchers *v, const struct state *s, const struct release_asset *a,
			 const char *sha)
{
	bool digest = a->digest[0] != '\0';
	const char *sums = vouchers_sums(v);
	if (s->verified == TRUST_NONE)
		log_warn("%s is not verified, as UPDATE_VERIFY=none allows: the forge gives no digest and the release "
			 "no checksums file; sha256 is %s",
			 a->name, sha);
	else
		log_info("verified %s: sha256 %.12s...%s%s%s%s%s", a->name, sha, digest ? " as the forge says" : "",
			 sums == NULL ? ""
			 : digest     ? " and as "
				      : " as ",
			 sums == NULL ? "" : sums, s->verified_by[0] != '\0' ? ", signed by " : "", s->verified_by);
}

bool vouchers_confirm(const struct vouchers *v, struct world *w, const struct release_asset *a,
		      const struct wire *packet)
{
	struct state *s = &w->state;
	char sha[RELEASE_DIGEST], signers[STATE_SIGNERS];
	bool digest = a->digest[0] != '\0', sums = vouchers_sums(v) != NULL, is_signed = vouchers_signed(v);
	if (!says(packet, "digest", digest) || !says(packet, "sums", sums) || !says(packet, "signature", is_signed) ||
	    wire_get(packet, "sha256", sha, sizeof(sha)) == -1 ||
	    wire_get(packet, "signers", signers, sizeof(signers)) == -1 || is_signed != (signers[0] != '\0'))
		return false;
	if (w->config->channel.kind == CHANNEL_BRANCH) /* it was built here: nobody else could vouch for it */
		return true;
	s->verified = is_signed ? TRUST_SIGNATURE : sums ? TRUST_CHECKSUMS : digest ? TRUST_DIGEST : TRUST_NONE;
	memcpy(s->verified_by, signers, sizeof(signers));
	memcpy(s->verified_tag, s->tag, sizeof(s->tag));
	world_repo(w, s->verified_of);
	say_verified(v, s, a, sha);
	return true;
}

void vouchers_discard(int download)
{
	for (int i = 0; i < VOUCHERS; i++)
		if (unlinkat(download, names[i], 0) == -1 && errno != ENOENT)
			log_warn_errno("download/%s cannot be removed", names[i]);
}
