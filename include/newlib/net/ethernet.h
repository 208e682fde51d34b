/* Frames of Ethernet (IEEE 802.3). */
#ifndef _NET_ETHERNET_H
#define _NET_ETHERNET_H

#include <sys/types.h>

#define ETH_ALEN      6
#define ETH_HLEN      14
#define ETH_ZLEN      60
#define ETH_DATA_LEN  1500
#define ETH_FRAME_LEN 1514
#define ETH_FCS_LEN   4

#define ETHER_ADDR_LEN 6
#define ETHER_TYPE_LEN 2
#define ETHER_CRC_LEN  4
#define ETHER_HDR_LEN  14
#define ETHER_MIN_LEN  64
#define ETHER_MAX_LEN  1518
#define ETHERMTU       1500

#define ETH_P_IP    0x0800
#define ETH_P_ARP   0x0806
#define ETH_P_8021Q 0x8100
#define ETH_P_IPV6  0x86DD

#define ETHERTYPE_IP   0x0800
#define ETHERTYPE_ARP  0x0806
#define ETHERTYPE_VLAN 0x8100
#define ETHERTYPE_IPV6 0x86dd

struct ether_addr {
	__uint8_t ether_addr_octet[6];
} __attribute__((__packed__));

struct ether_header {
	__uint8_t ether_dhost[6];
	__uint8_t ether_shost[6];
	__uint16_t ether_type;
} __attribute__((__packed__));

struct ethhdr {
	unsigned char h_dest[6];
	unsigned char h_source[6];
	__uint16_t h_proto;
} __attribute__((__packed__));

#endif
