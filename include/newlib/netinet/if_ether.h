/* ARP of IPv4 on Ethernet (RFC 826). */
#ifndef _NETINET_IF_ETHER_H
#define _NETINET_IF_ETHER_H

#include <net/ethernet.h>
#include <net/if_arp.h>
#include <sys/types.h>

struct ether_arp {
	struct arphdr ea_hdr;
	__uint8_t arp_sha[ETH_ALEN];
	__uint8_t arp_spa[4];
	__uint8_t arp_tha[ETH_ALEN];
	__uint8_t arp_tpa[4];
};
#define arp_hrd ea_hdr.ar_hrd
#define arp_pro ea_hdr.ar_pro
#define arp_hln ea_hdr.ar_hln
#define arp_pln ea_hdr.ar_pln
#define arp_op  ea_hdr.ar_op

#endif
