/* ARP's messages (RFC 826). */
#ifndef _NET_IF_ARP_H
#define _NET_IF_ARP_H

#include <sys/cdefs.h>
#include <sys/socket.h>
#include <sys/types.h>

#define ARPOP_REQUEST   1
#define ARPOP_REPLY     2
#define ARPOP_RREQUEST  3
#define ARPOP_RREPLY    4
#define ARPOP_InREQUEST 8
#define ARPOP_InREPLY   9

/* Kinds of links; what SIOCGIFHWADDR says of the loopback fits into sa_family. */
#define ARPHRD_ETHER    1
#define ARPHRD_LOOPBACK 24

struct arphdr {
	unsigned short ar_hrd;
	unsigned short ar_pro;
	unsigned char ar_hln;
	unsigned char ar_pln;
	unsigned short ar_op;
};

#endif
