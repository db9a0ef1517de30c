/* moult-build: makes a release from sources. The service `builder` runs it as a user of its own, when the updater says
 * so; one job, then it ends.
 *
 * Rights: the source archive (read) and a file for the result (written) come with the job; all else happens below
 * BUILD_DIR, which is empty before and after. The command that builds is foreign: it sees the image's programs and the
 * network, can write below BUILD_DIR only (where the kernel has Landlock), gains no privileges, is limited in time,
 * memory, processes and disk, and nothing of it outlives us. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "lib/ident.h"
#include "lib/io.h"
#include "lib/log.h"
#include "lib/text.h"
#include "updater/build/command.h"
#include "updater/build/pack.h"
#include "updater/build/place.h"
#include "updater/build/serve.h"
#include "updater/build/source.h"

enum { JOB = 0, LISTENER = 3 };

#define TAIL_LINES 20
#define UPDATERS_USER "moult"
#define OWN_USER "moult-build" /* nobody else's */

static const char usage[] = "usage: moult-build [-h | -V]\n\n"
			    "Makes a release from sources, for the updater, in BUILD_DIR (/var/tmp/moult-build).\n"
			    "The service `builder` runs it, with a socket as descriptor 3; see updater(8).\n"
			    "As `finish` it removes what a build that was killed left behind.\n";

static const char *build_dir(void)
{
	const char *dir = getenv("BUILD_DIR");

	return dir && dir[0] ? dir : "/var/tmp/moult-build";
}

/* The program beside this one. */
static int helper_path(char *out, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", out, size - 1);
	char *slash;

	if (n < 0)
		return -1;
	out[n] = '\0';
	slash = strrchr(out, '/');
	return slash ? text_format(slash + 1, size - (size_t)(slash + 1 - out), "moult-unpack") : -1;
}

static void tell_line(const char *line)
{
	struct wire w;

	wire_begin(&w);
	wire_put(&w, "kind", "line");
	wire_put(&w, "text", line);
	job_send(&w);
}

static int build(const struct request *r, struct place *place, const int fds[static SERVE_FDS], struct job_error *e)
{
	static struct output output;
	char helper[512];
	const char *line;
	int result;

	if (helper_path(helper, sizeof helper) < 0)
		return job_fail_errno(e, "moult-unpack cannot be found");
	if (place_make(place, e) < 0 || source_unpack(helper, r, fds[SERVE_SOURCE], place->src, e) < 0)
		return -1;
	line = command_line(r, place->src, e);
	if (!line)
		return -1;
	result = command_run(line, r, place, &output, e);
	if (result < 0)
		command_tail(&output, TAIL_LINES, tell_line);
	return result < 0 ? -1 : pack_result(r, place->src, fds[SERVE_RESULT], e);
}

static _Noreturn void die(const struct job_error *e)
{
	log_error("%s", e->text);
	exit(111);
}

/* Of a build that was killed. What left its process group is known by its user alone. */
static void end_others(void)
{
	struct ident id;

	if (ident_find("/", OWN_USER, &id) == 0 && id.uid == geteuid())
		(void)kill(-1, SIGKILL);
}

static int serve(struct place *place)
{
	static struct wire question;
	static struct request request;
	struct job_error error = {0};
	int fds[SERVE_FDS], got = serve_accept(LISTENER, UPDATERS_USER, fds, &error);

	if (got == 0)
		return 0;
	if (got < 0)
		die(&error);
	if (dup2(fds[SERVE_JOB], JOB) < 0)
		log_die("the job's socket");
	io_close(&fds[SERVE_JOB]);
	job_request(&question);
	if (request_read(&question, &request, &error) == 0 && build(&request, place, fds, &error) == 0)
		error.code = NULL;
	if (place_clear(place) < 0)
		log_warn_errno("%s cannot be removed", place->path);
	return job_end(&error);
}

int main(int argc, char **argv)
{
	struct job_error error = {0};
	struct place place;
	const char *name = strrchr(argv[0], '/'), *fds = getenv("LISTEN_FDS");

	log_start("moult-build", LOG_TEXT, LOG_LEVEL_INFO);
	name = name ? name + 1 : argv[0];
	if (argc == 2 && strcmp(argv[1], "-V") == 0)
		return printf("moult-build %s\n", VERSION) < 0;
	if (argc == 2 && strcmp(argv[1], "-h") == 0)
		return fputs(usage, stdout) < 0;
	if (strcmp(name, "finish") != 0) {
		if (argc > 1)
			log_usage("unknown argument '%s'; try moult-build -h", argv[1]);
		if (!fds || strcmp(fds, "1") != 0)
			log_usage("descriptor 3 is no socket to listen on: the service `builder` runs this program");
	}
	end_others();
	if (place_open(build_dir(), &place, &error) < 0)
		die(&error);
	if (strcmp(name, "finish") == 0)
		return place_clear(&place) < 0 ? 111 : 0;
	return serve(&place);
}
