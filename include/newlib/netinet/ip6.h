/* IPv6's headers (RFC 8200), as RFC 3542 names their fields. */
#ifndef _NETINET_IP6_H
#define _NETINET_IP6_H

#include <netinet/in.h>
#include <sys/types.h>

struct ip6_hdr {
	union {
		struct ip6_hdrctl {
			/* Version, traffic class and flow label. */
			__uint32_t ip6_un1_flow;
			__uint16_t ip6_un1_plen;
			__uint8_t ip6_un1_nxt;
			__uint8_t ip6_un1_hlim;
		} ip6_un1;
		__uint8_t ip6_un2_vfc;
	} ip6_ctlun;
	struct in6_addr ip6_src, ip6_dst;
};

#define ip6_vfc  ip6_ctlun.ip6_un2_vfc
#define ip6_flow ip6_ctlun.ip6_un1.ip6_un1_flow
#define ip6_plen ip6_ctlun.ip6_un1.ip6_un1_plen
#define ip6_nxt  ip6_ctlun.ip6_un1.ip6_un1_nxt
#define ip6_hlim ip6_ctlun.ip6_un1.ip6_un1_hlim
#define ip6_hops ip6_ctlun.ip6_un1.ip6_un1_hlim

struct ip6_ext {
	__uint8_t ip6e_nxt;
	__uint8_t ip6e_len; /* units of eight bytes, without the first */
};

struct ip6_hbh {
	__uint8_t ip6h_nxt;
	__uint8_t ip6h_len;
};

struct ip6_dest {
	__uint8_t ip6d_nxt;
	__uint8_t ip6d_len;
};

struct ip6_rthdr {
	__uint8_t ip6r_nxt;
	__uint8_t ip6r_len;
	__uint8_t ip6r_type;
	__uint8_t ip6r_segleft;
};

struct ip6_frag {
	__uint8_t ip6f_nxt;
	__uint8_t ip6f_reserved;
	__uint16_t ip6f_offlg;
	__uint32_t ip6f_ident;
};

/* Of ip6f_offlg, in network byte order. */
#if _BYTE_ORDER == _LITTLE_ENDIAN
#define IP6F_OFF_MASK      0xf8ff
#define IP6F_RESERVED_MASK 0x0600
#define IP6F_MORE_FRAG     0x0100
#else
#define IP6F_OFF_MASK      0xfff8
#define IP6F_RESERVED_MASK 0x0006
#define IP6F_MORE_FRAG     0x0001
#endif

#endif
