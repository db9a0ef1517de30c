/* updater/job: what moult-fetch and moult-unpack have in common: one request in on descriptor 0, packets out, an end.
 *
 * A helper never decides how to go on: it refuses with a code, and the updater decides. */
#ifndef UPDATER_JOB_H
#define UPDATER_JOB_H

#include <stdint.h>
#include "lib/wire.h"
#include "updater/confine.h"

/* Why a job ends without success. The first reason stays: what follows it is a consequence. */
struct job_error {
	const char *code; /* NULL: no error; else a word of the helper protocol */
	char text[512];
};

/* Sets the error unless there is one. Always returns -1. */
int job_fail(struct job_error *e, const char *code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The same with what errno means behind it: code `full` for ENOSPC and EDQUOT, else `system`. */
int job_fail_errno(struct job_error *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* -h and -V; exits 100 for any other argument, and when descriptor 0 is no socket: a helper is not started by hand. */
void job_start(int argc, char **argv, const char *name, const char *purpose);

/* Receives the request; exits when there is none. */
void job_request(struct wire *w);

/* Confines this process (see updater/confine.h) and, as a first packet, tells what could not be had. */
void job_confine(const struct confine *c);

/* Sends one packet; exits when the updater is gone, for then nobody wants the result. */
void job_send(const struct wire *w);

/* The last packet: `ok`, or `err CODE TEXT`. Returns the exit code. */
int job_end(const struct job_error *e);

/* A value of the request, "" when it is absent or empty. -1 with an error when it does not fit. */
int job_text(const struct wire *w, const char *key, char *out, size_t size, struct job_error *e)
	__attribute__((warn_unused_result));

/* A value that has to be there, and is a name: no space, slash or control byte in it. */
int job_word(const struct wire *w, const char *key, char *out, size_t size, struct job_error *e)
	__attribute__((warn_unused_result));

/* A number of the request; *out is left alone when it is absent or empty. */
int job_number(const struct wire *w, const char *key, uint64_t min, uint64_t max, uint64_t *out, struct job_error *e)
	__attribute__((warn_unused_result));

#endif
