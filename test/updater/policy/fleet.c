#include "test/unit.h"
#include "updater/policy/schedule.h"

#include <string.h>

/* A day of a thousand containers behind one address, in virtual time, with the forge's rules: what do they ask of it,
 * how much in one second, and is anybody locked out? Each does what updater/course does with what
 * updater/policy/schedule says: it waits for schedule_wait(), or for schedule_peace() where that is longer. */

#define REPLICAS 1000
#define SLEEP 300
#define DAY 86400
#define HOUR 3600
#define MINUTE 60

struct story {
	const char *name;
	unsigned allowance; /* requests of the API in an hour */
	bool token;	    /* the API is asked at once, and what has not changed costs nothing */
	int64_t release;    /* a newer one is out from here on */
	int64_t outage, outage_ends;
};

struct replica {
	int64_t next, asked; /* when it will ask, and when it last asked the API */
	unsigned failures;
	bool updated;
};

struct forge {
	int64_t window, minute;
	unsigned used;	 /* in this hour */
	unsigned points; /* in this minute: GitHub's second limit, 900 */
};

struct day {
	unsigned web, api, refused, unchanged, updated;
	unsigned this_second, most, most_after_release, most_after_outage;
	unsigned hasty; /* API requests less than a minute after a refusal */
};

static uint64_t seed;

/* splitmix64: the same day each time. */
static uint64_t chance(void)
{
	uint64_t z = (seed += 0x9e3779b97f4a7c15u);
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static void advance(struct forge *f, int64_t now)
{
	if (now - f->window >= HOUR)
		*f = (struct forge){.window = now, .minute = now};
	if (now - f->minute >= MINUTE) {
		f->minute = now;
		f->points = 0;
	}
}

static void wait_for(struct replica *r, int64_t now, int64_t not_before)
{
	int64_t wait = schedule_wait(SLEEP, r->failures, chance());
	int64_t peace = schedule_peace(not_before - now, SLEEP, chance());
	r->next = now + (wait > peace ? wait : peace);
}

/* Returns until when it refused, 0 when it answered. */
static int64_t ask_api(struct day *d, struct forge *f, const struct story *s, struct replica *r, int64_t now)
{
	bool free_of_charge = s->token && (now < s->release || r->updated);
	d->api++;
	f->points++;
	d->hasty += r->failures > 0 && now - r->asked < MINUTE;
	r->asked = now;
	if (f->used >= s->allowance || f->points > 900) {
		d->refused++;
		return f->points > 900 ? now + MINUTE : f->window + HOUR;
	}
	f->used += !free_of_charge;
	d->unchanged += free_of_charge;
	return 0;
}

static void look(struct day *d, struct forge *f, const struct story *s, struct replica *r, int64_t now)
{
	bool ill = now >= s->outage && now < s->outage_ends;
	int64_t not_before = 0;
	d->web += !s->token;
	d->this_second++;
	if (!ill && (s->token || (now >= s->release && !r->updated))) {
		not_before = ask_api(d, f, s, r, now);
		d->this_second += !s->token;
	}
	if (not_before > 0)
		not_before = schedule_not_before(not_before, now);
	if (!ill && not_before == 0 && now >= s->release && !r->updated) {
		r->updated = true;
		d->updated++;
	}
	r->failures = ill || not_before > 0 ? r->failures + 1 : 0;
	wait_for(r, now, not_before);
}

static void count_second(struct day *d, const struct story *s, int64_t now)
{
	if (now > 0 && d->this_second > d->most)
		d->most = d->this_second;
	if (now >= s->release && now < s->release + HOUR && d->this_second > d->most_after_release)
		d->most_after_release = d->this_second;
	if (now >= s->outage_ends && now < s->outage_ends + HOUR && d->this_second > d->most_after_outage)
		d->most_after_outage = d->this_second;
	d->this_second = 0;
}

/* They all start in the same second. */
static struct day live(const struct story *s)
{
	static struct replica fleet[REPLICAS];
	struct forge f = {0};
	struct day d = {0};
	seed = 1;
	memset(fleet, 0, sizeof(fleet));
	for (int64_t now = 0; now < DAY; now++) {
		advance(&f, now);
		for (size_t i = 0; i < REPLICAS; i++)
			if (fleet[i].next <= now)
				look(&d, &f, s, &fleet[i], now);
		count_second(&d, s, now);
	}
	print_message("%s: %u requests of the web, %u of the API (%u cost nothing, %u refused); %u of %u updated;"
		      " in one second at most %u, after the release %u, after the outage %u\n",
		      s->name, d.web, d.api, d.unchanged, d.refused, d.updated, REPLICAS, d.most, d.most_after_release,
		      d.most_after_outage);
	return d;
}

static void without_a_token(void **state)
{
	static const struct story s = {"without a token", 60, false, 6 * HOUR, 3 * HOUR, 4 * HOUR};
	(void)state;
	struct day d = live(&s);
	/* Before the release the API is not asked at all; then it serves 60 an hour, as long as it takes. */
	assert_int_equal(d.updated, REPLICAS);
	assert_int_equal(d.hasty, 0);
	assert_true(d.refused <= 18u * REPLICAS); /* each asks about once in each hour of the forge's */
	assert_true(d.most <= 40 && d.most_after_release <= 25 && d.most_after_outage <= 20);
}

static void with_a_token(void **state)
{
	static const struct story s = {"with a token", 5000, true, 12 * HOUR, 18 * HOUR, 19 * HOUR};
	(void)state;
	struct day d = live(&s);
	assert_int_equal(d.updated, REPLICAS);
	assert_int_equal(d.hasty, 0);
	assert_int_equal(d.api - d.unchanged - d.refused, REPLICAS); /* of 5000 an hour, 1000 once */
	assert_true(d.refused <= REPLICAS);
	assert_true(d.most <= 40 && d.most_after_release <= 25 && d.most_after_outage <= 20);
}

static void after_a_long_outage(void **state)
{
	static const struct story s = {"a night without the forge", 5000, true, 18 * HOUR, 6 * HOUR, 17 * HOUR};
	(void)state;
	struct day d = live(&s);
	assert_int_equal(d.updated, REPLICAS);
	assert_true(d.most_after_outage <= 10); /* they come back over the whole of the hour */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_token),
		cmocka_unit_test(with_a_token),
		cmocka_unit_test(after_a_long_outage),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
