/* updater/fetch/peer: what an address that a name leads to stands for. Pure.
 *
 * A name can be made to lead anywhere by whoever owns it, so what counts is the address that is connected to. */
#ifndef UPDATER_FETCH_PEER_H
#define UPDATER_FETCH_PEER_H

#include <stdbool.h>
#include <sys/socket.h>

/* 127.0.0.0/8 or ::1. */
bool peer_is_loopback(const struct sockaddr *peer);

/* Loopback, unspecified, link-local (169.254.0.0/16, fe80::/10), the other addresses at which clouds tell a machine its
 * secrets (100.100.100.200, fd00:ec2::254), and what is no IP address. IPv4 addresses in IPv6 clothes count as what
 * they are. */
bool peer_is_local(const struct sockaddr *peer);

#endif
