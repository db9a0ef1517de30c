#include "updater/branch.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define ENDING ".tar.gz"

static bool is_commit(const char *s)
{
	size_t n = strlen(s);
	return (n == 40 || n == 64) && strspn(s, "0123456789abcdef") == n;
}

int branch_add(const struct config *c, const struct wire *packet, int64_t now, struct release_list *list)
{
	struct wire w;
	char tag[VERSION_TAG_MAX + 1], commit[65], page[1500], api[1500];
	if (wire_get(packet, "commit", commit, sizeof(commit)) == -1 || !is_commit(commit) ||
	    wire_get(packet, "sources", page, sizeof(page)) == -1 ||
	    wire_get(packet, "sources-api", api, sizeof(api)) == -1) {
		errno = EBADMSG;
		return -1;
	}
	channel_branch_tag(&c->channel, commit, tag);
	wire_begin(&w);
	wire_put(&w, "kind", "release");
	wire_put(&w, "tag", tag);
	wire_put_number(&w, "published", now);
	wire_put_number(&w, "draft", 0);
	wire_put_number(&w, "prerelease", 0);
	if (release_add(list, &w) == -1)
		return -1;
	wire_begin(&w);
	wire_put(&w, "kind", "asset");
	wire_putf(&w, "name", "%s" ENDING, commit);
	wire_put(&w, "state", "uploaded");
	wire_put(&w, "digest", "");
	wire_putf(&w, "url", "%s%s", c->url, page);
	wire_putf(&w, "api", "%s%s", c->api, api);
	return release_add(list, &w);
}

const char *branch_commit(const struct release_asset *sources)
{
	static char commit[65];
	size_t n = strlen(sources->name) - strlen(ENDING);
	memcpy(commit, sources->name, n < sizeof(commit) ? n : sizeof(commit) - 1);
	commit[n < sizeof(commit) ? n : sizeof(commit) - 1] = '\0';
	return commit;
}
