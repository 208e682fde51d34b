/*
 * Sockets of ICMP and ICMPv6 on the loopback: those of echoes, and raw ones; one line a
 * call. The same source is compiled for the host's Linux, where it runs in a namespace in
 * which anybody may have them, and says the same.
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

#ifndef ICMP_FILTER
#define ICMP_FILTER  1
#define ICMP6_FILTER 1
#endif
#ifndef SOL_RAW
#define SOL_RAW 255
#endif

static unsigned char message[2000];

/* An echo's request, with the sum that ICMP wants. */
static int echo(int type, int sequence, int length)
{
	unsigned sum = 0;

	memset(message, 0, sizeof message);
	message[0] = (unsigned char)type;
	message[7] = (unsigned char)sequence;
	for (int i = 8; i < length; i++)
		message[i] = (unsigned char)i;
	for (int i = 0; i < length; i += 2)
		sum += (unsigned)message[i] << 8 | (i + 1 < length ? message[i + 1] : 0);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	message[2] = (unsigned char)(~sum >> 8);
	message[3] = (unsigned char)~sum;
	return length;
}

/* What comes; of IPv4's raw sockets behind a header. */
static void receive(const char *who, int fd, int isRaw)
{
	unsigned char *start = (unsigned char *)buffer;
	struct pollfd entry = {.fd = fd, .events = POLLIN};
	char text[64] = "?";
	ssize_t result;

	if (poll(&entry, 1, 50) != 1) {
		printf("%s: nothing comes\n", who);
		return;
	}
	length = sizeof found;
	result = recvfrom(fd, buffer, sizeof buffer, MSG_DONTWAIT, &found.any, &length);
	inet_ntop(found.any.sa_family, found.any.sa_family == AF_INET ? (void *)&found.four.sin_addr
								  : (void *)&found.six.sin6_addr,
		  text, sizeof text);
	printf("%s: %d from %s port %d", who, (int)result, text, ntohs(found.four.sin_port));
	if (isRaw && found.any.sa_family == AF_INET) {
		printf(" header %x length %d hops %d protocol %d", start[0], start[2] << 8 | start[3], start[8],
		       start[9]);
		start += 20;
		result -= 20;
	} else if (!isRaw) {
		printf(" identifier %s", (start[4] << 8 | start[5]) == portOf(fd) ? "mine" : "another's");
	}
	printf(" type %d code %d sequence %d last %d\n", start[0], start[1], start[7], start[result - 1]);
}
#define RECEIVE(FD, ISRAW) receive(#FD, FD, ISRAW)

static void making(void)
{
	int fd;

	T(socket(AF_INET, SOCK_RAW, 300));
	T(socket(AF_INET6, SOCK_DGRAM, IPPROTO_ICMP));
	T(socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMPV6));
	T(socket(AF_INET, SOCK_STREAM, IPPROTO_ICMP));
	T((fd = socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP)) < 0);
	T(value(fd, SOL_SOCKET, SO_TYPE) == SOCK_DGRAM);
	T(value(fd, SOL_SOCKET, SO_PROTOCOL));
	T(close(fd));
	T((fd = socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6)) < 0);
	T(value(fd, SOL_SOCKET, SO_TYPE) == SOCK_RAW);
	T(value(fd, SOL_SOCKET, SO_PROTOCOL));
	T(listen(fd, 1));
	T(close(fd));
}

static void echoes(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP), other, port;

	T(send(fd, message, 20, 0));
	T(sendto(fd, message, echo(8, 1, 20), 0, A, at("127.0.0.1", 0)));
	T(portOf(fd) > 0);
	RECEIVE(fd, 0);
	RECEIVE(fd, 0);
	T(sendto(fd, message, echo(8, 2, 7), 0, A, at("127.0.0.1", 0)));
	T(sendto(fd, message, echo(0, 3, 20), 0, A, at("127.0.0.1", 0)));
	T(sendto(fd, message, echo(13, 3, 20), 0, A, at("127.0.0.1", 0)));
	T(sendto(fd, buffer, 70000, 0, A, at("127.0.0.1", 0)));
	T(sendto(fd, message, echo(8, 4, 8), 0, A, at("127.0.0.1", 77)));
	RECEIVE(fd, 0);
	T(sendto(fd, message, echo(8, 5, 20), 0, A, at6("::1", 0)));
	T(connect(fd, A, at("127.0.0.3", 77)));
	T(send(fd, message, echo(8, 6, 1999), 0));
	RECEIVE(fd, 0);
	length = sizeof found;
	T(getpeername(fd, &found.any, &length));
	printf("other end %s\n", inet_ntoa(found.four.sin_addr));
	port = portOf(fd);
	other = socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
	T(bind(other, A, at("203.0.113.1", 0)));
	T(bind(other, A, at("0.0.0.0", port == 4711 ? 4712 : 4711)));
	T(sendto(other, message, echo(8, 7, 20), 0, A, at("127.0.0.1", 0)));
	RECEIVE(fd, 0);
	RECEIVE(other, 0);
	T(setsockopt(other, SOL_RAW, ICMP_FILTER, buffer, 4));
	T(close(other));
	T(close(fd));
	fd = socket(AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6);
	T(sendto(fd, message, echo(8, 1, 20), 0, A, at6("::1", 0)));
	T(sendto(fd, message, echo(128, 2, 20), 0, A, at6("::1", 0)));
	RECEIVE(fd, 0);
	RECEIVE(fd, 0);
	T(sendto(fd, message, echo(128, 3, 20), 0, A, at("127.0.0.1", 0)) < 0);
	T(close(fd));
}

static void raw(void)
{
	int fd = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP), other = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
	unsigned filter = 1u << 8, all[8] = {0};

	T(sendto(fd, message, echo(8, 1, 21), 0, A, at("127.0.0.1", 0)));
	RECEIVE(fd, 1);
	RECEIVE(fd, 1);
	RECEIVE(fd, 1);
	RECEIVE(other, 1);
	RECEIVE(other, 1);
	T(setsockopt(fd, SOL_RAW, ICMP_FILTER, &filter, sizeof filter));
	filter = 0;
	length = sizeof filter;
	T(getsockopt(fd, SOL_RAW, ICMP_FILTER, &filter, &length));
	T(filter);
	T(sendto(other, message, echo(8, 2, 20), 0, A, at("127.0.0.1", 0)));
	RECEIVE(fd, 1);
	RECEIVE(fd, 1);
	/* Whose sum is wrong is not answered. */
	echo(8, 3, 20);
	message[2] ^= 1;
	T(sendto(other, message, 20, 0, A, at("127.0.0.1", 0)));
	RECEIVE(fd, 1);
	while (recv(other, buffer, 100, MSG_DONTWAIT) > 0) {}
	/* Bound, and connected. */
	T(bind(other, A, at("127.0.0.5", 0)));
	T(sendto(fd, message, echo(8, 4, 20), 0, A, at("127.0.0.1", 0)));
	RECEIVE(other, 1);
	RECEIVE(fd, 1);
	T(sendto(fd, message, echo(8, 5, 20), 0, A, at("127.0.0.5", 0)));
	RECEIVE(other, 1);
	RECEIVE(fd, 1);
	T(close(other));
	T(connect(fd, A, at("127.0.0.7", 0)));
	T(send(fd, message, echo(8, 6, 20), 0));
	RECEIVE(fd, 1);
	other = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
	T(sendto(other, message, echo(8, 7, 20), 0, A, at("127.0.0.1", 0)));
	RECEIVE(fd, 1);
	T(close(other));
	T(close(fd));
	fd = socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6);
	T(sendto(fd, message, echo(128, 8, 20), 0, A, at6("::1", 0)));
	RECEIVE(fd, 1);
	RECEIVE(fd, 1);
	RECEIVE(fd, 1);
	all[4] = 1;
	T(setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, all, sizeof all));
	T(sendto(fd, message, echo(128, 9, 20), 0, A, at6("::1", 0)));
	RECEIVE(fd, 1);
	RECEIVE(fd, 1);
	T(close(fd));
}

int main(void)
{
	setvbuf(stdout, NULL, _IOFBF, 1 << 16);
	making();
	echoes();
	raw();
	printf("lowest free %d\n", dup(0));
	return 0;
}
