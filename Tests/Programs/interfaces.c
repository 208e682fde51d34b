/* The host's interfaces, and their addresses but for those that the guest has chosen itself. */
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static const char *text(const struct sockaddr *address, char *room)
{
	if (address == NULL)
		return "-";
	return inet_ntop(address->sa_family,
			 address->sa_family == AF_INET ? (const void *)&((const struct sockaddr_in *)address)->sin_addr
						       : (const void *)&((const struct sockaddr_in6 *)address)->sin6_addr,
			 room, INET6_ADDRSTRLEN);
}

int main(void)
{
	struct ifaddrs *list;
	char a[64], b[64], c[64], name[IF_NAMESIZE];

	if (getifaddrs(&list) < 0) {
		perror("getifaddrs");
		return 1;
	}
	for (struct ifaddrs *one = list; one; one = one->ifa_next) {
		const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)one->ifa_addr;
		if (six && six->sin6_family == AF_INET6
		    && (IN6_IS_ADDR_LINKLOCAL(&six->sin6_addr) || six->sin6_addr.s6_addr[0] == 0xfe))
			continue;
		printf("%s %#x %s %s %s\n", one->ifa_name, one->ifa_flags, text(one->ifa_addr, a), text(one->ifa_netmask, b),
		       text(one->ifa_broadaddr, c));
	}
	freeifaddrs(list);
	struct if_nameindex *names = if_nameindex();
	for (struct if_nameindex *one = names; one && one->if_index; one++)
		printf("%u is %s, which is %u\n", one->if_index, if_indextoname(one->if_index, name), if_nametoindex(one->if_name));
	if_freenameindex(names);
	errno = 0;
	printf("none: %u %d, ", if_nametoindex("none"), errno == ENODEV);
	errno = 0;
	printf("99: %s %d\n", if_indextoname(99, name) ? name : "-", errno == ENXIO);
	return 0;
}
