/* svc/address: IP addresses as they are written, in numbers. */
#ifndef SVC_ADDRESS_H
#define SVC_ADDRESS_H

#include <netinet/in.h>

/* 127.0.0.1, ::1, ::ffff:127.0.0.1. They return what stands behind the address; NULL when there is none, and *out may
 * be anything then. */
const char *address_v4(const char *text, struct in_addr *out) __attribute__((warn_unused_result));
const char *address_v6(const char *text, struct in6_addr *out) __attribute__((warn_unused_result));

#endif
