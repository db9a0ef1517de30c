#include "updater/install.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "lib/clock.h"
#include "lib/io.h"
#include "lib/log.h"
#include "lib/text.h"
#include "updater/ask.h"
#include "updater/download.h"
#include "updater/branch.h"
#include "updater/builder.h"
#include "updater/host.h"

void install_init(struct install *in, struct world *w)
{
	*in = (struct install){.world = w, .archive = -1, .sources = -1, .stage = {.tree = -1, .files = -1}};
	vouchers_init(&in->vouchers);
}

void install_end(struct install *in)
{
	release_forget(&in->asset);
	vouchers_end(&in->vouchers);
	io_close(&in->archive);
	io_close(&in->sources);
	store_unstage(&in->world->store, &in->stage);
	in->done = in->total = 0;
}

static enum install_result fail(struct install *in, const char *code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static enum install_result fail(struct install *in, const char *code, const char *format, ...)
{
	va_list args;
	text_cut(in->code, sizeof(in->code), "%s", code);
	va_start(args, format);
	text_cutv(in->text, sizeof(in->text), format, args);
	va_end(args);
	return INSTALL_FAILED;
}

static enum install_result start(struct install *in, const char *program, int fds[], size_t nfds,
				 const struct wire *request, int64_t deadline)
{
	char path[STORE_PATH];
	if (text_format(path, sizeof(path), "%s/%s", in->world->helper_dir, program) == -1 ||
	    helper_start(&in->world->helper, path, fds, nfds, request, deadline) == -1)
		return fail(in, "system", "%s cannot be started: %s", program, strerror(errno));
	return INSTALL_WAIT;
}

static enum install_result fetch(struct install *in, const struct release_asset *a, int fd, uint64_t cap,
				 uint64_t offset, int64_t now)
{
	struct wire request;
	int fds[] = {-1, fd, STDERR_FILENO};
	struct origin forge = {0}; /* where all but the archive comes from */
	origin_ask(in->step == INSTALL_ARCHIVE ? &in->origin : &forge, in->world, a, cap, offset, &request);
	in->began = now;
	in->done = offset;
	in->total = a->size == RELEASE_UNSIZED ? 0 : a->size;
	return start(in, "moult-fetch", fds, 3, &request, now + (ASK_DOWNLOAD + 30) * 1000LL);
}

static enum install_result unpack(struct install *in, int64_t now);

/* Something of the forge's tells what the bytes of the archive are. */
static bool is_vouched_for(const struct install *in)
{
	return in->asset.digest[0] != '\0' || vouchers_sums(&in->vouchers) != NULL || vouchers_signed(&in->vouchers);
}

static enum install_result fetch_archive(struct install *in, int64_t now)
{
	struct world *w = in->world;
	struct stat st;
	in->step = INSTALL_ARCHIVE;
	if (fstat(in->archive, &st) == -1)
		return fail(in, "system", "the download cannot be looked at: %s", strerror(errno));
	uint64_t there = w->state.download_etag[0] != '\0' ? (uint64_t)st.st_size : 0;
	uint64_t cap = in->asset.size == RELEASE_UNSIZED ? ASK_FILE_MAX : in->asset.size;
	in->resumed = there > 0 && there <= cap;
	if (there == in->asset.size) /* it was the disk that had no room for what is in it */
		return unpack(in, now);
	origin_choose(&in->origin, w, &in->asset, is_vouched_for(in));
	return fetch(in, &in->asset, in->archive, cap, in->resumed ? there : 0, now);
}

/* The next of the files that vouch for the archive, then the archive. */
static enum install_result fetch_voucher(struct install *in, int64_t now)
{
	struct vouchers *v = &in->vouchers;
	in->step = INSTALL_VOUCHERS;
	int r = vouchers_next(v, in->world->store.download);
	if (r == -1)
		return fail(in, "system", "download: %s", strerror(errno));
	return r == 0 ? fetch_archive(in, now) : fetch(in, vouchers_asset(v), vouchers_fd(v), vouchers_cap(v), 0, now);
}

/* A file that is gone when it is closed: a build is not resumed. -1: errno. */
static int open_nameless(const struct install *in, const char *name)
{
	int dir = in->world->store.download;
	int fd = openat(dir, name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd != -1 && unlinkat(dir, name, 0) == -1)
		io_close(&fd);
	return fd;
}

static enum install_result fetch_sources(struct install *in, const char *tag, int64_t now)
{
	struct state *s = &in->world->state;
	in->step = INSTALL_SOURCES;
	memcpy(s->tag, tag, strlen(tag) + 1);
	memcpy(s->asset, in->asset.name, strlen(in->asset.name) + 1);
	s->digest[0] = s->download_etag[0] = '\0';
	in->sources = open_nameless(in, "sources");
	if (in->sources == -1)
		return fail(in, "system", "download/sources: %s", strerror(errno));
	if (world_enter(in->world, STATE_FETCH) == -1)
		return fail(in, "system", "the state cannot be written");
	return fetch(in, &in->asset, in->sources, ASK_SOURCES_MAX, 0, now);
}

static enum install_result build(struct install *in, int64_t now)
{
	struct world *w = in->world;
	struct wire request;
	char why[sizeof(in->text)];
	in->step = INSTALL_BUILD;
	in->began = now;
	if (world_enter(w, STATE_BUILD) == -1)
		return fail(in, "system", "the state cannot be written");
	in->archive = open_nameless(in, "built");
	if (in->archive == -1 || lseek(in->sources, 0, SEEK_SET) == -1)
		return fail(in, "system", "download/built: %s", strerror(errno));
	int fd = builder_start(w->config->run_dir, in->sources, in->archive, why, sizeof(why));
	if (fd == -1)
		return fail(in, "system", "%s", why);
	log_info("building %s", w->state.tag);
	ask_build(&request, w->config, w->state.tag, branch_commit(&in->asset));
	helper_take(&w->helper, fd, "moult-build", &request,
		    now + (int64_t)(w->config->build_time + ASK_BUILD_MORE) * 1000);
	return INSTALL_WAIT;
}

enum install_result install_begin(struct install *in, const struct release *r, const struct plan_finding *f,
				  int64_t now)
{
	struct world *w = in->world;
	in->published = r->published;
	in->code[0] = in->text[0] = '\0';
	origin_begin(&in->origin);
	if (!release_copy(&in->asset, &r->assets[f->asset]) || !vouchers_take(&in->vouchers, r, f))
		return fail(in, "system", "out of memory");
	if (w->config->channel.kind == CHANNEL_BRANCH)
		return fetch_sources(in, r->tag, now);
	if (!download_has_room(w, in->asset.size))
		return fail(in, "full", "%s has too little room for %s and what is in it", w->config->state_dir,
			    in->asset.name);
	if ((in->archive = download_open(w, &in->asset, r->tag)) == -1)
		return fail(in, "system", "download/archive: %s", strerror(errno));
	if (world_enter(w, STATE_FETCH) == -1)
		return fail(in, "system", "the state cannot be written");
	log_debug("URL: %s", in->asset.url);
	if (w->config->mirrors[0] != '\0' && !is_vouched_for(in))
		log_warn("%s is not taken from GH_MIRRORS: nothing from the forge tells what its bytes are",
			 in->asset.name);
	return fetch_voucher(in, now);
}

/* One of the last lines of a build that failed. */
static void take_line(const struct wire *packet)
{
	char line[600];
	if (wire_get(packet, "text", line, sizeof(line)) > 0)
		log_error("| %s", line);
}

static void take_progress(struct install *in, const struct wire *packet)
{
	struct state *s = &in->world->state;
	char etag[STATE_ETAG];
	uint64_t bytes;
	if (wire_get_number(packet, "bytes", 0, INT64_MAX, &bytes) == 0)
		in->done = bytes;
	if (in->total == 0 && wire_get_number(packet, "total", 0, INT64_MAX, &bytes) == 0)
		in->total = bytes;
	if (in->step != INSTALL_ARCHIVE || wire_get(packet, "etag", etag, sizeof(etag)) <= 0)
		return;
	if (strcmp(etag, s->download_etag) == 0)
		return;
	memcpy(s->download_etag, etag, strlen(etag) + 1);
	if (world_save(in->world) == -1) /* then there will be no resume */
		s->download_etag[0] = '\0';
}

static void take_sum(struct install *in, const struct wire *packet, int64_t now)
{
	struct world *w = in->world;
	if (!vouchers_confirm(&in->vouchers, w, &in->asset, packet)) {
		helper_refuse(&w->helper, "helper", "it verified something else than it was asked to");
		return;
	}
	in->began = now;
	if (world_enter(w, STATE_UNPACK) == -1)
		helper_refuse(&w->helper, "system", "the state cannot be written");
}

/* A program that the kernel cannot start here would be found out only after the stop. */
static void check_needs(struct install *in, const struct wire *packet)
{
	char program[STORE_PATH], needs[STORE_PATH], why[sizeof(in->text)];
	if (wire_get(packet, "program", program, sizeof(program)) <= 0 ||
	    wire_get(packet, "needs", needs, sizeof(needs)) <= 0 ||
	    host_has(needs, in->world->config->app_dir, in->stage.tree))
		return;
	struct text t;
	text_begin(&t, why, sizeof(why));
	text_addf(&t, "%.150s needs %.150s, which this image has not%s", program, needs, host_remedy(needs));
	helper_refuse(&in->world->helper, "arch", why);
}

static void take_unpacked(struct install *in, const struct wire *packet, int64_t now)
{
	uint64_t files = 0, bytes = 0;
	char strip[256], capable[STORE_PATH];
	if (wire_get_number(packet, "files", 0, INT64_MAX, &files) == -1 ||
	    wire_get_number(packet, "bytes", 0, INT64_MAX, &bytes) == -1)
		return;
	log_info("unpacked %llu files, %llu bytes in %lld ms", (unsigned long long)files, (unsigned long long)bytes,
		 (long long)(now - in->began));
	if (wire_get(packet, "strip", strip, sizeof(strip)) > 0)
		log_info("all of it was in %s/, which is left out", strip);
	if (wire_get(packet, "capable", capable, sizeof(capable)) > 0)
		log_warn("%s has file capabilities in the archive, which are not carried: for a port below 1024 name "
			 "it in "
			 "the app's `listen`, and init holds it",
			 capable);
	check_needs(in, packet);
}

void install_packet(struct install *in, const struct wire *packet, int64_t now)
{
	char kind[16];
	if (wire_get(packet, "kind", kind, sizeof(kind)) == -1)
		kind[0] = '\0';
	if (strcmp(kind, "lacks") == 0)
		world_lacks(in->world, packet);
	else if (strcmp(kind, "wait") == 0)
		world_wait(in->world, packet);
	else if (strcmp(kind, "line") == 0 && in->step == INSTALL_BUILD)
		take_line(packet);
	else if (in->step != INSTALL_UNPACK)
		take_progress(in, packet);
	else if (strcmp(kind, "sum") == 0)
		take_sum(in, packet, now);
	else if (strcmp(kind, "done") == 0)
		take_unpacked(in, packet, now);
}

/* True when as many bytes came as the forge had said, where it says that; *size is how many came. */
static bool is_whole(const struct release_asset *a, int fd, uint64_t *size)
{
	struct stat st;
	*size = fstat(fd, &st) == -1 ? 0 : (uint64_t)st.st_size;
	return a->size == RELEASE_UNSIZED || *size == a->size;
}

static enum install_result unpack(struct install *in, int64_t now)
{
	struct world *w = in->world;
	struct wire request;
	in->step = INSTALL_UNPACK;
	in->began = now;
	if (world_enter(w, STATE_VERIFY) == -1)
		return fail(in, "system", "the state cannot be written");
	if (store_stage(&w->store, &in->stage) == -1)
		return fail(in, errno == ENOSPC ? "full" : "system", "staging: %s", strerror(errno));
	bool forms[SIGNATURE_FORMS];
	int fds[7 + SIGNATURE_FORMS] = {-1, -1, STDERR_FILENO, in->archive, in->stage.tree, -1, in->stage.files};
	if (vouchers_hand_over(&in->vouchers, forms, fds) == -1 || lseek(in->archive, 0, SEEK_SET) == -1)
		return fail(in, "system", "download: %s", strerror(errno));
	ask_unpack(&request, w->config, w->state.tag, &in->asset, vouchers_sums(&in->vouchers), forms);
	if (in->published > 0)
		wire_put_number(&request, "published", in->published);
	return start(in, "moult-unpack", fds, sizeof(fds) / sizeof(fds[0]), &request, now + ASK_UNPACK * 1000LL);
}

/* A mirror that has it not, or something else, or does not send it, costs a try with the next one. */
static enum install_result leave_mirror(struct install *in, const char *why, int64_t now)
{
	struct world *w = in->world;
	log_warn("%s: %s; asking the next source", w->asked, why);
	store_unstage(&w->store, &in->stage);
	w->state.download_etag[0] = '\0';
	if (ftruncate(in->archive, 0) == -1)
		return fail(in, "system", "download/archive: %s", strerror(errno));
	origin_leave(&in->origin);
	if (world_enter(w, STATE_FETCH) == -1)
		return fail(in, "system", "the state cannot be written");
	return fetch_archive(in, now);
}

static bool is_our_own_trouble(const char *code)
{
	return strcmp(code, "full") == 0 || strcmp(code, "system") == 0;
}

static enum install_result archive_ended(struct install *in, int64_t now)
{
	const struct helper *h = &in->world->helper;
	bool from_mirror = in->origin.from_mirror;
	if (!h->ok && from_mirror && !is_our_own_trouble(h->code))
		return leave_mirror(in, h->text, now);
	if (!h->ok)
		return fail(in, h->code, "%s: %s", in->asset.name, h->text);
	uint64_t size;
	bool whole = is_whole(&in->asset, in->archive, &size);
	if (!whole && from_mirror)
		return leave_mirror(in, "it came with another size", now);
	if (!whole) {
		download_discard(in->world);
		return fail(in, "network", "%s came with %llu bytes instead of %llu", in->asset.name,
			    (unsigned long long)size, (unsigned long long)in->asset.size);
	}
	log_info("fetched %s: %llu bytes in %lld ms%s%s%s", in->asset.name, (unsigned long long)size,
		 (long long)(now - in->began), from_mirror ? " from " : "", from_mirror ? in->world->asked : "",
		 in->resumed ? " (resumed)" : "");
	return unpack(in, now);
}

static enum install_result sources_ended(struct install *in, int64_t now)
{
	const struct helper *h = &in->world->helper;
	return h->ok ? build(in, now) : fail(in, h->code, "the sources: %s", h->text);
}

static bool is_the_release_to_blame(const char *code)
{
	static const char *const codes[] = {"archive", "unsafe", "toobig", "arch", "entry", "build"};
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (strcmp(codes[i], code) == 0)
			return true;
	return false;
}

/* A sum that does not match may have many causes: bytes change on the way, two halves are of different attempts, a
 * forge corrects what it said. When the same release is wrong twice in a row, it is the release. */
static bool is_wrong_again(struct install *in)
{
	char what[sizeof(in->mismatched)];
	if (text_format(what, sizeof(what), "%s %s", in->world->state.tag, in->asset.digest) == -1)
		return true;
	bool again = strcmp(what, in->mismatched) == 0;
	memcpy(in->mismatched, what, sizeof(what));
	return again;
}

static enum install_result unpack_ended(struct install *in, int64_t now)
{
	struct world *w = in->world;
	const struct helper *h = &w->helper;
	if (!h->ok) {
		fail(in, h->code, "%s: %s", in->asset.name, h->text);
		bool mismatch = strcmp(h->code, "digest") == 0 || strcmp(h->code, "sums") == 0;
		/* A wrong signature may be made anew tomorrow, or the key be put right: no mark against the release.
		 * Where the forge gives no digest the bytes may be to blame: they are fetched again. */
		bool suspect = strcmp(h->code, "signature") == 0 && in->asset.digest[0] == '\0';
		if ((mismatch || suspect) && in->origin.from_mirror)
			return leave_mirror(in, h->text, now);
		bool blamed = mismatch ? is_wrong_again(in) : is_the_release_to_blame(h->code);
		if (mismatch || blamed || suspect)
			download_discard(in->world);
		return blamed ? INSTALL_BAD : INSTALL_FAILED;
	}
	if (store_install(&w->store, &in->stage, w->state.tag) == -1)
		return fail(in, errno == ENOSPC ? "full" : "system", "releases/%s: %s", w->state.tag, strerror(errno));
	download_discard(in->world);
	return INSTALL_DONE;
}

/* One that failed fails again: only another commit makes it better. What this machine lacks is another matter. */
static enum install_result build_ended(struct install *in, int64_t now)
{
	const struct helper *h = &in->world->helper;
	struct stat st;
	if (!h->ok) {
		fail(in, h->code, "%s", h->text);
		return is_the_release_to_blame(h->code) ? INSTALL_BAD : INSTALL_FAILED;
	}
	if (fstat(in->archive, &st) == -1)
		return fail(in, "system", "what was built cannot be looked at: %s", strerror(errno));
	in->asset.size = (uint64_t)st.st_size;
	log_info("built in %lld ms", (long long)(now - in->began));
	return unpack(in, now);
}

static enum install_result voucher_ended(struct install *in, int64_t now)
{
	const struct helper *h = &in->world->helper;
	const struct release_asset *a = vouchers_asset(&in->vouchers);
	uint64_t size;
	if (!h->ok)
		return fail(in, h->code, "%s: %s", a->name, h->text);
	if (!is_whole(a, vouchers_fd(&in->vouchers), &size))
		return fail(in, "network", "%s came with another size than the %llu bytes announced", a->name,
			    (unsigned long long)a->size);
	return fetch_voucher(in, now);
}

enum install_result install_ended(struct install *in, int64_t now)
{
	switch (in->step) {
	case INSTALL_VOUCHERS: return voucher_ended(in, now);
	case INSTALL_ARCHIVE: return archive_ended(in, now);
	case INSTALL_SOURCES: return sources_ended(in, now);
	case INSTALL_BUILD: return build_ended(in, now);
	case INSTALL_UNPACK: return unpack_ended(in, now);
	}
	return INSTALL_FAILED;
}
