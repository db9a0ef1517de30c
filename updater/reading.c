#include "updater/reading.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "lib/io.h"
#include "lib/log.h"
#include "updater/ask.h"

void reading_init(struct reading *r, struct world *w)
{
	r->world = w;
}

static enum reading_result fail(struct reading *r, const char *code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static enum reading_result fail(struct reading *r, const char *code, const char *format, ...)
{
	va_list args;
	text_cut(r->code, sizeof(r->code), "%s", code);
	va_start(args, format);
	text_cutv(r->text, sizeof(r->text), format, args);
	va_end(args);
	return READING_FAILED;
}

static int open_file(struct reading *r, const char *dir, const char *under)
{
	struct stat st;
	if (text_format(r->path, sizeof(r->path), "%s%s/%s.json", dir, under, r->name) == -1)
		return -1;
	int fd = open(r->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd == -1 || fstat(fd, &st) == -1 || S_ISREG(st.st_mode))
		return fd;
	io_close(&fd);
	errno = EINVAL;
	return -1;
}

enum reading_result reading_begin(struct reading *r, const char *name, int64_t now)
{
	struct world *w = r->world;
	struct wire request;
	char path[STORE_PATH];
	memcpy(r->name, name, strlen(name) + 1);
	text_begin(&r->lines, r->kept, sizeof(r->kept));
	text_addf(&r->lines, "moult-profile 1 %s\n", name);
	int fd = open_file(r, w->config->state_dir, "/profiles");
	if (fd == -1 && errno == ENOENT)
		fd = open_file(r, w->config->profile_dir, "");
	if (fd == -1 && errno == ENOENT)
		return fail(r, "missing", "there is no profile %s: neither %s/profiles/%s.json nor %s", name,
			    w->config->state_dir, name, r->path);
	if (fd == -1)
		return fail(r, "profile", "%s: %s", r->path, errno == EINVAL ? "is no file" : strerror(errno));
	ask_profile(&request);
	int fds[] = {-1, -1, STDERR_FILENO, fd};
	int started = text_format(path, sizeof(path), "%s/moult-unpack", w->helper_dir) == -1
			      ? -1
			      : helper_start(&w->helper, path, fds, 4, &request, now + ASK_PROFILE * 1000LL);
	enum reading_result result =
		started == -1 ? fail(r, "system", "moult-unpack cannot be started: %s", strerror(errno)) : READING_WAIT;
	io_close(&fd);
	return result;
}

void reading_packet(struct reading *r, const struct wire *packet)
{
	char kind[16], name[PROFILE_NAME_MAX + 1], value[WIRE_MAX];
	if (wire_get(packet, "kind", kind, sizeof(kind)) == -1)
		kind[0] = '\0';
	if (wire_get(packet, "name", name, sizeof(name)) == -1)
		name[0] = '\0';
	if (wire_get(packet, "value", value, sizeof(value)) == -1)
		value[0] = '\0';
	bool named = name[0] != '\0' && strpbrk(name, "= ") == NULL;
	if (strcmp(kind, "lacks") == 0)
		log_debug("%s is less confined than it should be: %s", r->world->helper.name, packet->bytes);
	else if (strcmp(kind, "argument") == 0)
		text_addf(&r->lines, "argument %s\n", value);
	else if (strcmp(kind, "env") == 0 && named)
		text_addf(&r->lines, "env %s=%s\n", name, value);
	else if (strcmp(kind, "unset") == 0 && named)
		text_addf(&r->lines, "unset %s\n", name);
	else if (strcmp(kind, "limit") == 0 && named)
		text_addf(&r->lines, "limit %s %s\n", name, value);
	else
		helper_refuse(&r->world->helper, "helper", "it told of a profile not as agreed");
}

enum reading_result reading_ended(struct reading *r)
{
	const struct helper *h = &r->world->helper;
	if (!h->ok)
		return fail(r, h->code, "%s: %s", r->path, h->text);
	text_add(&r->lines, "end\n");
	if (!text_whole(&r->lines))
		return fail(r, "profile", "%s: it holds more than %d bytes in all", r->path, PROFILE_TEXT_MAX);
	if (profile_save(r->world->store.dir, r->name, r->kept, r->lines.len, r->used) == -1)
		return fail(r, errno == ENOSPC ? "full" : "system", "profile %s cannot be kept: %s", r->name,
			    strerror(errno));
	return READING_DONE;
}
