/* updater/fetch/dialect: how the forges differ: where they keep what, what they call it, how they want a token. Pure.
 *
 * Pages are written with words in braces: {project} is OWNER/REPO, {id} the same as one step of a path (OWNER%2FREPO),
 * {tag} the tag as one step, {page} a number. */
#ifndef UPDATER_FETCH_DIALECT_H
#define UPDATER_FETCH_DIALECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The members of a release's JSON that are not called the same everywhere. */
struct dialect_names {
	const char *draft;     /* true: not for everybody yet */
	const char *published; /* when it became so */
	const char *notes;     /* what its people say of it */
	bool links;	       /* its assets are links to wherever they are, and the sources; of no stated size */
};

struct dialect {
	const char *word;     /* what requests call it */
	const char *latest;   /* the web page that leads to the latest release, at no cost; NULL: there is none */
	const char *lead;     /* what stands before the tag in the path where it leads */
	const char *list;     /* a page of the releases; for a directory the file that lists all of them */
	const char *release;  /* the release of one tag */
	const char *download; /* where a token gets what stands behind a web page "PROJECT/-/releases/TAG/downloads/";
				 or NULL */
	const char *sources;  /* an archive of the sources of commit {tag}, on the web; NULL: there are none */
	const char *sources_api; /* the same for a token */
	const char *accept;
	const char *header, *scheme; /* of the line that carries the token */
	bool groups;		     /* OWNER may be a path of several steps */
	struct dialect_names names;
};

/* The dialect of this word, or NULL. */
const struct dialect *dialect_of(const char *word);

/* What stands in a page's braces. */
struct dialect_place {
	const char *owner, *repo, *tag;
	uint64_t page;
};

/* Writes base (without slashes at its end) and page. False when it does not fit; out is "" then. */
bool dialect_page(const char *base, const char *page, const struct dialect_place *place, char *out, size_t size)
	__attribute__((warn_unused_result));

/* Undoes the %XX of one step of a path, up to its end, '?' or '#'. False when it is empty, does not fit, or holds a
 * space or control byte. */
bool dialect_unescape(const char *step, char *out, size_t size) __attribute__((warn_unused_result));

#endif
