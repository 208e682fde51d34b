/* ICMPv6's messages (RFC 4443, RFC 4861), as RFC 3542 names their fields. */
#ifndef _NETINET_ICMP6_H
#define _NETINET_ICMP6_H

#include <netinet/in.h>
#include <string.h>
#include <sys/types.h>

#ifndef ICMP6_FILTER
#define ICMP6_FILTER 1
#endif

/* What is asked by ICMP6_FILTER: a bit for each type of message that does not come. */
struct icmp6_filter {
	__uint32_t icmp6_filt[8];
};

#define ICMP6_FILTER_WILLPASS(type, filter)  ((((filter)->icmp6_filt[(type) >> 5]) & (1u << ((type) & 31))) == 0)
#define ICMP6_FILTER_WILLBLOCK(type, filter) ((((filter)->icmp6_filt[(type) >> 5]) & (1u << ((type) & 31))) != 0)
#define ICMP6_FILTER_SETPASS(type, filter)   (((filter)->icmp6_filt[(type) >> 5]) &= ~(1u << ((type) & 31)))
#define ICMP6_FILTER_SETBLOCK(type, filter)  (((filter)->icmp6_filt[(type) >> 5]) |= (1u << ((type) & 31)))
#define ICMP6_FILTER_SETPASSALL(filter)      memset((filter), 0, sizeof(struct icmp6_filter))
#define ICMP6_FILTER_SETBLOCKALL(filter)     memset((filter), 0xff, sizeof(struct icmp6_filter))

struct icmp6_hdr {
	__uint8_t icmp6_type;
	__uint8_t icmp6_code;
	__uint16_t icmp6_cksum;
	union {
		__uint32_t icmp6_un_data32[1];
		__uint16_t icmp6_un_data16[2];
		__uint8_t icmp6_un_data8[4];
	} icmp6_dataun;
};

#define icmp6_data32   icmp6_dataun.icmp6_un_data32
#define icmp6_data16   icmp6_dataun.icmp6_un_data16
#define icmp6_data8    icmp6_dataun.icmp6_un_data8
#define icmp6_pptr     icmp6_data32[0]
#define icmp6_mtu      icmp6_data32[0]
#define icmp6_id       icmp6_data16[0]
#define icmp6_seq      icmp6_data16[1]
#define icmp6_maxdelay icmp6_data16[0]

#define ICMP6_DST_UNREACH    1
#define ICMP6_PACKET_TOO_BIG 2
#define ICMP6_TIME_EXCEEDED  3
#define ICMP6_PARAM_PROB     4
#define ICMP6_INFOMSG_MASK   0x80
#define ICMP6_ECHO_REQUEST   128
#define ICMP6_ECHO_REPLY     129
#define MLD_LISTENER_QUERY     130
#define MLD_LISTENER_REPORT    131
#define MLD_LISTENER_REDUCTION 132
#define ND_ROUTER_SOLICIT   133
#define ND_ROUTER_ADVERT    134
#define ND_NEIGHBOR_SOLICIT 135
#define ND_NEIGHBOR_ADVERT  136
#define ND_REDIRECT         137

#define ICMP6_DST_UNREACH_NOROUTE     0
#define ICMP6_DST_UNREACH_ADMIN       1
#define ICMP6_DST_UNREACH_BEYONDSCOPE 2
#define ICMP6_DST_UNREACH_ADDR        3
#define ICMP6_DST_UNREACH_NOPORT      4
#define ICMP6_TIME_EXCEED_TRANSIT     0
#define ICMP6_TIME_EXCEED_REASSEMBLY  1
#define ICMP6_PARAMPROB_HEADER        0
#define ICMP6_PARAMPROB_NEXTHEADER    1
#define ICMP6_PARAMPROB_OPTION        2

struct nd_router_solicit {
	struct icmp6_hdr nd_rs_hdr;
};
#define nd_rs_type     nd_rs_hdr.icmp6_type
#define nd_rs_code     nd_rs_hdr.icmp6_code
#define nd_rs_cksum    nd_rs_hdr.icmp6_cksum
#define nd_rs_reserved nd_rs_hdr.icmp6_data32[0]

struct nd_router_advert {
	struct icmp6_hdr nd_ra_hdr;
	__uint32_t nd_ra_reachable;
	__uint32_t nd_ra_retransmit;
};
#define nd_ra_type            nd_ra_hdr.icmp6_type
#define nd_ra_code            nd_ra_hdr.icmp6_code
#define nd_ra_cksum           nd_ra_hdr.icmp6_cksum
#define nd_ra_curhoplimit     nd_ra_hdr.icmp6_data8[0]
#define nd_ra_flags_reserved  nd_ra_hdr.icmp6_data8[1]
#define nd_ra_router_lifetime nd_ra_hdr.icmp6_data16[1]
#define ND_RA_FLAG_MANAGED 0x80
#define ND_RA_FLAG_OTHER   0x40

struct nd_neighbor_solicit {
	struct icmp6_hdr nd_ns_hdr;
	struct in6_addr nd_ns_target;
};
#define nd_ns_type     nd_ns_hdr.icmp6_type
#define nd_ns_code     nd_ns_hdr.icmp6_code
#define nd_ns_cksum    nd_ns_hdr.icmp6_cksum
#define nd_ns_reserved nd_ns_hdr.icmp6_data32[0]

struct nd_neighbor_advert {
	struct icmp6_hdr nd_na_hdr;
	struct in6_addr nd_na_target;
};
#define nd_na_type           nd_na_hdr.icmp6_type
#define nd_na_code           nd_na_hdr.icmp6_code
#define nd_na_cksum          nd_na_hdr.icmp6_cksum
#define nd_na_flags_reserved nd_na_hdr.icmp6_data32[0]
#if _BYTE_ORDER == _LITTLE_ENDIAN
#define ND_NA_FLAG_ROUTER    0x00000080
#define ND_NA_FLAG_SOLICITED 0x00000040
#define ND_NA_FLAG_OVERRIDE  0x00000020
#else
#define ND_NA_FLAG_ROUTER    0x80000000
#define ND_NA_FLAG_SOLICITED 0x40000000
#define ND_NA_FLAG_OVERRIDE  0x20000000
#endif

struct nd_opt_hdr {
	__uint8_t nd_opt_type;
	__uint8_t nd_opt_len; /* units of eight bytes */
};
#define ND_OPT_SOURCE_LINKADDR    1
#define ND_OPT_TARGET_LINKADDR    2
#define ND_OPT_PREFIX_INFORMATION 3
#define ND_OPT_REDIRECTED_HEADER  4
#define ND_OPT_MTU                5

struct nd_opt_prefix_info {
	__uint8_t nd_opt_pi_type;
	__uint8_t nd_opt_pi_len;
	__uint8_t nd_opt_pi_prefix_len;
	__uint8_t nd_opt_pi_flags_reserved;
	__uint32_t nd_opt_pi_valid_time;
	__uint32_t nd_opt_pi_preferred_time;
	__uint32_t nd_opt_pi_reserved2;
	struct in6_addr nd_opt_pi_prefix;
};
#define ND_OPT_PI_FLAG_ONLINK 0x80
#define ND_OPT_PI_FLAG_AUTO   0x40

struct nd_opt_mtu {
	__uint8_t nd_opt_mtu_type;
	__uint8_t nd_opt_mtu_len;
	__uint16_t nd_opt_mtu_reserved;
	__uint32_t nd_opt_mtu_mtu;
};

#endif
