/* ICMP's messages (RFC 792), as BSD and Linux name their fields. */
#ifndef _NETINET_IP_ICMP_H
#define _NETINET_IP_ICMP_H

#include <netinet/in.h>
#include <netinet/ip.h>
#include <sys/types.h>

#define ICMP_ECHOREPLY      0
#define ICMP_DEST_UNREACH   3
#define ICMP_SOURCE_QUENCH  4
#define ICMP_REDIRECT       5
#define ICMP_ECHO           8
#define ICMP_TIME_EXCEEDED  11
#define ICMP_PARAMETERPROB  12
#define ICMP_TIMESTAMP      13
#define ICMP_TIMESTAMPREPLY 14
#define ICMP_INFO_REQUEST   15
#define ICMP_INFO_REPLY     16
#define ICMP_ADDRESS        17
#define ICMP_ADDRESSREPLY   18
#define NR_ICMP_TYPES       18

/* Codes of ICMP_DEST_UNREACH. */
#define ICMP_NET_UNREACH    0
#define ICMP_HOST_UNREACH   1
#define ICMP_PROT_UNREACH   2
#define ICMP_PORT_UNREACH   3
#define ICMP_FRAG_NEEDED    4
#define ICMP_SR_FAILED      5
#define ICMP_NET_UNKNOWN    6
#define ICMP_HOST_UNKNOWN   7
#define ICMP_HOST_ISOLATED  8
#define ICMP_NET_ANO        9
#define ICMP_HOST_ANO       10
#define ICMP_NET_UNR_TOS    11
#define ICMP_HOST_UNR_TOS   12
#define ICMP_PKT_FILTERED   13
#define ICMP_PREC_VIOLATION 14
#define ICMP_PREC_CUTOFF    15
#define NR_ICMP_UNREACH     15

/* Codes of ICMP_REDIRECT and ICMP_TIME_EXCEEDED. */
#define ICMP_REDIR_NET     0
#define ICMP_REDIR_HOST    1
#define ICMP_REDIR_NETTOS  2
#define ICMP_REDIR_HOSTTOS 3
#define ICMP_EXC_TTL       0
#define ICMP_EXC_FRAGTIME  1

/* The same, by BSD's names. */
#define ICMP_UNREACH    3
#define ICMP_SOURCEQUENCH 4
#define ICMP_TIMXCEED   11
#define ICMP_PARAMPROB  12
#define ICMP_TSTAMP     13
#define ICMP_TSTAMPREPLY 14
#define ICMP_IREQ       15
#define ICMP_IREQREPLY  16
#define ICMP_MASKREQ    17
#define ICMP_MASKREPLY  18
#define ICMP_MAXTYPE    18
#define ICMP_UNREACH_NET      0
#define ICMP_UNREACH_HOST     1
#define ICMP_UNREACH_PROTOCOL 2
#define ICMP_UNREACH_PORT     3
#define ICMP_UNREACH_NEEDFRAG 4
#define ICMP_UNREACH_SRCFAIL  5
#define ICMP_TIMXCEED_INTRANS 0
#define ICMP_TIMXCEED_REASS   1
#define ICMP_MINLEN 8

struct icmphdr {
	__uint8_t type;
	__uint8_t code;
	__uint16_t checksum;
	union {
		struct {
			__uint16_t id, sequence;
		} echo;
		__uint32_t gateway;
		struct {
			__uint16_t __glibc_reserved, mtu;
		} frag;
	} un;
};

struct icmp {
	__uint8_t icmp_type;
	__uint8_t icmp_code;
	__uint16_t icmp_cksum;
	union {
		__uint8_t ih_pptr;
		struct in_addr ih_gwaddr;
		struct ih_idseq {
			__uint16_t icd_id, icd_seq;
		} ih_idseq;
		__uint32_t ih_void;
		struct ih_pmtu {
			__uint16_t ipm_void, ipm_nextmtu;
		} ih_pmtu;
	} icmp_hun;
	union {
		struct {
			__uint32_t its_otime, its_rtime, its_ttime;
		} id_ts;
		struct {
			struct ip idi_ip;
		} id_ip;
		__uint32_t id_mask;
		__uint8_t id_data[1];
	} icmp_dun;
};

#define icmp_pptr    icmp_hun.ih_pptr
#define icmp_gwaddr  icmp_hun.ih_gwaddr
#define icmp_id      icmp_hun.ih_idseq.icd_id
#define icmp_seq     icmp_hun.ih_idseq.icd_seq
#define icmp_void    icmp_hun.ih_void
#define icmp_pmvoid  icmp_hun.ih_pmtu.ipm_void
#define icmp_nextmtu icmp_hun.ih_pmtu.ipm_nextmtu
#define icmp_otime   icmp_dun.id_ts.its_otime
#define icmp_rtime   icmp_dun.id_ts.its_rtime
#define icmp_ttime   icmp_dun.id_ts.its_ttime
#define icmp_ip      icmp_dun.id_ip.idi_ip
#define icmp_mask    icmp_dun.id_mask
#define icmp_data    icmp_dun.id_data

#endif
