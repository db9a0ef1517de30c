/* A pin in the first line, tags in those after it; the rest of the policy's texts are read as well. */
#include <string.h>
#include "test/fuzz/fuzz.h"
#include "updater/policy/channel.h"
#include "updater/policy/pin.h"
#include "updater/policy/skip.h"
#include "updater/policy/window.h"

/* Whatever a condition lets in is not below where it begins, and conditions only ever take away. */
static void look_at(const struct pin *pin, const char *tag)
{
	struct pin one = {.count = 1};
	bool all = true;

	for (size_t i = 0; i < pin->count; i++) {
		const struct pin_condition *c = &pin->conditions[i];
		bool in;

		one.conditions[0] = *c;
		in = pin_allows(&one, tag);
		all = all && in;
		expect(!in || c->relation == PIN_TAG || version_is(tag));
		if (!in || (c->relation != PIN_CARET && c->relation != PIN_TILDE && c->relation != PIN_ABOVE))
			continue;
		one.conditions[0].relation = PIN_FROM;
		expect(pin_allows(&one, tag));
		one.conditions[0].relation = PIN_BELOW;
		expect(!pin_allows(&one, tag));
	}
	expect(pin_allows(pin, tag) == all);
}

/* A zone with hours that are skipped and that come twice, at quarters of an hour as everywhere. */
static long offset(int64_t when)
{
	return when / 90000 % 2 ? 7200 : 3600;
}

static void look_out(const char *text)
{
	struct window w;
	char why[200] = "";
	bool right = window_parse(text, &w, why, sizeof why);

	expect(right == (w.count > 0) && right == (why[0] == '\0') && w.count <= WINDOW_SPANS);
	for (int64_t now = 1795309323; now < 1795309323 + 86400; now += 20011) {
		int64_t opens = window_opens(&w, now, offset);

		expect((opens == now) == window_is_open(&w, now, offset));
		expect(opens == -1 || (opens >= now && window_is_open(&w, opens, offset)));
		expect(opens <= now || !window_is_open(&w, opens - 1, offset));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *rest = text, why[200] = "";
	struct channel channel;
	struct pin pin;

	expect(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	const char *first = strsep(&rest, "\n");
	bool right = pin_parse(first, &pin, why, sizeof why);
	expect(right == (pin.count > 0) && (right || why[0] != '\0'));
	expect(channel_parse(first, &channel, why, sizeof why) || channel.kind == CHANNEL_STABLE);
	look_out(first);
	bool list = skip_check(first, why, sizeof why);
	expect(!list || !strchr(first, '/'));
	while (rest) {
		const char *tag = strsep(&rest, "\n");

		look_at(&pin, tag);
		expect(channel_takes(&channel, tag, false) || version_is_prerelease(tag) ||
		       channel.kind == CHANNEL_BRANCH);
		expect(!list || !skip_names(first, tag) || strlen(tag) <= VERSION_TAG_MAX);
	}
	free(text);
	return 0;
}
