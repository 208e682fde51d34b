/*
 * Services and protocols by name and by number. What is returned is each thread's own.
 */
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "shim.h"

static char *none[1];

static __thread struct servent service;
static __thread char service_name[256];

static struct servent *found(const char *name, int port, int type)
{
	snprintf(service_name, sizeof service_name, "%s", name);
	service = (struct servent){
		.s_name = service_name, .s_aliases = none, .s_port = port,
		.s_proto = type == SOCK_DGRAM ? "udp" : "tcp",
	};
	return &service;
}

/* Whether a protocol may be meant: NULL is any. */
static int isMeant(const char *protocol, int type)
{
	return !protocol || strcmp(protocol, type == SOCK_DGRAM ? "udp" : "tcp") == 0;
}

static const int types[] = {SOCK_STREAM, SOCK_DGRAM};

/* The name of a port's service, which has one; 0: it has none. */
static int nameOf(int port, int type, char *name, socklen_t room)
{
	struct sockaddr_in address = {.sin_len = sizeof address, .sin_family = AF_INET, .sin_port = (in_port_t)port};
	char number[16];

	snprintf(number, sizeof number, "%u", ntohs((in_port_t)port));
	return getnameinfo((struct sockaddr *)&address, sizeof address, NULL, 0, name, room,
			   type == SOCK_DGRAM ? NI_DGRAM : 0) == 0 && strcmp(name, number) != 0;
}

WEAK struct servent *getservbyname(const char *name, const char *protocol)
{
	for (int i = 0; i < 2; i++) {
		struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = types[i]}, *list;
		char canonical[256];
		int port;

		/* A number is no name. */
		if (!isMeant(protocol, types[i]) || name[strspn(name, "0123456789")] == '\0' ||
		    getaddrinfo(NULL, name, &hints, &list) != 0)
			continue;
		port = ((struct sockaddr_in *)list->ai_addr)->sin_port;
		freeaddrinfo(list);
		return found(nameOf(port, types[i], canonical, sizeof canonical) ? canonical : name, port, types[i]);
	}
	return NULL;
}

WEAK struct servent *getservbyport(int port, const char *protocol)
{
	for (int i = 0; i < 2; i++) {
		char name[256];

		if (isMeant(protocol, types[i]) && nameOf(port, types[i], name, sizeof name))
			return found(name, port, types[i]);
	}
	return NULL;
}

/* Of IANA's registry of protocol numbers those that there are sockets or packets of. */
static const struct protoent protocols[] = {
	{"ip", none, IPPROTO_IP},
	{"icmp", none, IPPROTO_ICMP},
	{"igmp", none, 2},
	{"tcp", none, IPPROTO_TCP},
	{"udp", none, IPPROTO_UDP},
	{"ipv6", none, IPPROTO_IPV6},
	{"ipv6-route", none, 43},
	{"ipv6-frag", none, 44},
	{"ipv6-icmp", none, IPPROTO_ICMPV6},
	{"ipv6-nonxt", none, 59},
	{"ipv6-opts", none, 60},
};

static __thread struct protoent protocol;

WEAK struct protoent *getprotobyname(const char *name)
{
	for (size_t i = 0; i < sizeof protocols / sizeof *protocols; i++)
		if (strcasecmp(protocols[i].p_name, name) == 0) {
			protocol = protocols[i];
			return &protocol;
		}
	return NULL;
}

WEAK struct protoent *getprotobynumber(int number)
{
	for (size_t i = 0; i < sizeof protocols / sizeof *protocols; i++)
		if (protocols[i].p_proto == number) {
			protocol = protocols[i];
			return &protocol;
		}
	return NULL;
}
