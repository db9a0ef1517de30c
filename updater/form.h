/* updater/form: what a text has to look like to be a name, a URL, a path. Pure.
 *
 * The form_... of a kind of text return NULL when it is one, and otherwise what it has to be, for behind "has to be".
 */
#ifndef UPDATER_FORM_H
#define UPDATER_FORM_H

#include <stdbool.h>

/* A user or a repository, or several in each other. */
const char *form_name(const char *s);

/* http, https, or file:/// of this machine; without user name and query. */
const char *form_url(const char *s);

/* http or https; its path and query may be the secret that lets us in: the value belongs into no message. */
const char *form_receiver(const char *s);

const char *form_token(const char *s);
const char *form_service(const char *s);

/* A line for a shell. */
const char *form_command(const char *s);

/* A path that stays below where it begins. */
const char *form_below(const char *s);

/* A space or a control byte is in it. */
bool form_has_space(const char *s);

/* A file:/// URL. */
bool form_is_local(const char *url);

/* The host of an http(s) URL is this machine ("localhost", 127.x.x.x, [::1]). */
bool form_is_loopback(const char *url);

#endif
