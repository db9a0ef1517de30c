/* updater/unpack/profile: reads a profile, what a person wants the app to be started with.
 *
 *   {"env": {"NAME": "value", "OTHER": null}, "arguments": ["--port", "80"], "limits": {"nofile": 65536, "as": "2G"}}
 *
 * Strict: what is unknown, given twice, of another kind or out of its limits is a fault that names the line, the key
 * and what would be right. Pure. It stands in this job because this is the one without a network. */
#ifndef UPDATER_UNPACK_PROFILE_H
#define UPDATER_UNPACK_PROFILE_H

#include <stddef.h>

#define PROFILE_BYTES 65536 /* of the file */
#define PROFILE_VALUE 1024  /* bytes of one value */
#define PROFILE_NAME 64	    /* bytes of one name */
#define PROFILE_ENTRIES 256 /* variables, arguments, limits, together */
#define PROFILE_FAULT 400

enum profile_kind { PROFILE_ENV, PROFILE_UNSET, PROFILE_ARGUMENT, PROFILE_LIMIT };

/* Told of each entry in order; name is "" for an argument, value "" for PROFILE_UNSET. */
typedef void profile_told(void *context, enum profile_kind kind, const char *name, const char *value);

/* json[size] is NUL. 0, or -1 with the fault in words; told() may have been called by then. */
int profile_read(const char *json, size_t size, profile_told *told, void *context, char fault[PROFILE_FAULT])
	__attribute__((warn_unused_result));

#endif
