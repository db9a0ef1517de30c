#include "updater/fetch/notes.h"

#include <stdbool.h>
#include <string.h>
#include "lib/text.h"

/* How many bytes at s must not reach a terminal: 0 when it may have them. */
static size_t unfit(const unsigned char *s)
{
	if ((s[0] < ' ' && s[0] != '\n' && s[0] != '\t') || s[0] == 0x7f)
		return 1;
	if (s[0] == 0xc2 && s[1] >= 0x80 && s[1] < 0xa0) /* U+0080 to U+009F */
		return 2;
	if (s[0] == 0xe2 && s[1] == 0x80 && ((s[2] >= 0xaa && s[2] <= 0xae) || s[2] == 0x8e || s[2] == 0x8f))
		return 3; /* U+202A to U+202E, U+200E, U+200F */
	return s[0] == 0xe2 && s[1] == 0x81 && s[2] >= 0xa6 && s[2] <= 0xa9 ? 3 : 0; /* U+2066 to U+2069 */
}

/* The byte is not the first of its character. */
static bool continues(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/* One line from *text on, cleaned; moves *text behind it. */
static void read_line(const char **text, char line[NOTES_LINE + 1])
{
	size_t n = 0;
	const char *s = *text;
	while (*s != '\0' && *s != '\n') {
		size_t skip = unfit((const unsigned char *)s);
		if (n == NOTES_LINE || (n >= NOTES_LINE - 3 && !continues(*s))) /* it might not fit whole */
			break;
		if (s[0] != '\r' || s[1] != '\n')
			line[n++] = skip > 0 ? '?' : *s == '\t' ? ' ' : *s;
		s += skip > 0 ? skip : 1;
	}
	line[n] = '\0';
	*text = s + (*s == '\n');
}

void notes_read(const char *text, notes_told *told, void *context)
{
	char line[NOTES_LINE + 1];
	const char *begin = text;
	while (*text != '\0') {
		if (text - begin >= NOTES_MAX) {
			if (text_format(line, sizeof(line),
					"... %zu bytes more are on the forge's page; no more than %d are shown",
					strlen(text), NOTES_MAX) != -1)
				told(context, line);
			return;
		}
		read_line(&text, line);
		told(context, line);
	}
}
