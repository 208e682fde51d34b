/*
 * Sends to a group, or listens to one, IPv4 or IPv6: multicast send|receive GROUP PORT COUNT
 * [INTERFACE]. Who listens joins the group, and sends each message back to who has sent it;
 * who sends does so again, five times a second, until it has come back. Both end after COUNT.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static union {
	struct sockaddr any;
	struct sockaddr_in four;
	struct sockaddr_in6 six;
} group, from;
static socklen_t length;
static unsigned interface;

static int fails(const char *what)
{
	perror(what);
	return 1;
}

static int find(const char *text, const char *port)
{
	if (inet_pton(AF_INET, text, &group.four.sin_addr) == 1) {
		group.four.sin_family = AF_INET;
		length = sizeof group.four;
	} else if (inet_pton(AF_INET6, text, &group.six.sin6_addr) == 1) {
		group.six.sin6_family = AF_INET6;
		group.six.sin6_scope_id = interface;
		length = sizeof group.six;
	} else {
		return -1;
	}
	group.four.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
	return 0;
}

/* Joins the group, or leaves it. */
static int membership(int fd, int joins)
{
	if (group.any.sa_family == AF_INET) {
		struct ip_mreqn request = {
			.imr_multiaddr = group.four.sin_addr, .imr_ifindex = (int)interface};

		return setsockopt(fd, IPPROTO_IP, joins ? IP_ADD_MEMBERSHIP : IP_DROP_MEMBERSHIP, &request,
				  sizeof request);
	}
	struct ipv6_mreq request = {
		.ipv6mr_multiaddr = group.six.sin6_addr, .ipv6mr_interface = interface};

	return setsockopt(fd, IPPROTO_IPV6, joins ? IPV6_JOIN_GROUP : IPV6_LEAVE_GROUP, &request,
			  sizeof request);
}

static int receive(int fd, long count)
{
	char text[100], last[100] = "";

	if (bind(fd, &group.any, length))
		return fails("bind");
	if (membership(fd, 1))
		return fails("join");
	printf("listening\n");
	for (long i = 0;;) {
		struct pollfd entry = {.fd = fd, .events = POLLIN};
		socklen_t size = sizeof from;
		ssize_t received;

		/* The last one comes again where its answer was lost. */
		if (i == count && poll(&entry, 1, 1000) != 1)
			break;
		received = recvfrom(fd, text, sizeof text - 1, 0, &from.any, &size);

		if (received < 0)
			return fails("recvfrom");
		text[received] = 0;
		if (sendto(fd, text, (size_t)received, 0, &from.any, size) < 0)
			return fails("sendto");
		/* One that is sent again is not told again. */
		if (strcmp(text, last) && i < count) {
			printf("%s\n", text);
			strcpy(last, text);
			i++;
		}
	}
	if (membership(fd, 0))
		return fails("leave");
	return 0;
}

static int transmit(int fd, long count)
{
	int zero = 0;

	/* This program does not hear itself. */
	if (group.any.sa_family == AF_INET
		    ? setsockopt(fd, IPPROTO_IP, IP_MULTICAST_LOOP, &zero, sizeof zero)
		    : setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, &zero, sizeof zero))
		return fails("setsockopt");
	if (group.any.sa_family == AF_INET) {
		struct ip_mreqn request = {.imr_ifindex = (int)interface};

		if (interface && setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &request, sizeof request))
			return fails("setsockopt");
	} else if (interface &&
		   setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, &interface, sizeof interface)) {
		return fails("setsockopt");
	}
	for (long heard = 0, tries = 0; heard < count; tries++) {
		struct pollfd entry = {.fd = fd, .events = POLLIN};
		char text[100], answer[100];
		ssize_t received;

		if (tries == 300) {
			fprintf(stderr, "nobody listens\n");
			return 1;
		}
		snprintf(text, sizeof text, "message %ld", heard + 1);
		if (sendto(fd, text, strlen(text), 0, &group.any, length) < 0)
			return fails("sendto");
		if (poll(&entry, 1, 200) != 1)
			continue;
		received = recv(fd, answer, sizeof answer, 0);
		if (received < 0)
			return fails("recv");
		if ((size_t)received == strlen(text) && !memcmp(answer, text, (size_t)received))
			heard++;
	}
	printf("%ld answers\n", count);
	return 0;
}

int main(int argc, char **argv)
{
	int fd;

	setvbuf(stdout, NULL, _IOLBF, 0);
	interface = argc > 5 ? (unsigned)strtoul(argv[5], NULL, 10) : 0;
	if (argc < 5 || find(argv[2], argv[3])) {
		fprintf(stderr, "usage: multicast send|receive group port count [interface]\n");
		return 2;
	}
	fd = socket(group.any.sa_family, SOCK_DGRAM, 0);
	if (fd < 0)
		return fails("socket");
	if (!strcmp(argv[1], "receive"))
		return receive(fd, strtol(argv[4], NULL, 10));
	return transmit(fd, strtol(argv[4], NULL, 10));
}
