/*
 * Addresses of the internet (POSIX; RFC 3493). The numbers are hermit/network.h's.
 */
#ifndef _NETINET_IN_H
#define _NETINET_IN_H

#include <sys/cdefs.h>
#include <sys/socket.h>
#include <sys/types.h>

#if !defined(_IN_ADDR_T_DECLARED)
#define _IN_ADDR_T_DECLARED
typedef __uint32_t in_addr_t;
#endif
#if !defined(_IN_PORT_T_DECLARED)
#define _IN_PORT_T_DECLARED
typedef __uint16_t in_port_t;
#endif

#define IPPROTO_IP     0
#define IPPROTO_ICMP   1
#define IPPROTO_TCP    6
#define IPPROTO_UDP    17
#define IPPROTO_IPV6   41
#define IPPROTO_ICMPV6 58
#define IPPROTO_RAW    255

struct in_addr {
	in_addr_t s_addr;
};

struct sockaddr_in {
	__uint8_t sin_len;
	sa_family_t sin_family;
	in_port_t sin_port;
	struct in_addr sin_addr;
	char sin_zero[8];
};

struct in6_addr {
	union {
		__uint8_t __bytes[16];
		__uint16_t __halves[8];
		__uint32_t __words[4];
	} __u;
};
#define s6_addr   __u.__bytes
#define s6_addr16 __u.__halves
#define s6_addr32 __u.__words

struct sockaddr_in6 {
	__uint8_t sin6_len;
	sa_family_t sin6_family;
	in_port_t sin6_port;
	__uint32_t sin6_flowinfo;
	struct in6_addr sin6_addr;
	__uint32_t sin6_scope_id;
};

#define INADDR_ANY       ((in_addr_t)0)
#define INADDR_LOOPBACK  ((in_addr_t)0x7f000001)
#define INADDR_BROADCAST ((in_addr_t)0xffffffff)
#define INADDR_NONE      ((in_addr_t)0xffffffff)
#define INET_ADDRSTRLEN  16
#define INET6_ADDRSTRLEN 46

#define IN6ADDR_ANY_INIT      {{{0}}}
#define IN6ADDR_LOOPBACK_INIT {{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}}}

/* Options of the protocols' levels. */
#define SOL_RAW  IPPROTO_RAW
#define SOL_IP   IPPROTO_IP
#define SOL_IPV6 IPPROTO_IPV6

#define IP_TOS              1
#define IP_TTL              2
#define IP_ADD_MEMBERSHIP   3
#define IP_DROP_MEMBERSHIP  4
#define IP_MULTICAST_TTL    5
#define IP_MULTICAST_IF     6
#define IP_MULTICAST_LOOP   7
#define IP_PKTINFO          8
#define IP_RECVTTL          12
#define IP_RECVTOS          13
#define IP_MULTICAST_ALL    49
#define IPV6_JOIN_GROUP     12
#define IPV6_LEAVE_GROUP    13
#define IPV6_ADD_MEMBERSHIP IPV6_JOIN_GROUP
#define IPV6_DROP_MEMBERSHIP IPV6_LEAVE_GROUP
#define IPV6_UNICAST_HOPS   16
#define IPV6_MULTICAST_IF   17
#define IPV6_MULTICAST_HOPS 18
#define IPV6_MULTICAST_LOOP 19
#define IPV6_V6ONLY         27
#define IPV6_MULTICAST_ALL  29
#define IPV6_RECVPKTINFO    49
#define IPV6_PKTINFO        50
#define IPV6_RECVHOPLIMIT   51
#define IPV6_HOPLIMIT       52
#define IPV6_RECVTCLASS     66
#define IPV6_TCLASS         67

/* A group, and the interface: by its address, or by its number if that is not 0. */
struct ip_mreq {
	struct in_addr imr_multiaddr;
	struct in_addr imr_interface;
};

struct ip_mreqn {
	struct in_addr imr_multiaddr;
	struct in_addr imr_address;
	int imr_ifindex;
};

struct ipv6_mreq {
	struct in6_addr ipv6mr_multiaddr;
	unsigned ipv6mr_interface;
};

/* Where a datagram has come, or is to come from. */
struct in_pktinfo {
	int ipi_ifindex;
	struct in_addr ipi_spec_dst;
	struct in_addr ipi_addr;
};

struct in6_pktinfo {
	struct in6_addr ipi6_addr;
	unsigned ipi6_ifindex;
};

#define IN_MULTICAST(a) (((in_addr_t)(a) & 0xf0000000) == 0xe0000000)

#define __IN6_WORD(a, i) (((const struct in6_addr *)(a))->s6_addr32[i])
#define IN6_IS_ADDR_UNSPECIFIED(a) \
	((__IN6_WORD(a, 0) | __IN6_WORD(a, 1) | __IN6_WORD(a, 2) | __IN6_WORD(a, 3)) == 0)
#define IN6_IS_ADDR_LOOPBACK(a) \
	((__IN6_WORD(a, 0) | __IN6_WORD(a, 1) | __IN6_WORD(a, 2)) == 0 && \
	 __IN6_WORD(a, 3) == __builtin_bswap32(1))
#define IN6_IS_ADDR_V4MAPPED(a) \
	((__IN6_WORD(a, 0) | __IN6_WORD(a, 1)) == 0 && \
	 __IN6_WORD(a, 2) == __builtin_bswap32(0xffff))
#define IN6_IS_ADDR_MULTICAST(a) (((const struct in6_addr *)(a))->s6_addr[0] == 0xff)
#define IN6_IS_ADDR_MC_LINKLOCAL(a) \
	(IN6_IS_ADDR_MULTICAST(a) && (((const struct in6_addr *)(a))->s6_addr[1] & 0xf) == 2)
#define IN6_IS_ADDR_LINKLOCAL(a) \
	((__IN6_WORD(a, 0) & __builtin_bswap32(0xffc00000)) == __builtin_bswap32(0xfe800000))

/* What is in network byte order has the most significant byte first. */
#undef htonl
#undef htons
#undef ntohl
#undef ntohs
#define htonl(x) __builtin_bswap32(x)
#define htons(x) __builtin_bswap16(x)
#define ntohl(x) __builtin_bswap32(x)
#define ntohs(x) __builtin_bswap16(x)

__BEGIN_DECLS

extern const struct in6_addr in6addr_any;
extern const struct in6_addr in6addr_loopback;

__END_DECLS

#endif
