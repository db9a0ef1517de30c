#include "updater/policy/channel.h"

#include <string.h>
#include <strings.h>
#include "lib/text.h"
#include "updater/policy/version.h"

/* As git-check-ref-format(1) has it, nearly; what it lets pass and this does not nobody calls a branch. */
static bool is_ref(const char *s)
{
	size_t n = strlen(s);
	for (size_t i = 0; i < n; i++) {
		bool first = i == 0 || s[i - 1] == '/';
		if ((unsigned char)s[i] <= ' ' || s[i] == 0x7f || strchr("~^:?*[\\@{}", s[i]) != NULL)
			return false;
		if ((first && strchr("./-", s[i]) != NULL) || (s[i] == '.' && s[i + 1] == '.'))
			return false;
	}
	bool locked = n >= 5 && strcmp(s + n - 5, ".lock") == 0;
	return n > 0 && n <= CHANNEL_BRANCH_MAX && s[n - 1] != '/' && s[n - 1] != '.' && !locked;
}

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
	if (strncmp(text, "branch:", 7) == 0 && is_ref(text + 7)) {
		channel->kind = CHANNEL_BRANCH;
		memcpy(channel->branch, text + 7, strlen(text + 7) + 1);
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
	text_addf(&t,
		  "has to be stable, prerelease, a suffix of 1 to %d letters and digits such as -beta, or branch: and "
		  "the name of a branch of at most %d bytes",
		  CHANNEL_WORD, CHANNEL_BRANCH_MAX);
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
		return channel->kind != CHANNEL_BRANCH;
	switch (channel->kind) {
	case CHANNEL_BRANCH:
	case CHANNEL_STABLE: return false;
	case CHANNEL_PRERELEASE: return true;
	case CHANNEL_SUFFIX: return prerelease != NULL && begins_with_word(prerelease, channel->word);
	}
	return false;
}

void channel_branch_tag(const struct channel *channel, const char *commit, char tag[VERSION_TAG_MAX + 1])
{
	struct text t;
	text_begin(&t, tag, VERSION_TAG_MAX + 1);
	text_addf(&t, "%s-%.7s", channel->branch, commit);
	for (char *s = tag; *s != '\0'; s++)
		if (!text_is_plain(*s) && strchr("._+-", *s) == NULL)
			*s = '-';
}
