/* The addresses of the host's interfaces. */
#ifndef _IFADDRS_H
#define _IFADDRS_H

#include <sys/cdefs.h>
#include <sys/socket.h>

struct ifaddrs {
	struct ifaddrs *ifa_next;
	char *ifa_name;
	unsigned ifa_flags; /* IFF_* of net/if.h */
	struct sockaddr *ifa_addr; /* NULL: the interface itself */
	struct sockaddr *ifa_netmask;
	struct sockaddr *ifa_broadaddr; /* NULL: there is none */
	void *ifa_data;
};
#define ifa_dstaddr ifa_broadaddr

__BEGIN_DECLS

int getifaddrs(struct ifaddrs **);
void freeifaddrs(struct ifaddrs *);

__END_DECLS

#endif
