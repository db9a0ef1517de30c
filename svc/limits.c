#include "svc/limits.h"

#include <errno.h>
#include <string.h>
#include "lib/env.h"
#include "lib/kernel.h"
#include "lib/log.h"

/* In the order of RLIMIT_..., which are the same on every machine that this is built for. */
static const char names[] = "cpu\0fsize\0data\0stack\0core\0rss\0nproc\0nofile\0memlock\0as\0locks\0sigpending\0"
			    "msgqueue\0nice\0rtprio\0rttime\0";
_Static_assert(RLIMIT_CPU == 0 && RLIMIT_CORE == 4 && RLIMIT_RSS == 5 && RLIMIT_NPROC == 6 && RLIMIT_NOFILE == 7 &&
		       RLIMIT_MEMLOCK == 8 && RLIMIT_AS == 9 && RLIMIT_RTTIME == 15 && LIMITS_MAX == 16,
	       "counted as above");

static const unsigned in_bytes = 1U << RLIMIT_AS | 1U << RLIMIT_CORE | 1U << RLIMIT_DATA | 1U << RLIMIT_FSIZE |
				 1U << RLIMIT_MEMLOCK | 1U << RLIMIT_MSGQUEUE | 1U << RLIMIT_RSS | 1U << RLIMIT_STACK;

static int read_value(const char *word, int resource, rlim_t *out)
{
	uint64_t n = RLIM_INFINITY;

	if (strcmp(word, "unlimited") != 0 &&
	    (in_bytes >> resource & 1 ? env_bytes : env_number)(word, 0, RLIM_INFINITY - 1, &n) == -1)
		return -1;
	*out = n;
	return 0;
}

/* NAME VALUE or NAME SOFT HARD. */
static int read_limit(char *const *words, unsigned n, struct spawn_limit *out)
{
	out->resource = text_index(names, words[0]);
	if (n < 2 || n > 3 || out->resource == -1 || read_value(words[1], out->resource, &out->value.rlim_cur) == -1 ||
	    read_value(words[n - 1], out->resource, &out->value.rlim_max) == -1)
		return -1;
	return out->value.rlim_cur <= out->value.rlim_max ? 0 : -1;
}

/* A child that may not raise a limit could only say EPERM, which says little. This process has the same rights, so it
 * tries, for a moment, and is told by the kernel. */
static int may_raise(const struct dir *d, const struct spawn_limit *limit)
{
	struct rlimit now, higher;

	if (kernel_limit(limit->resource, NULL, &now) == -1 || limit->value.rlim_max <= now.rlim_max)
		return 0;
	higher = (struct rlimit){.rlim_cur = now.rlim_cur, .rlim_max = limit->value.rlim_max};
	if (kernel_limit(limit->resource, &higher, NULL) == 0)
		return kernel_limit(limit->resource, &now, NULL);
	log_error_errno("%s: cannot raise %s above %llu (docker run --ulimit would, or CAP_SYS_RESOURCE)", d->name,
			text_nth(names, (unsigned)limit->resource), (unsigned long long)now.rlim_max);
	return -1;
}

int limits_read(const struct dir *d, struct spawn_limit out[LIMITS_MAX])
{
	struct dir_list list;
	char *words[4];
	unsigned seen = 0, nwords;
	int n = 0, bad = 0;

	if (!dir_has(d, DIR_LIMITS))
		return 0;
	bad = dir_list(d, DIR_LIMITS, &list);
	while ((nwords = dir_line(&list, words, 4)) != 0) {
		struct spawn_limit limit;

		if (read_limit(words, nwords, &limit) == -1 || seen >> limit.resource & 1) {
			dir_line_join(words, nwords);
			dir_wrong(d, DIR_LIMITS, words[0],
				  "a name (nofile, as, core ...) that was not there before, and a number or unlimited, "
				  "or two: soft, hard");
			bad = -1;
			continue;
		}
		seen |= 1U << limit.resource;
		bad |= may_raise(d, &limit);
		out[n++] = limit;
	}
	return bad ? -1 : n;
}
