#include "updater/build/request.h"

#include <string.h>

#define MIB ((uint64_t)1 << 20)

/* A path that stays below where it begins. */
static int read_path(const struct wire *w, const char *key, char *out, size_t size, struct job_error *e)
{
	const char *step = out;

	if (job_text(w, key, out, size, e) < 0)
		return -1;
	if (out[0] == '/')
		return job_fail(e, "usage", "%s=%s is not below the sources", key, out);
	while (*step) {
		size_t n = strcspn(step, "/");

		if (n == 2 && step[0] == '.' && step[1] == '.')
			return job_fail(e, "usage", "%s=%s leaves the sources", key, out);
		step += n + (step[n] == '/');
	}
	return 0;
}

int request_read(const struct wire *w, struct request *r, struct job_error *e)
{
	char word[16];

	*r = (struct request){.seconds = 1800, .memory = 2048 * MIB, .disk = 4096 * MIB, .processes = 512};
	if (job_text(w, "do", word, sizeof word, e) < 0)
		return -1;
	if (strcmp(word, "build") != 0)
		return job_fail(e, "usage", "do=%s is not build", word);
	if (job_word(w, "tag", r->tag, sizeof r->tag, e) < 0 ||
	    job_word(w, "commit", r->commit, sizeof r->commit, e) < 0 ||
	    job_word(w, "name", r->name, sizeof r->name, e) < 0 ||
	    job_text(w, "command", r->command, sizeof r->command, e) < 0 ||
	    read_path(w, "out", r->out, sizeof r->out, e) < 0 ||
	    job_number(w, "seconds", 1, 86400, &r->seconds, e) < 0 ||
	    job_number(w, "memory", MIB, 1024 * 1024 * MIB, &r->memory, e) < 0 ||
	    job_number(w, "disk", MIB, 1024 * 1024 * MIB, &r->disk, e) < 0)
		return -1;
	return job_number(w, "processes", 1, 100000, &r->processes, e);
}
