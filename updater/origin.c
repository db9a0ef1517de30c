#include "updater/origin.h"

#include "lib/clock.h"
#include "updater/ask.h"
#include "updater/policy/mirror.h"

void origin_begin(struct origin *o)
{
	*o = (struct origin){0};
}

void origin_choose(struct origin *o, const struct world *w, const struct release_asset *a, bool vouched)
{
	char host[STATE_HOST];
	o->from_mirror = false;
	for (; vouched && mirror_url(w->config->mirrors, o->mirror, a->url, o->place, sizeof(o->place)); o->mirror++) {
		mirror_host(o->place, host, sizeof(host));
		o->from_mirror = state_not_before(&w->state, host, clock_wall()) == 0;
		if (o->from_mirror)
			return;
	}
}

void origin_leave(struct origin *o)
{
	o->from_mirror = false;
	o->mirror++;
}

void origin_ask(const struct origin *o, struct world *w, const struct release_asset *a, uint64_t cap, uint64_t offset,
		struct wire *request)
{
	bool by_api = w->config->token[0] != '\0' && a->api[0] != '\0';
	if (o->from_mirror)
		ask_mirror(request, w->config, o->place, cap, offset, w->state.download_etag);
	else
		ask_get(request, w->config, a, cap, offset, w->state.download_etag);
	world_asks(w, o->from_mirror ? o->place : by_api ? a->api : a->url);
}
