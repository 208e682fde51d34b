/* UDP's header (RFC 768), as BSD and Linux name its fields. */
#ifndef _NETINET_UDP_H
#define _NETINET_UDP_H

#include <sys/types.h>

struct udphdr {
	union {
		struct {
			__uint16_t uh_sport, uh_dport, uh_ulen, uh_sum;
		};
		struct {
			__uint16_t source, dest, len, check;
		};
	};
};

#endif
