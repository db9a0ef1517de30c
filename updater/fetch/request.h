/* updater/fetch/request: what the updater asks of us, every field checked before anything is done with it. */
#ifndef UPDATER_FETCH_REQUEST_H
#define UPDATER_FETCH_REQUEST_H

#include <stdbool.h>
#include <stdint.h>
#include "updater/fetch/dialect.h"
#include "updater/fetch/url.h"
#include "updater/job.h"

enum request_kind {
	REQUEST_PROBE,	 /* which tag does the page of the latest release lead to? */
	REQUEST_LIST,	 /* a page of the releases, by the API; the list of a directory */
	REQUEST_RELEASE, /* the release of one tag */
	REQUEST_REF,	 /* the commit of a branch or tag, and where its sources are */
	REQUEST_GET,	 /* a file */
	REQUEST_POST,	 /* a message for a receiver */
};

struct request {
	enum request_kind kind;
	const struct dialect *dialect;
	struct url base; /* of the forge (probe, ref), its API (list, release), the file (get), the receiver (post) */
	struct url home; /* what was configured: whose token it is, and what may be local; the base when not said */

	/* When the base is a file:// URL: a directory of this machine, and what is asked for below it. "" otherwise. */
	char directory[URL_MAX], file[URL_MAX];

	bool allow_http;	    /* the base was given as http by name */
	bool notes;		    /* of the release of one tag, too */
	bool octet;		    /* the file comes from the assets API: it must be asked for as octets */
	char owner[512], repo[101]; /* names of at most 100 bytes */
	char tag[256];		    /* or branch */
	char token[1025];	    /* "" without one */
	char etag[257];
	char ca[1024]; /* file with the certificates to trust; "" for the system's */
	uint64_t page;
	uint64_t cap;	  /* bytes the file may have */
	uint64_t offset;  /* bytes of it that we already have */
	uint64_t connect; /* seconds until a connection stands */
	uint64_t stall;	  /* seconds without data */
	uint64_t total;	  /* seconds for all of it */
	uint64_t rate;	  /* bytes a second, 0 for as many as there are */
};

/* -1 with the error in *e. */
int request_read(const struct wire *w, struct request *r, struct job_error *e) __attribute__((warn_unused_result));

#endif
