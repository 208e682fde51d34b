/*
 * Groups that sockets of AF_INET and AF_INET6 join on the loopback, and what is sent to
 * them, one line a call. The same source is compiled for the host's Linux, and says the same.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "socket_table.h"

/* What comes within a moment; nothing is told, too. */
static void heard(const char *who, int fd)
{
	struct pollfd entry = {.fd = fd, .events = POLLIN};
	ssize_t result = 0;

	/* What is sent on the loopback is there when the call returns. */
	if (poll(&entry, 1, 0) == 1)
		result = recv(fd, buffer, sizeof buffer, MSG_DONTWAIT);
	else
		strcpy(buffer, "nothing");
	if (result > 0)
		buffer[result] = 0;
	printf("%s hears %s\n", who, buffer);
}
#define HEARD(FD) heard(#FD, FD)

static int member(int fd, int option, const char *group, const char *interface, int index)
{
	struct ip_mreqn request = {.imr_ifindex = index};

	inet_pton(AF_INET, group, &request.imr_multiaddr);
	inet_pton(AF_INET, interface, &request.imr_address);
	return setsockopt(fd, IPPROTO_IP, option, &request, sizeof request);
}

static int member6(int fd, int option, const char *group, unsigned index)
{
	struct ipv6_mreq request = {.ipv6mr_interface = index};

	inet_pton(AF_INET6, group, &request.ipv6mr_multiaddr);
	return setsockopt(fd, IPPROTO_IPV6, option, &request, sizeof request);
}

static int by(int fd, const char *address, size_t size)
{
	struct ip_mreqn request = {0};

	inet_pton(AF_INET, address, &request.imr_address);
	return size == 4 ? setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &request.imr_address, 4)
			 : setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &request, (socklen_t)size);
}

static void four(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0), other = socket(AF_INET, SOCK_DGRAM, 0);
	int from = socket(AF_INET, SOCK_DGRAM, 0), stream = socket(AF_INET, SOCK_STREAM, 0), port;
	struct in_addr interface;

	T(value(fd, IPPROTO_IP, IP_MULTICAST_TTL));
	T(value(fd, IPPROTO_IP, IP_MULTICAST_LOOP));
	T(value(fd, IPPROTO_IP, IP_MULTICAST_ALL));
	T(set(fd, IPPROTO_IP, IP_MULTICAST_TTL, 256));
	T(set(fd, IPPROTO_IP, IP_MULTICAST_TTL, -2));
	T(set(fd, IPPROTO_IP, IP_MULTICAST_TTL, 0));
	T(value(fd, IPPROTO_IP, IP_MULTICAST_TTL));
	T(set(fd, IPPROTO_IP, IP_MULTICAST_TTL, -1));
	T(value(fd, IPPROTO_IP, IP_MULTICAST_TTL));
	T(set(fd, IPPROTO_IP, IP_MULTICAST_LOOP, 7));
	T(value(fd, IPPROTO_IP, IP_MULTICAST_LOOP));
	T(set(fd, IPPROTO_IP, IP_MULTICAST_ALL, 2));
	T(set(stream, IPPROTO_IP, IP_MULTICAST_TTL, 3));
	T(set(stream, IPPROTO_IP, IP_MULTICAST_LOOP, 1));
	T(by(stream, "127.0.0.1", 4));
	T(member(stream, IP_ADD_MEMBERSHIP, "239.1.2.3", "127.0.0.1", 0));
	T(member(fd, IP_ADD_MEMBERSHIP, "192.0.2.1", "127.0.0.1", 0));
	T(member(fd, IP_ADD_MEMBERSHIP, "239.1.2.3", "203.0.113.9", 0));
	T(member(fd, IP_ADD_MEMBERSHIP, "239.1.2.3", "0.0.0.0", 99));
	T(setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &interface, 4));
	T(member(fd, IP_DROP_MEMBERSHIP, "239.1.2.3", "127.0.0.1", 0));
	T(by(from, "203.0.113.9", 4));
	T(by(from, "127.0.0.1", 3));
	T(by(from, "127.0.0.1", 4));
	length = sizeof interface;
	T(getsockopt(from, IPPROTO_IP, IP_MULTICAST_IF, &interface, &length));
	T(interface.s_addr == htonl(INADDR_LOOPBACK));
	T(set(fd, SOL_SOCKET, SO_REUSEADDR, 1));
	T(set(other, SOL_SOCKET, SO_REUSEADDR, 1));
	T(bind(fd, A, at("0.0.0.0", 0)));
	port = portOf(fd);
	T(bind(other, A, at("0.0.0.0", port)));
	/* Nobody has joined. */
	T(sendto(from, "first", 5, 0, A, at("239.1.2.3", port)));
	HEARD(fd);
	T(member(fd, IP_ADD_MEMBERSHIP, "239.1.2.3", "127.0.0.1", 0));
	T(member(fd, IP_ADD_MEMBERSHIP, "239.1.2.3", "127.0.0.1", 0));
	T(member(fd, IP_ADD_MEMBERSHIP, "239.1.2.3", "0.0.0.0", 1));
	/* Who has not joined hears it, too, unless it does not want that. */
	T(sendto(from, "second", 6, 0, A, at("239.1.2.3", port)));
	HEARD(fd);
	HEARD(other);
	T(set(other, IPPROTO_IP, IP_MULTICAST_ALL, 0));
	T(sendto(from, "third", 5, 0, A, at("239.1.2.3", port)));
	HEARD(fd);
	HEARD(other);
	T(member(other, IP_ADD_MEMBERSHIP, "239.1.2.4", "0.0.0.0", 1));
	T(sendto(from, "fourth", 6, 0, A, at("239.1.2.4", port)));
	HEARD(fd);
	HEARD(other);
	T(set(fd, IPPROTO_IP, IP_MULTICAST_ALL, 0));
	T(sendto(from, "fifth", 5, 0, A, at("239.1.2.4", port)));
	HEARD(fd);
	HEARD(other);
	/* All systems are in one. */
	T(sendto(from, "sixth", 5, 0, A, at("224.0.0.1", port)));
	HEARD(fd);
	T(set(from, IPPROTO_IP, IP_MULTICAST_LOOP, 0));
	T(sendto(from, "quiet", 5, 0, A, at("239.1.2.4", port)));
	T(set(from, IPPROTO_IP, IP_MULTICAST_LOOP, 1));
	T(connect(from, A, at("239.1.2.3", port)));
	T(send(from, "seventh", 7, 0));
	HEARD(fd);
	length = sizeof found;
	T(getpeername(from, &found.any, &length));
	T(member(fd, IP_DROP_MEMBERSHIP, "239.1.2.3", "0.0.0.0", 1));
	T(member(fd, IP_DROP_MEMBERSHIP, "239.1.2.3", "127.0.0.1", 0));
	T(send(from, "eighth", 6, 0));
	HEARD(fd);
	/* Closing leaves. */
	T(close(other));
	other = socket(AF_INET, SOCK_DGRAM, 0);
	T(set(other, SOL_SOCKET, SO_REUSEADDR, 1));
	T(bind(other, A, at("239.1.2.4", port)));
	T(set(fd, IPPROTO_IP, IP_MULTICAST_ALL, 1));
	at("239.1.2.4", port);
	T(connect(from, A, sizeof address.four));
	T(send(from, "ninth", 5, 0));
	HEARD(fd);
	HEARD(other);
	T(member(fd, IP_ADD_MEMBERSHIP, "239.1.2.4", "127.0.0.1", 0));
	T(send(from, "tenth", 5, 0));
	HEARD(fd);
	HEARD(other);
	/* There are as many as there may be. */
	int joined = 0;
	for (int i = 0; i < 30; i++) {
		char group[32];

		snprintf(group, sizeof group, "239.2.0.%d", i);
		if (member(other, IP_ADD_MEMBERSHIP, group, "127.0.0.1", 0) == 0)
			joined++;
	}
	T(joined);
	T(member(other, IP_ADD_MEMBERSHIP, "239.3.0.1", "127.0.0.1", 0));
	T(close(stream));
	T(close(from));
	T(close(other));
	T(close(fd));
}

static void six(void)
{
	int fd = socket(AF_INET6, SOCK_DGRAM, 0), other = socket(AF_INET6, SOCK_DGRAM, 0);
	int from = socket(AF_INET6, SOCK_DGRAM, 0), stream = socket(AF_INET6, SOCK_STREAM, 0), port;

	T(value(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS));
	T(value(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP));
	T(value(fd, IPPROTO_IPV6, IPV6_MULTICAST_ALL));
	T(value(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF));
	T(set(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 256));
	T(set(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 5));
	T(value(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS));
	T(set(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, -1));
	T(value(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS));
	T(set(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 7));
	T(set(fd, IPPROTO_IPV6, IPV6_MULTICAST_ALL, 7));
	T(set(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, 99));
	T(set(stream, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 3));
	T(set(stream, IPPROTO_IPV6, IPV6_MULTICAST_IF, 1));
	T(member6(stream, IPV6_JOIN_GROUP, "ff02::1234", 1));
	T(member6(fd, IPV6_JOIN_GROUP, "2001:db8::1", 1));
	T(member6(fd, IPV6_JOIN_GROUP, "ff02::1234", 99));
	T(setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, buffer, 16));
	T(member6(fd, IPV6_LEAVE_GROUP, "ff02::1234", 1));
	T(set(from, IPPROTO_IPV6, IPV6_MULTICAST_IF, 1));
	T(value(from, IPPROTO_IPV6, IPV6_MULTICAST_IF));
	T(member6(fd, IPV6_JOIN_GROUP, "ff02::1234", 1));
	T(member6(fd, IPV6_JOIN_GROUP, "ff02::1234", 1));
	T(member6(fd, IPV6_LEAVE_GROUP, "ff02::1234", 0));
	T(member6(fd, IPV6_LEAVE_GROUP, "ff02::1234", 0));
	T(close(stream));
	T(close(from));
	T(close(other));
	T(close(fd));
}

/* What Linux's loopback has no route for unless it is given one. */
static void sixSends(void)
{
	int fd = socket(AF_INET6, SOCK_DGRAM, 0), other = socket(AF_INET6, SOCK_DGRAM, 0);
	int from = socket(AF_INET6, SOCK_DGRAM, 0), port;

	T(set(from, IPPROTO_IPV6, IPV6_MULTICAST_IF, 1));
	T(set(fd, SOL_SOCKET, SO_REUSEADDR, 1));
	T(set(other, SOL_SOCKET, SO_REUSEADDR, 1));
	T(bind(fd, A, at6("::", 0)));
	port = portOf(fd);
	T(bind(other, A, at6("::", port)));
	T(member6(fd, IPV6_JOIN_GROUP, "ff02::1234", 1));
	T(member6(fd, IPV6_JOIN_GROUP, "ff02::1234", 1));
	T(sendto(from, "first", 5, 0, A, at6("ff02::1234", port)));
	HEARD(fd);
	HEARD(other);
	T(set(other, IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0));
	T(sendto(from, "second", 6, 0, A, at6("ff02::1234", port)));
	HEARD(fd);
	HEARD(other);
	T(member6(other, IPV6_JOIN_GROUP, "ff15::77", 1));
	T(sendto(from, "third", 5, 0, A, at6("ff15::77", port)));
	HEARD(other);
	T(member6(other, IPV6_LEAVE_GROUP, "ff15::77", 0));
	T(member6(other, IPV6_LEAVE_GROUP, "ff15::77", 0));
	T(sendto(from, "fourth", 6, 0, A, at6("ff15::77", port)));
	HEARD(other);
	T(member6(fd, IPV6_LEAVE_GROUP, "ff02::1234", 1));
	while (recv(fd, buffer, 10, MSG_DONTWAIT) > 0) {}
	T(sendto(from, "fifth", 5, 0, A, at6("ff02::1234", port)));
	HEARD(fd);
	T(close(from));
	T(close(other));
	T(close(fd));
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOFBF, 1 << 16);
	if (argc > 1) {
		sixSends();
		return 0;
	}
	four();
	six();
	printf("lowest free %d\n", dup(0));
	return 0;
}
