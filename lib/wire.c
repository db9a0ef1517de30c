#include "lib/wire.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include "lib/env.h"
#include "lib/io.h"
#include "lib/kernel.h"

void wire_begin(struct wire *w)
{
	text_begin(&w->text, w->bytes, sizeof w->bytes);
}

void wire_put(struct wire *w, const char *key, const char *value)
{
	text_addf(&w->text, "%s=", key);
	for (; *value != '\0'; value++) {
		char c = (unsigned char)*value < 0x20 || *value == 0x7f ? '?' : *value;

		text_add_bytes(&w->text, &c, 1);
	}
	text_add(&w->text, "\n");
}

void wire_putf(struct wire *w, const char *key, const char *format, ...)
{
	char value[WIRE_MAX];
	struct text t;
	va_list args;

	text_begin(&t, value, sizeof value);
	va_start(args, format);
	text_addv(&t, format, args);
	va_end(args);
	wire_put(w, key, value);
	w->text.cut |= t.cut;
}

void wire_put_number(struct wire *w, const char *key, int64_t value)
{
	text_addf(&w->text, "%s=%lld\n", key, (long long)value);
}

static int send_packet(int fd, const struct text *t)
{
	ssize_t n;

	if (t->cut) {
		errno = EMSGSIZE;
		return -1;
	}
	do
		n = send(fd, t->at, t->len, MSG_NOSIGNAL);
	while (n == -1 && errno == EINTR);
	return n == -1 ? -1 : 0;
}

int wire_send(int fd, const struct wire *w)
{
	return send_packet(fd, &w->text);
}

static int say(int fd, const char *format, va_list args) __attribute__((format(printf, 2, 0)));

static int say(int fd, const char *format, va_list args)
{
	char buf[WIRE_MAX + 1];
	struct text t;

	text_begin(&t, buf, sizeof buf);
	text_addv(&t, format, args);
	return send_packet(fd, &t);
}

int wire_say(int fd, const char *format, ...)
{
	va_list args;
	int r;

	va_start(args, format);
	r = say(fd, format, args);
	va_end(args);
	return r;
}

void wire_refuse(int fd, const char *format, ...)
{
	char unread;
	va_list args;

	va_start(args, format);
	(void)!say(fd, format, args); /* it may be gone already */
	va_end(args);
	shutdown(fd, SHUT_RD);
	while (recv(fd, &unread, 1, MSG_DONTWAIT) > 0)
		;
	close(fd);
}

int wire_recv(int fd, struct wire *w)
{
	ssize_t n;

	wire_begin(w);
	do
		n = recv(fd, w->bytes, WIRE_MAX, MSG_TRUNC);
	while (n == -1 && errno == EINTR);
	if (n <= 0)
		return (int)n;
	if (n > WIRE_MAX) {
		errno = EMSGSIZE;
		return -1;
	}
	if (memchr(w->bytes, '\0', (size_t)n) != NULL) {
		errno = EBADMSG;
		return -1;
	}
	w->bytes[n] = '\0';
	w->text.len = (size_t)n;
	return 1;
}

enum wire_kind wire_classify(struct wire *w, const char **code, const char **text)
{
	char *space;

	if (strcmp(w->bytes, "ok") == 0)
		return WIRE_OK;
	if (strncmp(w->bytes, "err ", 4) != 0)
		return WIRE_DATA;
	*code = w->bytes + 4;
	space = strchr(w->bytes + 4, ' ');
	*text = space == NULL ? "" : space + 1;
	if (space != NULL)
		*space = '\0';
	return WIRE_ERR;
}

/* The value of key, up to the end of its line, or NULL. */
static const char *find(const struct wire *w, const char *key, size_t *len)
{
	size_t keylen = strlen(key);

	for (const char *line = w->bytes; *line != '\0';) {
		size_t n = strcspn(line, "\n");

		if (n > keylen && line[keylen] == '=' && memcmp(line, key, keylen) == 0) {
			*len = n - keylen - 1;
			return line + keylen + 1;
		}
		line += n + (line[n] == '\n');
	}
	errno = ENOENT;
	return NULL;
}

int wire_get(const struct wire *w, const char *key, char *out, size_t size)
{
	size_t len;
	const char *value = find(w, key, &len);

	out[0] = '\0';
	if (value == NULL)
		return -1;
	if (len >= size) {
		errno = EMSGSIZE;
		return -1;
	}
	memcpy(out, value, len);
	out[len] = '\0';
	return (int)len;
}

int wire_get_number(const struct wire *w, const char *key, uint64_t min, uint64_t max, uint64_t *out)
{
	char value[24];

	if (wire_get(w, key, value, sizeof value) == -1) {
		if (errno == EMSGSIZE)
			errno = ERANGE;
		return -1;
	}
	return env_number(value, min, max, out);
}

static int address(const char *path, struct sockaddr_un *sa, socklen_t *len)
{
	size_t n = strlen(path);

	if (n == 0 || n >= sizeof sa->sun_path) {
		errno = n == 0 ? EINVAL : ENAMETOOLONG;
		return -1;
	}
	*sa = (struct sockaddr_un){.sun_family = AF_UNIX};
	memcpy(sa->sun_path, path, n);
	*len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
	if (path[0] == '@')
		sa->sun_path[0] = '\0';
	return 0;
}

/* A socket that a former life left behind is removed; anything else at the path is somebody's. */
static int clear_path(const char *path)
{
	struct stat st;

	if (path[0] == '@' || (kernel_stat(AT_FDCWD, path, &st, AT_SYMLINK_NOFOLLOW) == -1 && errno == ENOENT))
		return 0;
	if (!S_ISSOCK(st.st_mode)) {
		errno = EEXIST;
		return -1;
	}
	return unlink(path);
}

static int open_at(const char *path, unsigned mode, int type)
{
	struct sockaddr_un sa;
	socklen_t len;
	int fd;

	if (address(path, &sa, &len) == -1 || clear_path(path) == -1)
		return -1;
	fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd != -1 && (bind(fd, (struct sockaddr *)&sa, len) == -1 || (path[0] != '@' && chmod(path, mode) == -1)))
		io_close(&fd);
	return fd;
}

int wire_listen(const char *path, unsigned mode)
{
	int fd = open_at(path, mode, SOCK_SEQPACKET);

	if (fd != -1 && listen(fd, SOMAXCONN) == -1)
		io_close(&fd);
	return fd;
}

int wire_datagrams(const char *path, unsigned mode)
{
	return open_at(path, mode, SOCK_DGRAM);
}

int wire_connect(const char *path)
{
	struct sockaddr_un sa;
	socklen_t len;
	int fd;

	if (address(path, &sa, &len) == -1)
		return -1;
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return -1;
	if (connect(fd, (struct sockaddr *)&sa, len) == -1)
		io_close(&fd);
	return fd;
}
