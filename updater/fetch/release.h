/* updater/fetch/release: the JSON of one release, read and checked field by field. cJSON is used here and nowhere else.
 *
 * What is missing or of the wrong kind is refused; what GitHub has and the others have not (state, digest, the assets
 * API's url) may be absent. A link (GitLab's assets) is called as it is named, when that is the name of a file; else by
 * the last step of its URL, for people name links "Linux binary", and sums name files. One that leads nowhere that we
 * go (ftp) is left out. */
#ifndef UPDATER_FETCH_RELEASE_H
#define UPDATER_FETCH_RELEASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "updater/fetch/dialect.h"

#define RELEASE_ASSETS 1000 /* GitHub's own limit */
#define RELEASE_NAME 256
#define RELEASE_URL 1024

struct release {
	char tag[RELEASE_NAME];
	int64_t published; /* 0 for a draft */
	bool draft, prerelease;
	const char *notes; /* what its people say of it, as it came; NULL: nothing. Only while it is told */
};

struct asset {
	char name[RELEASE_NAME];
	bool sized; /* the forge says how many bytes it has */
	uint64_t size;
	int64_t created;       /* 0 when that is not said in a way that we know */
	char state[16];	       /* "uploaded" when it can be had */
	char digest[72];       /* "sha256:" and 64 lower-case digits, or "" */
	char url[RELEASE_URL]; /* where anybody may get it */
	char api[RELEASE_URL]; /* where a token may get it, or "" */
};

/* Told once with a NULL asset, then once for each asset. NULL: go on; else why to stop. */
typedef const char *release_told(void *context, const struct release *r, const struct asset *a);

/* The length of json is n and json[n] is NUL. allow_http: the forge itself is asked by http. NULL, or why it is
 * refused; `told` may have been called by then. */
const char *release_read(const char *json, size_t n, const struct dialect_names *names, bool allow_http,
			 release_told *told, void *context) __attribute__((warn_unused_result));

#endif
