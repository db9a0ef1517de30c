/* updater/fetch/branch: which commit a branch, or a tag, is at. Asked as git asks, which every forge answers and none
 * counts. */
#ifndef UPDATER_FETCH_BRANCH_H
#define UPDATER_FETCH_BRANCH_H

#include "updater/fetch/request.h"

/* Answers do=ref: one packet commit=HASH sources=PAGE sources-api=PAGE, where its sources are below the forge and below
 * its API. Codes: none when there is no such branch or tag, else as forge_list. */
int branch_ask(const struct request *r, struct job_error *e) __attribute__((warn_unused_result));

#endif
