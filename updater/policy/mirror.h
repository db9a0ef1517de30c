/* updater/policy/mirror: other places where the bytes of an asset may lie.
 *
 * Pure. A list of mirrors is URLs with spaces or commas between them. A mirror has what the forge's host has, at the
 * same path: https://github.com/o/r/x.tgz is at https://mirror.example/github/o/r/x.tgz for a mirror
 * https://mirror.example/github. So a proxy repository does it, a copied tree does it, and so do the services that want
 * the whole address behind theirs: their mirror is https://proxy.example/https://github.com. */
#ifndef UPDATER_POLICY_MIRROR_H
#define UPDATER_POLICY_MIRROR_H

#include <stdbool.h>
#include <stddef.h>

#define MIRROR_MAX 8

/* NULL when it is a list of 1 to MIRROR_MAX mirrors, each https:// or http:// with a host and without '@', '?' and '#'.
 * Otherwise what is wrong with it. */
const char *mirror_fault(const char *list);

/* Where the n-th mirror, from 0, has what is at url. False when there is no such mirror or the address is too long; out
 * is "" then. */
bool mirror_url(const char *list, unsigned n, const char *url, char *out, size_t size)
	__attribute__((warn_unused_result));

/* The host of a URL, with its port if it names one; "" when it has none (file:///x) or it is too long. */
void mirror_host(const char *url, char *out, size_t size);

#endif
