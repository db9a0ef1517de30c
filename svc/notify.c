#include "svc/notify.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "lib/io.h"
#include "lib/text.h"
#include "lib/wire.h"

#define MESSAGE 1024 /* of a longer message only so much is looked at */

static int address_of(const char *place, unsigned slot, char address[NOTIFY_ADDRESS])
{
	return text_format(address, NOTIFY_ADDRESS, "%s/notify.%u", place, slot);
}

int notify_open(const char *place, unsigned slot, uid_t owner, char address[NOTIFY_ADDRESS])
{
	bool owned = owner != (uid_t)-1 && place[0] != '@';
	int fd;

	if (address_of(place, slot, address) == -1)
		return -1;
	fd = wire_datagrams(address, owned ? 0600 : 0666);
	if (fd != -1 && owned && chown(address, owner, (gid_t)-1) == -1)
		notify_close(&fd, place, slot);
	return fd;
}

/* Descriptors that come with a message are not taken: the kernel closes them, which is all that BARRIER=1 asks for. */
bool notify_take(int fd)
{
	char message[MESSAGE + 1];
	ssize_t n = recv(fd, message, MESSAGE, MSG_DONTWAIT);

	message[n == -1 ? 0 : n] = '\0';
	for (const char *line = message; line != NULL; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, "READY=1", 7) == 0 && (line[7] == '\0' || line[7] == '\n'))
			return true;
	}
	return false;
}

void notify_close(int *fd, const char *place, unsigned slot)
{
	char address[NOTIFY_ADDRESS];
	int saved = errno;

	if (*fd != -1 && place[0] != '@' && address_of(place, slot, address) != -1)
		(void)unlink(address);
	io_close(fd);
	errno = saved;
}
