#include "updater/download.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include "lib/log.h"
#include "updater/vouchers.h"

#define SPARE_BYTES (16u << 20) /* the disk is not filled to the brim */

int download_open(struct world *w, const struct release_asset *asset, const char *tag)
{
	struct state *s = &w->state;
	bool same = strcmp(s->tag, tag) == 0 && strcmp(s->asset, asset->name) == 0 &&
		    strcmp(s->digest, asset->digest) == 0 && s->digest[0] != '\0';
	int flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | (same ? 0 : O_TRUNC);
	int fd = openat(w->store.download, "archive", flags, 0600);
	if (fd == -1)
		return -1;
	if (!same)
		s->download_etag[0] = '\0';
	memcpy(s->tag, tag, strlen(tag) + 1);
	memcpy(s->asset, asset->name, strlen(asset->name) + 1);
	memcpy(s->digest, asset->digest, sizeof(s->digest));
	return fd;
}

bool download_has_room(const struct world *w, uint64_t size)
{
	struct statvfs v;
	if (size == RELEASE_UNSIZED || fstatvfs(w->store.download, &v) == -1)
		return true; /* the writes will tell */
	return (uint64_t)v.f_bavail * v.f_frsize > 2 * size + SPARE_BYTES;
}

void download_discard(struct world *w)
{
	w->state.download_etag[0] = '\0';
	if (unlinkat(w->store.download, "archive", 0) == -1 && errno != ENOENT)
		log_warn_errno("download/archive cannot be removed");
	vouchers_discard(w->store.download);
}

void download_sweep(struct world *w)
{
	const struct state *s = &w->state;
	char digest[RELEASE_DIGEST] = "";
	if (s->tag[0] == '\0' || s->digest[0] == '\0')
		return;
	if (store_has(&w->store, s->tag))
		world_digest(w, s->tag, digest);
	const struct plan_bad *bad = state_bad(s, s->tag);
	if (strcmp(digest, s->digest) == 0 || (bad != NULL && strcmp(bad->digest, s->digest) == 0))
		download_discard(w);
}
