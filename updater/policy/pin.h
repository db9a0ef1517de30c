/* updater/policy/pin: GH_PIN, the versions that may come by themselves.
 *
 * Pure. Conditions with spaces between them, all of which have to hold:
 *
 *   1.2.3  =1.2.3     this one
 *   1  1.2            all that begin so
 *   ^1  ^1.2  ^0.3.1  from there on, up to the next first number that is not 0
 *   ~1.4  ~1.4.2      from there on, within 1.4
 *   >  >=  <  <=      above, from, below, up to
 *   =TAG              this very tag, which need not be a version
 *
 * A version of one or two numbers stands for all that begin so: <2 is below all of 2, >1.2 above all of 1.2. Whether
 * prereleases come is not asked here (updater/policy/channel); one is within 1.3 when its numbers are, it is not >= its
 * own version (1.3.0-rc.1 is not >=1.3.0), and not below it either: <2.0.0 does not let 2.0.0-rc.1 in, unless the
 * condition itself names a prerelease. */
#ifndef UPDATER_POLICY_PIN_H
#define UPDATER_POLICY_PIN_H

#include <stdbool.h>
#include <stddef.h>
#include "updater/policy/version.h"

#define PIN_CONDITIONS 8
#define PIN_TEXT 512

enum pin_relation {
	PIN_LIKE, /* equal, or beginning so */
	PIN_TAG,  /* the very tag */
	PIN_CARET,
	PIN_TILDE,
	PIN_ABOVE,
	PIN_FROM,
	PIN_BELOW,
	PIN_UP_TO,
};

struct pin_condition {
	enum pin_relation relation;
	char version[VERSION_TAG_MAX + 1]; /* or tag */
};

/* Zeroed it lets everything pass. */
struct pin {
	char text[PIN_TEXT]; /* as it was written */
	struct pin_condition conditions[PIN_CONDITIONS];
	size_t count;
};

/* False with what is wrong in why, which names the part; *pin is empty then. */
bool pin_parse(const char *text, struct pin *pin, char *why, size_t size) __attribute__((warn_unused_result));

/* True when a tag is within it. */
bool pin_allows(const struct pin *pin, const char *tag);

#endif
