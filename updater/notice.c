#include "updater/notice.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>
#include "lib/clock.h"
#include "lib/io.h"
#include "lib/log.h"
#include "updater/ask.h"
#include "updater/policy/schedule.h"

#define BODY 8192 /* of a POST; an empty pipe takes that much at once */

void notice_init(struct notice *n, struct world *w)
{
	n->world = w;
	hook_init(&n->hook);
	helper_init(&n->post);
	if (gethostname(n->host, sizeof(n->host) - 1) == -1)
		n->host[0] = '\0';
}

/* ---- the queues ---- */

static void drop_first(struct notice_queue *q)
{
	q->count--;
	memmove(&q->items[0], &q->items[1], q->count * sizeof(q->items[0]));
}

/* True when the oldest had to give way. */
static bool add(struct notice_queue *q, const struct notice_item *item, bool busy, const char *whom)
{
	bool full = q->count == NOTICE_QUEUE;
	if (full) {
		log_warn("%d notifications wait for %s: the oldest is dropped (%s %s)", NOTICE_QUEUE, whom,
			 message_word(q->items[0].event), q->items[0].to);
		drop_first(q);
		q->lost = busy;
	}
	q->items[q->count++] = *item;
	return full;
}

static bool has_url(const struct notice *n)
{
	return n->world->config->notify_url[0] != '\0';
}

static bool has_hook(const struct notice *n)
{
	return hook_is_there(n->world->config, "notify");
}

static void tell(struct notice *n, enum message_event event, const char *from, const char *to, const char *reason)
{
	struct notice_item item = {.event = event, .when = clock_wall()};
	text_cut(item.from, sizeof(item.from), "%s", from);
	text_cut(item.to, sizeof(item.to), "%s", to);
	text_cut(item.reason, sizeof(item.reason), "%s", reason);
	if (has_hook(n))
		(void)add(&n->to_hook, &item, hook_busy(&n->hook), "update/notify");
	if (has_url(n) && add(&n->to_url, &item, helper_busy(&n->post), "NOTIFY_URL"))
		n->tries = 0;
}

void notice_found(struct notice *n, const char *from, const char *to, const char *reason)
{
	struct state *s = &n->world->state;
	if (strcmp(s->told, to) == 0 || (!has_hook(n) && !has_url(n)))
		return;
	text_cut(s->told, sizeof(s->told), "%s", to);
	if (world_save(n->world) == -1)
		log_warn("the next start will tell of %s once more", to);
	tell(n, MESSAGE_FOUND, from, to, reason);
}

void notice_failed(struct notice *n, const char *code, const char *from, const char *to, const char *reason)
{
	if (strcmp(n->failed_tag, to) == 0 && strcmp(n->failed_code, code) == 0)
		return;
	text_cut(n->failed_tag, sizeof(n->failed_tag), "%s", to);
	text_cut(n->failed_code, sizeof(n->failed_code), "%s", code);
	tell(n, MESSAGE_FAILED, from, to, reason);
}

void notice_ended(struct notice *n, bool back, const char *from, const char *to, const char *reason)
{
	n->failed_tag[0] = n->failed_code[0] = '\0';
	tell(n, back ? MESSAGE_ROLLED_BACK : MESSAGE_INSTALLED, from, to, reason);
}

static struct message message_of(const struct notice *n, const struct notice_item *item, const char *repo)
{
	return (struct message){.event = item->event,
				.repo = repo,
				.host = n->host,
				.from = item->from,
				.to = item->to,
				.reason = item->reason,
				.when = item->when};
}

static const char *repo_of(const struct notice *n, char *out, size_t size)
{
	const struct config *c = n->world->config;
	return text_format(out, size, "%s/%s", c->user, c->repo) == -1 ? c->repo : out;
}

/* ---- the hook ---- */

static void start_hook(struct notice *n, int64_t now)
{
	static struct hook_words words;
	const struct notice_item *item = &n->to_hook.items[0];
	char repo[2 * CONFIG_TEXT], sentence[HOOK_WORD], why[300];
	struct message m = message_of(n, item, repo_of(n, repo, sizeof(repo)));
	struct text t;
	text_begin(&t, sentence, sizeof(sentence) - 20);
	message_sentence(&m, &t);
	hook_begin_words(&words);
	hook_add_word(&words, "EVENT", message_word(item->event));
	hook_add_word(&words, "REPO", m.repo);
	hook_add_word(&words, "FROM", item->from);
	hook_add_word(&words, "TO", item->to);
	hook_add_word(&words, "REASON", item->reason);
	hook_add_word(&words, "TEXT", sentence);
	switch (hook_start(&n->hook, n->world->config, "notify", message_word(item->event), &words, now, why,
			   sizeof(why))) {
	case HOOK_STARTED: return;
	case HOOK_NONE: break;
	case HOOK_REFUSED: log_error("the hook %s; it is not told of %s %s", why, message_word(item->event), item->to);
	}
	drop_first(&n->to_hook);
}

static void hook_over(struct notice *n)
{
	char why[200];
	const struct notice_item *item = &n->to_hook.items[0];
	if (hook_outcome(&n->hook, why, sizeof(why)) != HOOK_SAYS_YES)
		log_warn("update/notify: %s", why);
	else
		log_debug("update/notify was told of %s %s", message_word(item->event), item->to);
	if (!n->to_hook.lost)
		drop_first(&n->to_hook);
	n->to_hook.lost = false;
}

/* ---- the receiver ---- */

/* The body, in a pipe. -1: errno. */
static int body_of(const struct notice *n, const struct notice_item *item)
{
	char body[BODY], repo[2 * CONFIG_TEXT];
	struct message m = message_of(n, item, repo_of(n, repo, sizeof(repo)));
	struct text t;
	int pair[2];
	text_begin(&t, body, sizeof(body));
	message_json(&m, &t);
	if (!text_whole(&t)) {
		errno = EMSGSIZE;
		return -1;
	}
	if (pipe2(pair, O_CLOEXEC) == -1)
		return -1;
	int r = io_write(pair[1], body, t.len);
	io_close(&pair[1]);
	if (r == -1)
		io_close(&pair[0]);
	return pair[0];
}

/* Its host at most: the rest of the URL may be a secret. */
static void url_host(const struct config *c, char *out, size_t size)
{
	const char *host = strstr(c->notify_url, "://");
	struct text t;
	text_begin(&t, out, size);
	if (host != NULL)
		text_add_bytes(&t, host + 3, strcspn(host + 3, "/?"));
}

static bool is_worth_another_try(const char *code)
{
	static const char *const codes[] = {"network", "server", "limited", "timeout", "system", "helper"};
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (strcmp(codes[i], code) == 0)
			return true;
	return false;
}

/* The oldest message did not get there. */
static void post_failed(struct notice *n, const char *code, const char *text, int64_t now)
{
	const struct config *c = n->world->config;
	const struct notice_item *item = &n->to_url.items[0];
	char host[CONFIG_TEXT];
	url_host(c, host, sizeof(host));
	bool again = is_worth_another_try(code) && ++n->tries < NOTICE_TRIES;
	if (!n->complained)
		log_warn("NOTIFY_URL (%s) was not reached: %s%s", host, text, again ? "; it is tried again" : "");
	n->complained = true;
	if (again) {
		n->post_at = now + schedule_wait(c->sleep, n->tries, (uint64_t)now) * 1000;
		return;
	}
	log_warn("NOTIFY_URL (%s) was not told of %s %s", host, message_word(item->event), item->to);
	drop_first(&n->to_url);
	n->tries = 0;
	n->post_at = now;
}

static void start_post(struct notice *n, int64_t now)
{
	struct world *w = n->world;
	struct wire request;
	char path[STORE_PATH];
	int body = body_of(n, &n->to_url.items[0]);
	int fds[] = {-1, body, STDERR_FILENO};
	ask_post(&request, w->config);
	int r = body == -1 ? -1 : text_format(path, sizeof(path), "%s/moult-fetch", w->helper_dir);
	if (r != -1)
		r = helper_start(&n->post, path, fds, 3, &request, now + (ASK_POST + 10) * 1000LL);
	int error = errno;
	io_close(&body);
	n->to_url.lost = false;
	if (r == -1)
		post_failed(n, "system", strerror(error), now);
}

static void post_over(struct notice *n, int64_t now)
{
	struct notice_queue *q = &n->to_url;
	if (helper_busy(&n->post))
		return;
	if (q->lost) {
		n->tries = 0;
	} else if (!n->post.ok) {
		post_failed(n, n->post.code, n->post.text, now);
	} else {
		log_debug("NOTIFY_URL was told of %s %s", message_word(q->items[0].event), q->items[0].to);
		n->complained = false;
		n->tries = 0;
		drop_first(q);
	}
	q->lost = false;
}

/* ---- what happens ---- */

void notice_hook_spoke(struct notice *n)
{
	hook_read(&n->hook);
}

void notice_post_spoke(struct notice *n, int64_t now)
{
	struct wire packet;
	bool was_busy = helper_busy(&n->post);
	while (helper_next(&n->post, &packet) == HELPER_DATA)
		;
	if (was_busy)
		post_over(n, now);
}

void notice_reaped(struct notice *n, pid_t pid, int status, int64_t now)
{
	if (hook_reaped(&n->hook, pid, status))
		hook_over(n);
	if (n->post.pid == 0 || pid != n->post.pid)
		return;
	helper_reaped(&n->post, pid, status);
	if (n->post.fd != -1)
		notice_post_spoke(n, now); /* what it said last */
	else
		post_over(n, now);
}

static int64_t hook_deadline(const struct notice *n)
{
	if (hook_busy(&n->hook))
		return n->hook.deadline;
	return n->to_hook.count > 0 ? 0 : CLOCK_NEVER;
}

static int64_t post_deadline(const struct notice *n)
{
	if (helper_busy(&n->post))
		return n->post.deadline;
	return n->to_url.count > 0 ? n->post_at : CLOCK_NEVER;
}

int64_t notice_deadline(const struct notice *n)
{
	int64_t hook = hook_deadline(n), post = post_deadline(n);
	return hook < post ? hook : post;
}

void notice_tick(struct notice *n, int64_t now)
{
	if (now >= hook_deadline(n)) {
		if (hook_busy(&n->hook))
			hook_expire(&n->hook, now);
		else
			start_hook(n, now);
	}
	if (now < post_deadline(n))
		return;
	if (!helper_busy(&n->post)) {
		start_post(n, now);
		return;
	}
	helper_expire(&n->post);
	post_over(n, now);
}

void notice_stop(struct notice *n)
{
	if (hook_busy(&n->hook))
		kill(-n->hook.pid, SIGKILL);
}
