/* IPv4's header (RFC 791), as BSD and Linux name its fields. */
#ifndef _NETINET_IP_H
#define _NETINET_IP_H

#include <machine/endian.h>
#include <netinet/in.h>
#include <sys/types.h>

#define IPVERSION 4
#define IP_MAXPACKET 65535
#define MAXTTL    255
#define IPDEFTTL  64

/* Of the field of the fragment's place. */
#define IP_RF      0x8000
#define IP_DF      0x4000
#define IP_MF      0x2000
#define IP_OFFMASK 0x1fff

#define IPTOS_TOS_MASK    0x1e
#define IPTOS_LOWDELAY    0x10
#define IPTOS_THROUGHPUT  0x08
#define IPTOS_RELIABILITY 0x04
#define IPTOS_MINCOST     0x02

/* RFC 3168. */
#define IPTOS_ECN_MASK    0x03
#define IPTOS_ECN_NOT_ECT 0x00
#define IPTOS_ECN_ECT1    0x01
#define IPTOS_ECN_ECT0    0x02
#define IPTOS_ECN_CE      0x03

struct ip {
#if _BYTE_ORDER == _LITTLE_ENDIAN
	unsigned ip_hl : 4, ip_v : 4;
#else
	unsigned ip_v : 4, ip_hl : 4;
#endif
	__uint8_t ip_tos;
	__uint16_t ip_len;
	__uint16_t ip_id;
	__uint16_t ip_off;
	__uint8_t ip_ttl;
	__uint8_t ip_p;
	__uint16_t ip_sum;
	struct in_addr ip_src, ip_dst;
};

struct iphdr {
#if _BYTE_ORDER == _LITTLE_ENDIAN
	unsigned ihl : 4, version : 4;
#else
	unsigned version : 4, ihl : 4;
#endif
	__uint8_t tos;
	__uint16_t tot_len;
	__uint16_t id;
	__uint16_t frag_off;
	__uint8_t ttl;
	__uint8_t protocol;
	__uint16_t check;
	__uint32_t saddr, daddr;
};

#endif
