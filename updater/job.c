#include "updater/job.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "lib/env.h"
#include "lib/log.h"
#include "lib/text.h"

enum { UPDATER = 0 }; /* the descriptor */

/* One line, whatever a library or a foreign name brought along. */
static void flatten(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = ' ';
}

static __attribute__((format(printf, 4, 0))) void fail(struct job_error *e, const char *code, const char *reason,
						       const char *format, va_list args)
{
	struct text t;

	e->code = code;
	text_begin(&t, e->text, sizeof e->text);
	text_addv(&t, format, args);
	if (reason) {
		text_add(&t, ": ");
		text_add(&t, reason);
	}
	flatten(e->text);
}

int job_fail(struct job_error *e, const char *code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (!e->code)
		fail(e, code, NULL, format, args);
	va_end(args);
	return -1;
}

int job_fail_errno(struct job_error *e, const char *format, ...)
{
	va_list args;
	int error = errno;

	va_start(args, format);
	if (!e->code)
		fail(e, error == ENOSPC || error == EDQUOT ? "full" : "system", strerror(error), format, args);
	va_end(args);
	return -1;
}

static enum log_form log_form(void)
{
	const char *form = getenv("LOG_FORMAT"); /* the updater has checked it */

	return form && strcmp(form, "json") == 0 ? LOG_JSON : LOG_TEXT;
}

void job_start(int argc, char **argv, const char *name, const char *purpose)
{
	int type = 0;
	socklen_t size = sizeof type;

	log_start(name, log_form(), LOG_LEVEL_INFO);
	if (argc == 2 && strcmp(argv[1], "-V") == 0) {
		printf("%s %s\n", name, VERSION);
		exit(0);
	}
	if (argc == 2 && strcmp(argv[1], "-h") == 0) {
		printf("usage: %s [-h | -V]\n\n%s\nThe updater starts it, with a socket as descriptor 0; see "
		       "updater(8).\n",
		       name, purpose);
		exit(0);
	}
	if (argc > 1)
		log_usage("unknown argument '%s'; try %s -h", argv[1], name);
	if (getsockopt(UPDATER, SOL_SOCKET, SO_TYPE, &type, &size) < 0 || type != SOCK_SEQPACKET)
		log_usage("descriptor 0 is not the updater's socket: this program is started by the updater only");
}

void job_request(struct wire *w)
{
	int got = wire_recv(UPDATER, w);

	if (got < 0)
		log_die("cannot receive the request");
	if (got == 0)
		exit(0); /* the updater went away before it asked */
}

void job_send(const struct wire *w)
{
	if (wire_send(UPDATER, w) < 0)
		log_die("cannot answer the updater");
}

void job_confine(const struct confine *c)
{
	char words[128];
	struct text lacks;
	struct wire w;

	text_begin(&lacks, words, sizeof words);
	confine(c, &lacks);
	if (!lacks.len)
		return;
	wire_begin(&w);
	wire_put(&w, "kind", "lacks");
	wire_put(&w, "what", words);
	job_send(&w);
}

int job_end(const struct job_error *e)
{
	int sent = e->code ? wire_say(UPDATER, "err %s %s", e->code, e->text) : wire_say(UPDATER, "ok");

	if (sent < 0)
		log_die("cannot answer the updater");
	return 0;
}

int job_text(const struct wire *w, const char *key, char *out, size_t size, struct job_error *e)
{
	out[0] = '\0';
	if (wire_get(w, key, out, size) < 0 && errno != ENOENT)
		return job_fail(e, "usage", "%s is longer than %zu bytes", key, size - 1);
	return 0;
}

int job_word(const struct wire *w, const char *key, char *out, size_t size, struct job_error *e)
{
	if (job_text(w, key, out, size, e) < 0)
		return -1;
	for (const char *s = out; *s; s++)
		if ((unsigned char)*s <= ' ' || *s == 0x7f || *s == '/')
			return job_fail(e, "usage", "%s=%s holds a space, a slash or a control byte", key, out);
	return out[0] ? 0 : job_fail(e, "usage", "%s= is missing", key);
}

int job_number(const struct wire *w, const char *key, uint64_t min, uint64_t max, uint64_t *out, struct job_error *e)
{
	char text[32];

	if (job_text(w, key, text, sizeof text, e) < 0)
		return -1;
	if (text[0] && env_number(text, min, max, out) < 0)
		return job_fail(e, "usage", "%s=%s is not a number from %llu to %llu", key, text,
				(unsigned long long)min, (unsigned long long)max);
	return 0;
}
