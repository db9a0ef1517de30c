/* lib/rundir: where the sockets are, also where the configured directory cannot be written.
 *
 * The places, best first: the configured one, /dev/shm/moult.ID, and "@moult.ID", a name that is in no file system. ID
 * is of this container: a pod shares both among all it holds. A server takes the first that works; a client finds it by
 * trying them in the same order. */
#ifndef LIB_RUNDIR_H
#define LIB_RUNDIR_H

#define RUNDIR_DEFAULT "/run/moult"

/* Listens as NAME in the first place that works, making the directory. *place: which one. -1 and errno of the first. */
int rundir_listen(const char *configured, const char *name, unsigned mode, const char **place)
	__attribute__((warn_unused_result));

/* Connects to NAME in the first place where somebody listens. -1 and errno of the first. */
int rundir_connect(const char *configured, const char *name) __attribute__((warn_unused_result));

#endif
