#include "updater/fetch/peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>

/* The IPv4 address, in the host's byte order, that an IPv6 address stands for: mapped, compatible, or behind NAT64. */
static bool read_v4(const struct in6_addr *a, uint32_t *v4)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff}, nat64[12] = {0, 0x64, 0xff, 0x9b};
	static const uint8_t compatible[12];
	const uint8_t *b = a->s6_addr;

	if (memcmp(b, mapped, 12) != 0 && memcmp(b, nat64, 12) != 0 && memcmp(b, compatible, 12) != 0)
		return false;
	*v4 = (uint32_t)b[12] << 24 | (uint32_t)b[13] << 16 | (uint32_t)b[14] << 8 | b[15];
	return true;
}

static bool is_local_v4(uint32_t a)
{
	return a >> 24 == 127 || a >> 24 == 0 || a >> 16 == (169 << 8 | 254) || a == 0x646464c8;
}

static bool is_local_v6(const struct in6_addr *a)
{
	static const uint8_t metadata[16] = {0xfd, 0x00, 0x0e, 0xc2, [14] = 0x02, [15] = 0x54};
	uint32_t v4;

	if (read_v4(a, &v4)) /* ::, ::1 are among them */
		return v4 == 1 || is_local_v4(v4);
	return IN6_IS_ADDR_LINKLOCAL(a) || memcmp(a->s6_addr, metadata, 16) == 0;
}

bool peer_is_loopback(const struct sockaddr *peer)
{
	const struct sockaddr_in *v4 = (const void *)peer;
	const struct sockaddr_in6 *v6 = (const void *)peer;

	if (peer->sa_family == AF_INET)
		return ntohl(v4->sin_addr.s_addr) >> 24 == 127;
	return peer->sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}

bool peer_is_local(const struct sockaddr *peer)
{
	const struct sockaddr_in *v4 = (const void *)peer;
	const struct sockaddr_in6 *v6 = (const void *)peer;

	if (peer->sa_family == AF_INET)
		return is_local_v4(ntohl(v4->sin_addr.s_addr));
	return peer->sa_family != AF_INET6 || is_local_v6(&v6->sin6_addr);
}
