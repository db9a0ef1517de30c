#include "updater/policy/skip.h"

#include <string.h>
#include "lib/text.h"
#include "updater/policy/version.h"

/* Cuts the next tag off the list: where it begins, its length in *len; NULL after the last. */
static const char *next(const char **list, size_t *len)
{
	const char *at = *list;
	if (at == NULL)
		return NULL;
	at += strspn(at, " ");
	size_t n = strcspn(at, ",");
	*list = at[n] == ',' ? at + n + 1 : NULL;
	while (n > 0 && at[n - 1] == ' ')
		n--;
	*len = n;
	return at;
}

bool skip_check(const char *list, char *why, size_t size)
{
	const char *at;
	size_t len;
	struct text t;
	text_begin(&t, why, size);
	while ((at = next(&list, &len)) != NULL) {
		char tag[VERSION_TAG_MAX + 2] = "";
		memcpy(tag, at, len < sizeof(tag) ? len : sizeof(tag) - 1);
		const char *fault = version_tag_fault(tag);
		if (fault == NULL)
			continue;
		text_addf(&t, "the tag '%.60s' %s", tag, fault);
		return false;
	}
	return true;
}

static const char *without_v(const char *tag)
{
	return tag + (*tag == 'v' || *tag == 'V');
}

bool skip_names(const char *list, const char *tag)
{
	const char *at, *name = without_v(tag);
	size_t len;
	while ((at = next(&list, &len)) != NULL) {
		size_t v = (size_t)(without_v(at) - at);
		if (len - v == strlen(name) && memcmp(at + v, name, len - v) == 0)
			return true;
	}
	return false;
}
