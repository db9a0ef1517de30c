/* lib/wire: the text protocol that both ends of every socket here speak.
 *
 *   client                                server
 *     | up app                              |   a request is one packet
 *     |------------------------------------>|
 *     |              service=app            |   an answer is packets of key=value lines ...
 *     |              state=run              |
 *     |<------------------------------------|
 *     |              ok                     |   ... and a last one: `ok`, or `err CODE TEXT`
 *     |<------------------------------------|
 *
 * SOCK_SEQPACKET keeps the packets apart. A packet holds at most WIRE_MAX bytes; a longer one is refused on both sides
 * (EMSGSIZE). Values hold no control characters: wire_put writes '?' for them. */
#ifndef LIB_WIRE_H
#define LIB_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "lib/text.h"

#define WIRE_MAX 4096

/* One packet, being built or just received. */
struct wire {
	char bytes[WIRE_MAX + 1];
	struct text text;
};

void wire_begin(struct wire *w);
void wire_put(struct wire *w, const char *key, const char *value);
void wire_putf(struct wire *w, const char *key, const char *format, ...) __attribute__((format(printf, 3, 4)));
void wire_put_number(struct wire *w, const char *key, int64_t value);

/* Sends what was built, or a whole line such as a request or "ok". -1: EMSGSIZE when it did not fit, EAGAIN when the
 * peer does not read and the socket does not block, EPIPE when it is gone (never a signal). */
int wire_send(int fd, const struct wire *w) __attribute__((warn_unused_result));
int wire_say(int fd, const char *format, ...) __attribute__((format(printf, 2, 3), warn_unused_result));

/* Turns a client away before it has asked, and closes fd. The answer gets through even when the request comes at the
 * same moment: closing a socket with unread bytes in it would reset the connection instead. */
void wire_refuse(int fd, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Receives one packet. 1: got one; 0: the peer closed; -1: errno, EMSGSIZE for a packet over WIRE_MAX (it is dropped)
 * and EBADMSG for one with a NUL in it. */
int wire_recv(int fd, struct wire *w) __attribute__((warn_unused_result));

enum wire_kind {
	WIRE_DATA, /* key=value lines */
	WIRE_OK,   /* the last packet: done */
	WIRE_ERR,  /* the last packet: refused */
};

/* What a received packet is. For WIRE_ERR *code and *text point into it (cut apart in place). */
enum wire_kind wire_classify(struct wire *w, const char **code, const char **text);

/* The value of a key in a received packet, copied into out. Returns its length, -1 with ENOENT when the key is not
 * there, EMSGSIZE when out is too small (out is "" then). */
int wire_get(const struct wire *w, const char *key, char *out, size_t size) __attribute__((warn_unused_result));

/* The same for a number; ENOENT, EINVAL or ERANGE, *out untouched. */
int wire_get_number(const struct wire *w, const char *key, uint64_t min, uint64_t max, uint64_t *out)
	__attribute__((warn_unused_result));

/* Opens a listening socket at path (an old socket there is replaced; anything else is EEXIST), mode as given.
 * Returns a non-blocking, close-on-exec descriptor. A path that starts with '@' is an abstract name. */
int wire_listen(const char *path, unsigned mode) __attribute__((warn_unused_result));

/* The same for a socket that receives datagrams, of whatever protocol. */
int wire_datagrams(const char *path, unsigned mode) __attribute__((warn_unused_result));

/* Connects; blocking. */
int wire_connect(const char *path) __attribute__((warn_unused_result));

#endif
