#include "updater/policy/channel.h"

#include <string.h>
#include <strings.h>
#include "lib/text.h"
#include "updater/policy/version.h"

bool channel_parse(const char *text, struct channel *channel, char *why, size_t size)
{
	struct text t;
	*channel = (struct channel){0};
	text_begin(&t, why, size);
	if (strcmp(text, "stable") == 0)
		return true;
	if (strcmp(text, "prerelease") == 0) {
		channel->kind = CHANNEL_PRERELEASE;
		return true;
	}
	size_t n = 0;
	while (text[0] == '-' && text_is_plain(text[1 + n]))
		n++;
	if (n > 0 && n <= CHANNEL_WORD && text[1 + n] == '\0') {
		channel->kind = CHANNEL_SUFFIX;
		memcpy(channel->word, text + 1, n);
		return true;
	}
	text_addf(&t, "%shas to be stable, prerelease, or a suffix of 1 to %d letters and digits such as -beta",
		  strncmp(text, "branch:", 7) == 0 ? "branches cannot be followed yet; it " : "", CHANNEL_WORD);
	return false;
}

/* "beta", "beta.3", "beta3", "beta-3"; not "betatest". */
static bool begins_with_word(const char *prerelease, const char *word)
{
	size_t n = strlen(word);
	char next = strncasecmp(prerelease, word, n) == 0 ? prerelease[n] : 'x';
	return !text_is_plain(next) || (next >= '0' && next <= '9');
}

bool channel_takes(const struct channel *channel, const char *tag, bool flagged)
{
	const char *prerelease = version_prerelease(tag);
	if (!flagged && prerelease == NULL)
		return true;
	switch (channel->kind) {
	case CHANNEL_STABLE: return false;
	case CHANNEL_PRERELEASE: return true;
	case CHANNEL_SUFFIX: return prerelease != NULL && begins_with_word(prerelease, channel->word);
	}
	return false;
}
