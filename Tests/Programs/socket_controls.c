/*
 * Messages with control data, datagrams of several calls, and options of sockets of AF_INET
 * and AF_INET6, one line a call. The same source is compiled for the host's Linux, and says
 * the same.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "socket_table.h"

/* What came with a message. */
static void tell(struct msghdr *message)
{
	for (struct cmsghdr *item = CMSG_FIRSTHDR(message); item; item = CMSG_NXTHDR(message, item)) {
		unsigned char *data = CMSG_DATA(item);
		size_t size = item->cmsg_len - CMSG_LEN(0);
		char text[64] = "?", more[64] = "?";
		int number = 0;

		memcpy(&number, data, size < sizeof number ? size : sizeof number);
		if (item->cmsg_level == IPPROTO_IP && item->cmsg_type == IP_PKTINFO) {
			struct in_pktinfo info = {0};

			memcpy(&info, data, size < sizeof info ? size : sizeof info);
			inet_ntop(AF_INET, &info.ipi_spec_dst, text, sizeof text);
			inet_ntop(AF_INET, &info.ipi_addr, more, sizeof more);
			printf("  IP_PKTINFO of %d: %d %s %s\n", (int)size, info.ipi_ifindex, text, more);
		} else if (item->cmsg_level == IPPROTO_IPV6 && item->cmsg_type == IPV6_PKTINFO) {
			struct in6_pktinfo info = {0};

			memcpy(&info, data, size < sizeof info ? size : sizeof info);
			inet_ntop(AF_INET6, &info.ipi6_addr, text, sizeof text);
			printf("  IPV6_PKTINFO of %d: %d %s\n", (int)size, (int)info.ipi6_ifindex, text);
		} else if (item->cmsg_level == IPPROTO_IP && item->cmsg_type == IP_TTL) {
			printf("  IP_TTL of %d: %d\n", (int)size, number);
		} else if (item->cmsg_level == IPPROTO_IP && item->cmsg_type == IP_TOS) {
			printf("  IP_TOS of %d: %d\n", (int)size, number);
		} else if (item->cmsg_level == IPPROTO_IPV6 && item->cmsg_type == IPV6_HOPLIMIT) {
			printf("  IPV6_HOPLIMIT of %d: %d\n", (int)size, number);
		} else if (item->cmsg_level == IPPROTO_IPV6 && item->cmsg_type == IPV6_TCLASS) {
			printf("  IPV6_TCLASS of %d: %d\n", (int)size, number);
		} else if (item->cmsg_level == SOL_SOCKET && item->cmsg_type == SCM_TIMESTAMP) {
			struct timeval when = {0, 0}, now;

			memcpy(&when, data, size < sizeof when ? size : sizeof when);
			gettimeofday(&now, NULL);
			printf("  SCM_TIMESTAMP of %d: %s\n", (int)size,
			       when.tv_sec <= now.tv_sec && when.tv_sec + 60 > now.tv_sec ? "now" : "some time");
		} else if (item->cmsg_level == SOL_SOCKET && item->cmsg_type == SCM_TIMESTAMPNS) {
			struct timespec when = {0, 0};

			memcpy(&when, data, size < sizeof when ? size : sizeof when);
			printf("  SCM_TIMESTAMPNS of %d: %s\n", (int)size,
			       when.tv_sec <= time(NULL) && when.tv_sec + 60 > time(NULL) ? "now" : "some time");
		} else {
			printf("  something of %d\n", (int)size);
		}
	}
}

/* Receives a message with so much room for control data. */
static void receive(int fd, size_t room)
{
	char control[256];
	struct iovec part = {buffer, 1000};
	struct msghdr message = {
		.msg_name = &found, .msg_namelen = sizeof found, .msg_iov = &part, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = room};
	ssize_t result;

	memset(control, 0, sizeof control);
	await(fd, POLLIN);
	result = recvmsg(fd, &message, 0);
	printf("received %d %s%s%s, control data %d\n", (int)result, result < 0 ? name(errno) : "",
	       message.msg_flags & MSG_TRUNC ? " TRUNC" : "",
	       message.msg_flags & MSG_CTRUNC ? " CTRUNC" : "", (int)message.msg_controllen);
	tell(&message);
}

/* Sends to `address` with one control message. */
static ssize_t sendWith(int fd, int level, int type, const void *data, size_t size)
{
	char control[256];
	struct iovec part = {"hello", 5};
	struct msghdr message = {
		.msg_name = &address, .msg_iov = &part, .msg_iovlen = 1, .msg_control = control,
		.msg_controllen = CMSG_SPACE(size)};
	struct cmsghdr *item = (struct cmsghdr *)control;

	message.msg_namelen = address.any.sa_family == AF_INET6 ? sizeof address.six : sizeof address.four;
	memset(control, 0, sizeof control);
	item->cmsg_level = level;
	item->cmsg_type = type;
	item->cmsg_len = CMSG_LEN(size);
	memcpy(CMSG_DATA(item), data, size);
	return sendmsg(fd, &message, 0);
}

static ssize_t sendNumber(int fd, int level, int type, int number)
{
	return sendWith(fd, level, type, &number, sizeof number);
}

static void controls(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0), other = socket(AF_INET, SOCK_DGRAM, 0), port;
	struct in_pktinfo info = {0};
	unsigned char byte = 12;

	T(bind(fd, A, at("0.0.0.0", 0)));
	port = portOf(fd);
	T(sendto(other, "plain", 5, 0, A, at("127.0.0.1", port)));
	receive(fd, 256);
	T(set(fd, IPPROTO_IP, IP_PKTINFO, 1));
	T(set(fd, IPPROTO_IP, IP_RECVTTL, 1));
	T(set(fd, IPPROTO_IP, IP_RECVTOS, 1));
	T(sendto(other, "plain", 5, 0, A, at("127.0.0.1", port)));
	receive(fd, 256);
	T(set(other, IPPROTO_IP, IP_TTL, 7));
	T(set(other, IPPROTO_IP, IP_TOS, 0x20));
	T(sendto(other, "marked", 6, 0, A, at("127.0.0.2", port)));
	receive(fd, 256);
	T(sendto(other, "marked", 6, 0, A, at("127.0.0.2", port)));
	receive(fd, 0);
	T(sendto(other, "marked", 6, 0, A, at("127.0.0.2", port)));
	receive(fd, 20);
	T(sendto(other, "marked", 6, 0, A, at("127.0.0.2", port)));
	receive(fd, 36);
	T(sendto(other, "marked", 6, 0, A, at("127.0.0.2", port)));
	receive(fd, 60);
	T(set(fd, SOL_SOCKET, SO_TIMESTAMP, 1));
	T(sendto(other, "timed", 5, 0, A, at("127.0.0.2", port)));
	receive(fd, 256);
	T(set(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1));
	T(value(fd, SOL_SOCKET, SO_TIMESTAMP));
	T(value(fd, SOL_SOCKET, SO_TIMESTAMPNS));
	T(sendto(other, "timed", 5, 0, A, at("127.0.0.2", port)));
	receive(fd, 256);
	T(set(fd, SOL_SOCKET, SO_TIMESTAMPNS, 0));
	at("127.0.0.1", port);
	T(sendNumber(other, IPPROTO_IP, IP_TTL, 9));
	receive(fd, 256);
	T(sendNumber(other, IPPROTO_IP, IP_TTL, 0));
	T(sendNumber(other, IPPROTO_IP, IP_TTL, 256));
	T(sendWith(other, IPPROTO_IP, IP_TTL, &byte, 1));
	T(sendNumber(other, IPPROTO_IP, IP_TOS, 0x48));
	receive(fd, 256);
	T(sendWith(other, IPPROTO_IP, IP_TOS, &byte, 1));
	receive(fd, 256);
	T(sendNumber(other, IPPROTO_IP, IP_TOS, 256));
	T(sendNumber(other, IPPROTO_IP, 9999, 1));
	T(sendNumber(other, IPPROTO_IPV6, IPV6_HOPLIMIT, 5));
	receive(fd, 256);
	T(sendNumber(other, SOL_SOCKET, 9999, 1));
	T(sendNumber(other, 9999, 1, 1));
	receive(fd, 256);
	info.ipi_ifindex = 1;
	T(sendWith(other, IPPROTO_IP, IP_PKTINFO, &info, sizeof info));
	receive(fd, 256);
	inet_pton(AF_INET, "127.0.0.9", &info.ipi_spec_dst);
	T(sendWith(other, IPPROTO_IP, IP_PKTINFO, &info, sizeof info));
	receive(fd, 256);
	printf("from %s\n", inet_ntoa(found.four.sin_addr));
	info.ipi_ifindex = 99;
	T(sendWith(other, IPPROTO_IP, IP_PKTINFO, &info, sizeof info));
	info.ipi_ifindex = 0;
	T(sendWith(other, IPPROTO_IP, IP_PKTINFO, &info, 8));
	inet_pton(AF_INET, "203.0.113.1", &info.ipi_spec_dst);
	T(sendWith(other, IPPROTO_IP, IP_PKTINFO, &info, sizeof info));
	T(close(other));
	T(close(fd));
}

static void controls6(void)
{
	int fd = socket(AF_INET6, SOCK_DGRAM, 0), other = socket(AF_INET6, SOCK_DGRAM, 0), port;
	struct in6_pktinfo info = {0};

	T(bind(fd, A, at6("::", 0)));
	port = portOf(fd);
	T(set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1));
	T(set(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1));
	T(set(fd, IPPROTO_IPV6, IPV6_RECVTCLASS, 1));
	T(value(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO));
	T(value(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT));
	T(value(fd, IPPROTO_IPV6, IPV6_RECVTCLASS));
	T(sendto(other, "plain", 5, 0, A, at6("::1", port)));
	receive(fd, 256);
	T(set(other, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 7));
	T(set(other, IPPROTO_IPV6, IPV6_TCLASS, 0x20));
	T(value(other, IPPROTO_IPV6, IPV6_TCLASS));
	T(sendto(other, "marked", 6, 0, A, at6("::1", port)));
	receive(fd, 256);
	T(sendto(other, "marked", 6, 0, A, at6("::1", port)));
	receive(fd, 30);
	at6("::1", port);
	T(sendNumber(other, IPPROTO_IPV6, IPV6_HOPLIMIT, 9));
	receive(fd, 256);
	T(sendNumber(other, IPPROTO_IPV6, IPV6_HOPLIMIT, -1));
	receive(fd, 256);
	T(sendNumber(other, IPPROTO_IPV6, IPV6_HOPLIMIT, 256));
	T(sendNumber(other, IPPROTO_IPV6, IPV6_TCLASS, 0x48));
	receive(fd, 256);
	T(sendNumber(other, IPPROTO_IPV6, IPV6_TCLASS, 256));
	T(sendNumber(other, IPPROTO_IPV6, 9999, 1));
	T(sendNumber(other, IPPROTO_IP, IP_TTL, 0));
	receive(fd, 256);
	info.ipi6_ifindex = 1;
	T(sendWith(other, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof info));
	receive(fd, 256);
	info.ipi6_ifindex = 99;
	T(sendWith(other, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof info));
	info.ipi6_ifindex = 0;
	inet_pton(AF_INET6, "::1", &info.ipi6_addr);
	T(sendWith(other, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof info));
	receive(fd, 256);
	T(sendWith(other, IPPROTO_IPV6, IPV6_PKTINFO, &info, 16));
	inet_pton(AF_INET6, "2001:db8::1", &info.ipi6_addr);
	T(sendWith(other, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof info));
	/* IPv4, to who is for both. */
	T(set(fd, IPPROTO_IP, IP_RECVTTL, 1));
	T(close(other));
	other = socket(AF_INET, SOCK_DGRAM, 0);
	T(set(other, IPPROTO_IP, IP_TTL, 33));
	T(sendto(other, "four", 4, 0, A, at("127.0.0.1", port)));
	receive(fd, 256);
	T(close(other));
	T(close(fd));
}

/* Several calls, one datagram. */
static void more(int family)
{
	int fd = socket(family, SOCK_DGRAM, 0), other = socket(family, SOCK_DGRAM, 0), port;
	struct iovec parts[2] = {{"x", 1}, {"yz", 2}};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
	const char *here = family == AF_INET ? "127.0.0.1" : "::1";
	socklen_t size = family == AF_INET ? at(here, 0) : at6(here, 0);

	T(bind(fd, A, size));
	port = portOf(fd);
	family == AF_INET ? at(here, port) : at6(here, port);
	T(sendto(other, "one ", 4, MSG_MORE, A, size));
	T(recv(fd, buffer, 100, MSG_DONTWAIT));
	T(sendto(other, "two ", 4, MSG_MORE, NULL, 0));
	T(recv(fd, buffer, 100, MSG_DONTWAIT));
	T(sendto(other, "three", 5, 0, A, size));
	await(fd, POLLIN);
	memset(buffer, 0, 20);
	T(recv(fd, buffer, 100, MSG_DONTWAIT));
	T(memcmp(buffer, "one two three", 13));
	T(connect(other, A, size));
	T(send(other, "a", 1, MSG_MORE));
	T(sendmsg(other, &message, MSG_MORE));
	T(send(other, "", 0, 0));
	await(fd, POLLIN);
	T(recv(fd, buffer, 100, MSG_DONTWAIT));
	T(memcmp(buffer, "axyz", 4));
	/* Too much of it: all is gone. */
	T(send(other, buffer, 40000, MSG_MORE));
	T(send(other, buffer, 40000, MSG_MORE));
	T(send(other, "next", 4, 0));
	await(fd, POLLIN);
	T(recv(fd, buffer, 100, MSG_DONTWAIT | MSG_TRUNC));
	T(close(other));
	T(close(fd));
}

/* Many messages with one call. */
static void many(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0), other = socket(AF_INET, SOCK_DGRAM, 0), port;
	struct iovec parts[3] = {{"one", 3}, {"", 0}, {"three", 5}}, room[4];
	struct mmsghdr messages[4];
	struct timespec none = {0, 0}, wrong = {0, 2000000000};
	static char places[4][8];

	T(bind(fd, A, at("127.0.0.1", 0)));
	port = portOf(fd);
	T(connect(other, A, at("127.0.0.1", port)));
	memset(messages, 0, sizeof messages);
	for (int i = 0; i < 3; i++) {
		messages[i].msg_hdr.msg_iov = &parts[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	T(sendmmsg(other, messages, 3, 0));
	T(messages[0].msg_len * 100 + messages[1].msg_len * 10 + messages[2].msg_len);
	memset(messages, 0, sizeof messages);
	for (int i = 0; i < 4; i++) {
		room[i] = (struct iovec){places[i], 4};
		messages[i].msg_hdr.msg_iov = &room[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	await(fd, POLLIN);
	T(recvmmsg(fd, messages, 4, MSG_DONTWAIT, NULL));
	T(messages[0].msg_len * 100 + messages[1].msg_len * 10 + messages[2].msg_len);
	T((messages[2].msg_hdr.msg_flags & MSG_TRUNC) != 0);
	T(memcmp(places[2], "thre", 4));
	T(recvmmsg(fd, messages, 4, MSG_DONTWAIT, NULL));
	T(send(other, "ab", 2, 0));
	await(fd, POLLIN);
	T(recvmmsg(fd, messages, 4, MSG_WAITFORONE, NULL));
	T(send(other, "ab", 2, 0));
	T(send(other, "cd", 2, 0));
	T(recvmmsg(fd, messages, 4, 0, &none));
	T(recvmmsg(fd, messages, 4, 0, &wrong));
	T(recvmmsg(fd, messages, 0, 0, NULL));
	T(close(other));
	T(close(fd));
}

static void join(int ends[2], int family)
{
	int listening = socket(family, SOCK_STREAM, 0);
	socklen_t size = family == AF_INET ? at("127.0.0.1", 0) : at6("::1", 0);

	if (bind(listening, A, size) || listen(listening, 5))
		printf("no listener\n");
	length = sizeof address;
	getsockname(listening, A, &length);
	ends[0] = socket(family, SOCK_STREAM, 0);
	if (connect(ends[0], A, size))
		printf("no connection\n");
	ends[1] = accept(listening, NULL, NULL);
	close(listening);
}

static void streams(void)
{
	int ends[2];

	/* What more follows waits; the next write takes it along. */
	join(ends, AF_INET);
	T(send(ends[0], "abc", 3, MSG_MORE));
	T(recv(ends[1], buffer, 100, MSG_DONTWAIT));
	T(send(ends[0], "def", 3, 0));
	await(ends[1], POLLIN);
	T(recv(ends[1], buffer, 100, MSG_DONTWAIT));
	T(memcmp(buffer, "abcdef", 6));
	/* But not for ever. */
	T(send(ends[0], "abc", 3, MSG_MORE));
	await(ends[1], POLLIN);
	T(recv(ends[1], buffer, 100, MSG_DONTWAIT));
	/* A full segment goes at once. */
	T(send(ends[0], buffer, 100000, MSG_MORE));
	await(ends[1], POLLIN);
	T(send(ends[0], "x", 1, 0));
	T(recv(ends[1], buffer, 100001, MSG_WAITALL));
	/* Thrown away. */
	T(send(ends[0], "0123456789", 10, 0));
	await(ends[1], POLLIN);
	strcpy(buffer, "untouched");
	T(recv(ends[1], buffer, 4, MSG_TRUNC));
	T(strcmp(buffer, "untouched"));
	T(recv(ends[1], buffer, 2, MSG_TRUNC));
	T(recv(ends[1], buffer, 10, 0));
	T(memcmp(buffer, "6789", 4));
	/* Control messages of datagrams are none of a stream's. */
	T(sendNumber(ends[0], IPPROTO_IP, IP_TTL, 0));
	await(ends[1], POLLIN);
	T(recv(ends[1], buffer, 10, 0));
	T(close(ends[0]));
	T(close(ends[1]));
}

static int congestion(int fd, const char *name)
{
	return setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, (socklen_t)strlen(name));
}

static void transport(void)
{
	struct tcp_info info;
	int ends[2], fd = socket(AF_INET, SOCK_STREAM, 0), other;
	char text[32];

	memset(&info, 0xFF, sizeof info);
	length = sizeof info;
	T(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length));
	T(length >= 104);
	T(info.tcpi_state == TCP_CLOSE);
	T(setsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, sizeof info));
	T(congestion(fd, "reno"));
	memset(text, 'x', sizeof text);
	length = sizeof text;
	T(getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, text, &length));
	T(length);
	T(strcmp(text, "reno"));
	T(congestion(fd, "nothing"));
	T(congestion(fd, ""));
	length = 3;
	T(getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, text, &length));
	T(length);
	static const int waits[] = {0, 1, 2, 3, 5, 7, 30, 100, 1000, -1};
	for (unsigned i = 0; i < sizeof waits / sizeof *waits; i++) {
		T(set(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, waits[i]));
		T(value(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT));
	}
	T(set(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, 30));
	T(set(fd, IPPROTO_TCP, TCP_QUICKACK, 0));
	T(value(fd, IPPROTO_TCP, TCP_USER_TIMEOUT));
	/* A connection waits until there is text. */
	T(bind(fd, A, at("127.0.0.1", 0)));
	T(listen(fd, 5));
	length = sizeof info;
	T(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length));
	T(info.tcpi_state == TCP_LISTEN);
	T(info.tcpi_sacked);
	other = socket(AF_INET, SOCK_STREAM, 0);
	T(connect(other, A, at("127.0.0.1", portOf(fd))));
	struct pollfd entry = {.fd = fd, .events = POLLIN};
	T(poll(&entry, 1, 300));
	T(send(other, "first", 5, 0));
	await(fd, POLLIN);
	ends[1] = accept(fd, NULL, NULL);
	T(ends[1] < 0);
	T(recv(ends[1], buffer, 100, MSG_DONTWAIT));
	T(close(ends[1]));
	T(close(other));
	T(close(fd));
	join(ends, AF_INET);
	T(send(ends[0], buffer, 5000, 0));
	T(recv(ends[1], buffer, 5000, MSG_WAITALL));
	length = sizeof info;
	T(getsockopt(ends[0], IPPROTO_TCP, TCP_INFO, &info, &length));
	T(info.tcpi_state == TCP_ESTABLISHED);
	T(info.tcpi_ca_state);
	T(info.tcpi_options & (TCPI_OPT_TIMESTAMPS | TCPI_OPT_SACK | TCPI_OPT_WSCALE));
	T(info.tcpi_total_retrans);
	T(info.tcpi_snd_mss > 10000 && info.tcpi_pmtu > info.tcpi_snd_mss && info.tcpi_advmss > 10000);
	T(info.tcpi_snd_cwnd >= 2);
	T(info.tcpi_rtt < 1000000 && info.tcpi_rto >= 200000 && info.tcpi_rto <= 3000000);
	T(info.tcpi_backoff + info.tcpi_probes + info.tcpi_retransmits);
	length = 8;
	T(getsockopt(ends[0], IPPROTO_TCP, TCP_INFO, &info, &length));
	T(length);
	T(shutdown(ends[0], SHUT_WR));
	await(ends[1], POLLIN);
	length = sizeof info;
	T(getsockopt(ends[1], IPPROTO_TCP, TCP_INFO, &info, &length));
	T(info.tcpi_state == TCP_CLOSE_WAIT);
	T(value(ends[0], IPPROTO_TCP, TCP_MAXSEG) > 10000);
	T(close(ends[0]));
	T(close(ends[1]));
	fd = socket(AF_INET6, SOCK_STREAM, 0);
	T(set(fd, IPPROTO_TCP, TCP_MAXSEG, 1000));
	T(congestion(fd, "cubicle"));
	T(close(fd));
}

static int device(int fd, const char *name)
{
	return setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, (socklen_t)strlen(name));
}

static void places(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0), other = socket(AF_INET, SOCK_DGRAM, 0), port;
	char text[32];

	length = sizeof text;
	T(getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, text, &length));
	T(length);
	T(device(fd, "nothing"));
	T(device(fd, "alongernamethanany"));
	T(device(fd, ""));
	T(bind(fd, A, at("127.0.0.1", 0)));
	T(device(fd, "lo"));
	length = sizeof text;
	T(getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, text, &length));
	T(length);
	T(strcmp(text, "lo"));
	length = 4;
	T(getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, text, &length));
	port = portOf(fd);
	T(sendto(other, "here", 4, 0, A, at("127.0.0.1", port)));
	receive(fd, 0);
	T(close(other));
	T(close(fd));
	/* All of a network. */
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	T(bind(fd, A, at("0.0.0.0", 0)));
	port = portOf(fd);
	other = socket(AF_INET, SOCK_DGRAM, 0);
	T(sendto(other, "all", 3, 0, A, at("127.255.255.255", port)));
	T(connect(other, A, at("127.255.255.255", port)));
	T(set(other, SOL_SOCKET, SO_BROADCAST, 1));
	T(sendto(other, "all", 3, 0, A, at("127.255.255.255", port)));
	receive(fd, 0);
	T(connect(other, A, at("127.255.255.255", port)));
	T(send(other, "again", 5, 0));
	receive(fd, 0);
	T(close(other));
	T(close(fd));
	fd = socket(AF_INET, SOCK_STREAM, 0);
	T(connect(fd, A, at("127.255.255.255", 5)));
	T(close(fd));
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	T(bind(fd, A, at("127.255.255.255", 0)));
	T(close(fd));
	/* A link's addresses need a link. */
	fd = socket(AF_INET6, SOCK_DGRAM, 0);
	T(bind(fd, A, at6("fe80::1234", 0)));
	T(connect(fd, A, at6("fe80::1234", 5)));
	at6("fe80::1234", 5);
	address.six.sin6_scope_id = 99;
	T(connect(fd, A, sizeof address.six));
	T(close(fd));
}

int main(void)
{
	setvbuf(stdout, NULL, _IOFBF, 1 << 16);
	controls();
	controls6();
	more(AF_INET);
	more(AF_INET6);
	many();
	streams();
	transport();
	places();
	printf("lowest free %d\n", dup(0));
	return 0;
}
