/* updater/vouchers: the files of a release that vouch for its archive, signatures and a checksums file. They are
 * fetched before it, of the forge alone, and handed to moult-unpack with it. */
#ifndef UPDATER_VOUCHERS_H
#define UPDATER_VOUCHERS_H

#include <stdbool.h>
#include <stdint.h>
#include "updater/policy/plan.h"
#include "updater/world.h"

#define VOUCHERS (SIGNATURE_FORMS + 1)
#define VOUCHERS_SUMS SIGNATURE_FORMS /* behind the signatures */

struct vouchers {
	struct release_asset assets[VOUCHERS]; /* copies; name NULL where there is none */
	int fds[VOUCHERS];		       /* -1: not fetched yet */
	int at;				       /* the one that is being fetched */
};

void vouchers_init(struct vouchers *v);

/* Copies what the plan found. False: out of memory. */
bool vouchers_take(struct vouchers *v, const struct release *r, const struct plan_finding *f);

/* Closes and frees all; it is as after vouchers_init(). */
void vouchers_end(struct vouchers *v);

/* Turns to the next one and makes it a file below `download`. 1: it is to be fetched; 0: all are there; -1: errno. */
int vouchers_next(struct vouchers *v, int download) __attribute__((warn_unused_result));

/* The one that is being fetched: its asset, its file, and how many bytes it may have. */
const struct release_asset *vouchers_asset(const struct vouchers *v);
int vouchers_fd(const struct vouchers *v);
uint64_t vouchers_cap(const struct vouchers *v);

/* The name of the checksums file, NULL when there is none; and whether there is a signature. */
const char *vouchers_sums(const struct vouchers *v);
bool vouchers_signed(const struct vouchers *v);

/* Sets the signatures' forms, and puts the files, at their beginnings, where moult-unpack has them: the checksums file
 * at fds[5], signatures from fds[7] on. -1: errno. */
int vouchers_hand_over(struct vouchers *v, bool forms[static SIGNATURE_FORMS], int fds[static 7 + SIGNATURE_FORMS])
	__attribute__((warn_unused_result));

/* moult-unpack says what it verified of asset a: it has to be all that it was handed. Then the state notes it, and the
 * log has it. False: it is something else. */
bool vouchers_confirm(const struct vouchers *v, struct world *w, const struct release_asset *a,
		      const struct wire *packet) __attribute__((warn_unused_result));

/* Removes their files below `download`. */
void vouchers_discard(int download);

#endif
