#include "svc/command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "lib/kernel.h"
#include "lib/text.h"

int command_find(const char *name, char *out, size_t size)
{
	const char *path = getenv("PATH");
	int error = ENOENT;

	if (strchr(name, '/') != NULL)
		return text_format(out, size, "%s", name) == -1 ? -1 : 0;
	if (path == NULL)
		path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	for (const char *end; name[0] != '\0'; path = end + 1) {
		end = path + strcspn(path, ":");
		if (end != path && text_format(out, size, "%.*s/%s", (int)(end - path), path, name) != -1) {
			if (kernel_access(AT_FDCWD, out, X_OK) == 0)
				return 0;
			if (errno == EACCES)
				error = EACCES;
		}
		if (*end == '\0')
			break;
	}
	errno = error;
	return -1;
}
