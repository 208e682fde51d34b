/*
 * What functions of sockets of AF_INET and AF_INET6 say, one line a call: what they
 * refuse, and what they do. The same source is compiled for the host's Linux, and says
 * the same.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

#include "socket_table.h"

#define BAD ((void *)8)

static union endpoint kept;

/* Where an address is found; ports by what they are like. */
static void told(const char *call, int result)
{
	char text[64] = "?";

	printf("%s: %d %s", call, result, result < 0 ? name(errno) : "");
	if (result >= 0) {
		int six = found.any.sa_family == AF_INET6, port = ntohs(found.four.sin_port);

		if (length > 2)
			inet_ntop(found.any.sa_family, six ? (void *)&found.six.sin6_addr
							   : (void *)&found.four.sin_addr,
				  text, sizeof text);
		printf("length %d %s port %s", (int)length, text, port ? "some" : "0");
	}
	printf("\n");
}

#define N(CALL) \
	do { \
		memset(&found, 0, sizeof found); \
		length = sizeof found; \
		errno = 0; \
		told(#CALL, (int)(CALL)); \
	} while (0)

static void show(const char *what, int fd, int wait)
{
	struct pollfd entry = {.fd = fd, .events = POLLIN | POLLOUT | POLLRDHUP};
	int bits = poll(&entry, 1, wait) < 0 ? -1 : entry.revents;

	printf("%s:%s%s%s%s%s%s\n", what, bits & POLLIN ? " IN" : "", bits & POLLOUT ? " OUT" : "",
	       bits & POLLERR ? " ERR" : "", bits & POLLHUP ? " HUP" : "",
	       bits & POLLNVAL ? " NVAL" : "", bits & POLLRDHUP ? " RDHUP" : "");
}
#define READY(FD) show("ready " #FD, FD, 0)

#define ERROR(FD) \
	do { \
		int error_ = value(FD, SOL_SOCKET, SO_ERROR); \
		printf("error of " #FD ": %s\n", error_ ? name(error_) : "none"); \
	} while (0)

static int pipes;
static void broken(int signal) { pipes++; }

static void making(void)
{
	int fd, fds[2];

	T(socket(AF_INET, 99, 0));
	/* newlib has no name for why. */
	T(socket(AF_INET, SOCK_SEQPACKET, 0) < 0);
	T(socket(AF_INET, SOCK_STREAM, IPPROTO_UDP));
	T(socket(AF_INET, SOCK_DGRAM, IPPROTO_TCP));
	T(socket(AF_INET, SOCK_STREAM, 77));
	T(socket(AF_INET, SOCK_STREAM, -1));
	T(socket(AF_INET6, SOCK_STREAM, 1000));
	T(socket(AF_INET6, SOCK_STREAM, IPPROTO_UDP));
	T(socket(AF_INET, SOCK_STREAM | 0x100000, 0));
	T(socketpair(AF_INET, SOCK_STREAM, 0, fds));
	T((fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP)) < 0);
	T(fcntl(fd, F_GETFD));
	T((fcntl(fd, F_GETFL) & (O_ACCMODE | O_NONBLOCK)) == (O_RDWR | O_NONBLOCK));
	T(value(fd, SOL_SOCKET, SO_TYPE) == SOCK_STREAM);
	T(value(fd, SOL_SOCKET, SO_DOMAIN) == AF_INET);
	T(value(fd, SOL_SOCKET, SO_PROTOCOL));
	T(value(fd, SOL_SOCKET, SO_ACCEPTCONN));
	T(value(fd, SOL_SOCKET, SO_ERROR));
	READY(fd);
	T(read(fd, buffer, 1));
	T(recv(fd, buffer, 1, 0));
	T(recv(fd, buffer, 1, MSG_PEEK));
	signal(SIGPIPE, broken);
	T(write(fd, buffer, 1));
	T(pipes);
	T(send(fd, buffer, 1, MSG_NOSIGNAL));
	T(pipes);
	T(send(fd, buffer, 1, 0));
	T(pipes);
	T(accept(fd, NULL, NULL));
	N(getsockname(fd, F, &length));
	N(getpeername(fd, F, &length));
	T(shutdown(fd, 3));
	T(shutdown(fd, -1));
	T(shutdown(fd, SHUT_RD));
	T(shutdown(fd, SHUT_RDWR));
	T(lseek(fd, 0, SEEK_SET));
	T(pread(fd, buffer, 1, 0));
	T(pwrite(fd, buffer, 1, 0));
	T(ioctl(fd, FIONREAD, &length));
	T(length);
	T(ioctl(fd, 0x5413, buffer));
	T(isatty(fd));
	struct stat status;
	T(fstat(fd, &status));
	T((status.st_mode & S_IFMT) == S_IFSOCK);
	T(close(fd));
	T((fd = socket(AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK, 0)) < 0);
	T(value(fd, SOL_SOCKET, SO_TYPE) == SOCK_DGRAM);
	T(value(fd, SOL_SOCKET, SO_DOMAIN) == AF_INET6);
	T(value(fd, SOL_SOCKET, SO_PROTOCOL));
	READY(fd);
	N(getsockname(fd, F, &length));
	N(getpeername(fd, F, &length));
	T(recv(fd, buffer, 1, 0));
	T(send(fd, buffer, 1, 0));
	T(write(fd, buffer, 1));
	T(listen(fd, 1));
	T(accept(fd, NULL, NULL));
	T(ioctl(fd, FIONREAD, &length));
	T(length);
	T(shutdown(fd, SHUT_WR));
	T(close(fd));
}

static void names(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), other = socket(AF_INET, SOCK_STREAM, 0), port;

	T(bind(fd, BAD, sizeof address.four));
	T(bind(fd, A, 0));
	T(bind(fd, A, 2));
	at("127.0.0.1", 0);
	T(bind(fd, A, 15));
	T(bind(fd, A, 1000));
	T(bind(fd, A, (socklen_t)-1));
	address.any.sa_family = 77;
	T(bind(fd, A, 16));
	T(bind(fd, A, at6("::1", 0)));
	T(bind(fd, A, at("192.0.2.1", 0)));
	port = socket(AF_INET, SOCK_STREAM, 0);
	T(bind(port, A, at("224.0.0.1", 0)));
	T(close(port));
	N(getsockname(fd, F, &length));
	T(bind(fd, A, at("127.0.0.1", 0)));
	N(getsockname(fd, F, &length));
	T(bind(fd, A, at("127.0.0.1", 0)));
	port = portOf(fd);
	T(bind(other, A, at("127.0.0.1", port)));
	T(bind(other, A, at("0.0.0.0", port)));
	T(bind(other, A, at("127.0.0.2", port)));
	N(getsockname(other, F, &length));
	length = 5;
	T(getsockname(fd, F, &length));
	T(length);
	length = (socklen_t)-1;
	T(getsockname(fd, F, &length));
	length = sizeof found;
	T(getsockname(fd, BAD, &length));
	T(getsockname(fd, F, BAD));
	T(close(other));
	T(close(fd));
	/* No family is as good as its own for any address. */
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	at("0.0.0.0", 0);
	address.any.sa_family = AF_UNSPEC;
	T(bind(fd, A, 16));
	N(getsockname(fd, F, &length));
	T(close(fd));
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	at("127.0.0.1", 0);
	address.any.sa_family = AF_UNSPEC;
	T(bind(fd, A, 16));
	T(close(fd));
	/* IPv6, and IPv4 mapped into it. */
	fd = socket(AF_INET6, SOCK_STREAM, 0);
	T(bind(fd, A, at("127.0.0.1", 0)));
	at6("::1", 0);
	T(bind(fd, A, 23));
	T(bind(fd, A, at6("2001:db8::1", 0)));
	T(bind(fd, A, at6("::1", 0)));
	N(getsockname(fd, F, &length));
	T(set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1));
	T(close(fd));
	fd = socket(AF_INET6, SOCK_STREAM, 0);
	T(bind(fd, A, at6("::ffff:127.0.0.1", 0)));
	N(getsockname(fd, F, &length));
	T(close(fd));
	fd = socket(AF_INET6, SOCK_STREAM, 0);
	T(value(fd, IPPROTO_IPV6, IPV6_V6ONLY));
	T(set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1));
	T(value(fd, IPPROTO_IPV6, IPV6_V6ONLY));
	T(bind(fd, A, at6("::ffff:127.0.0.1", 0)));
	T(bind(fd, A, at6("::", 0)));
	N(getsockname(fd, F, &length));
	/* Beside the wildcard for IPv6 alone there is one for IPv4. */
	other = socket(AF_INET, SOCK_STREAM, 0);
	port = portOf(fd);
	T(bind(other, A, at("0.0.0.0", port)));
	T(close(other));
	T(close(fd));
	fd = socket(AF_INET6, SOCK_STREAM, 0);
	T(bind(fd, A, at6("::", 0)));
	other = socket(AF_INET, SOCK_STREAM, 0);
	port = portOf(fd);
	T(bind(other, A, at("0.0.0.0", port)));
	T(bind(other, A, at("127.0.0.1", port)));
	T(close(other));
	T(close(fd));
	/* Shared addresses. */
	fd = socket(AF_INET, SOCK_STREAM, 0);
	other = socket(AF_INET, SOCK_STREAM, 0);
	T(value(fd, SOL_SOCKET, SO_REUSEADDR));
	T(set(fd, SOL_SOCKET, SO_REUSEADDR, 7));
	T(value(fd, SOL_SOCKET, SO_REUSEADDR));
	T(set(other, SOL_SOCKET, SO_REUSEADDR, 1));
	T(bind(fd, A, at("127.0.0.1", 0)));
	port = portOf(fd);
	T(bind(other, A, at("127.0.0.1", port)));
	T(listen(fd, 1));
	T(listen(other, 1));
	T(close(other));
	other = socket(AF_INET, SOCK_STREAM, 0);
	T(set(other, SOL_SOCKET, SO_REUSEADDR, 1));
	T(bind(other, A, at("127.0.0.1", port)));
	T(close(other));
	T(close(fd));
	fd = socket(AF_INET, SOCK_STREAM, 0);
	other = socket(AF_INET, SOCK_STREAM, 0);
	T(set(fd, SOL_SOCKET, SO_REUSEPORT, 1));
	T(value(fd, SOL_SOCKET, SO_REUSEPORT));
	T(set(other, SOL_SOCKET, SO_REUSEPORT, 1));
	T(bind(fd, A, at("127.0.0.1", 0)));
	port = portOf(fd);
	T(bind(other, A, at("127.0.0.1", port)));
	T(listen(fd, 1));
	T(listen(other, 1));
	T(close(other));
	T(close(fd));
}

/* A listener on the loopback, whose address is kept. */
static int listener(int family, int backlog)
{
	int fd = socket(family, SOCK_STREAM, 0);

	if (bind(fd, A, family == AF_INET6 ? at6("::1", 0) : at("127.0.0.1", 0)) || listen(fd, backlog))
		printf("no listener: %s\n", name(errno));
	length = sizeof kept;
	getsockname(fd, &kept.any, &length);
	return fd;
}

#define K &kept.any, (socklen_t)(kept.any.sa_family == AF_INET6 ? sizeof kept.six : sizeof kept.four)

static void connecting(void)
{
	int fd, end, listening = listener(AF_INET, 5), port;

	T(value(listening, SOL_SOCKET, SO_ACCEPTCONN));
	READY(listening);
	T(listen(listening, 9));
	T(connect(listening, K));
	T(recv(listening, buffer, 1, 0));
	T(send(listening, buffer, 1, MSG_NOSIGNAL));
	T(ioctl(listening, FIONREAD, &length));
	fd = socket(AF_INET, SOCK_STREAM, 0);
	T(connect(fd, BAD, 16));
	T(connect(fd, A, 0));
	T(connect(fd, A, 1));
	T(connect(fd, &kept.any, 15));
	T(connect(fd, A, 1000));
	T(connect(fd, A, at6("::1", 5)));
	T(connect(fd, A, at("224.0.0.1", 5)));
	T(connect(fd, A, at("255.255.255.255", 5)));
	T(connect(fd, K));
	READY(fd);
	READY(listening);
	N(getsockname(fd, F, &length));
	N(getpeername(fd, F, &length));
	T(connect(fd, K));
	T(listen(fd, 1));
	T(bind(fd, A, at("127.0.0.1", 0)));
	memset(&found, 0, sizeof found);
	length = sizeof found;
	T((end = accept(listening, F, &length)) < 0);
	T(length);
	T(ntohs(found.four.sin_port) == portOf(fd));
	T(portOf(end) == ntohs(kept.four.sin_port));
	READY(listening);
	T(fcntl(end, F_GETFL) & O_NONBLOCK);
	T(close(end));
	READY(fd);
	T(read(fd, buffer, 1));
	T(close(fd));
	/* Accepting what is not there, and where it can't be told. */
	fcntl(listening, F_SETFL, O_NONBLOCK);
	T(accept(listening, NULL, NULL));
	fd = socket(AF_INET, SOCK_STREAM, 0);
	T(connect(fd, K));
	length = 100;
	T(accept4(listening, F, &length, 77));
	T(accept(listening, BAD, &length));
	T(close(fd));
	fd = socket(AF_INET, SOCK_STREAM, 0);
	T(connect(fd, K));
	T((end = accept4(listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) < 0);
	T((fcntl(end, F_GETFL) & O_NONBLOCK) != 0);
	T(fcntl(end, F_GETFD));
	T(read(end, buffer, 1));
	T(close(end));
	T(close(fd));
	/* Any address is this host. */
	fd = socket(AF_INET, SOCK_STREAM, 0);
	T(connect(fd, A, at("0.0.0.0", ntohs(kept.four.sin_port))));
	N(getpeername(fd, F, &length));
	T(close(accept(listening, NULL, NULL)));
	T(close(fd));
	/* Nobody listens. */
	port = ntohs(kept.four.sin_port);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	T(connect(fd, K));
	T(close(listening));
	READY(fd);
	ERROR(fd);
	ERROR(fd);
	T(read(fd, buffer, 1));
	T(close(fd));
	fd = socket(AF_INET, SOCK_STREAM, 0);
	T(connect(fd, A, at("127.0.0.1", port)));
	READY(fd);
	ERROR(fd);
	READY(fd);
	T(connect(fd, A, at("127.0.0.1", port)));
	T(recv(fd, buffer, 1, 0));
	listening = listener(AF_INET, 1);
	T(connect(fd, K));
	T(close(fd));
	/* Without waiting. */
	fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	T(connect(fd, K));
	await(fd, POLLOUT);
	READY(fd);
	ERROR(fd);
	T(connect(fd, K));
	T(connect(fd, K));
	T(close(fd));
	T(close(listening));
	fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	T(connect(fd, K));
	await(fd, POLLOUT);
	READY(fd);
	ERROR(fd);
	READY(fd);
	T(connect(fd, K));
	T(connect(fd, K));
	await(fd, POLLOUT);
	T(connect(fd, K));
	T(close(fd));
	/* Both versions at one listener. */
	listening = socket(AF_INET6, SOCK_STREAM, 0);
	T(bind(listening, A, at6("::", 0)));
	T(listen(listening, 3));
	port = portOf(listening);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	T(connect(fd, A, at("127.0.0.1", port)));
	N(end = accept(listening, F, &length));
	N(getsockname(end, F, &length));
	N(getpeername(end, F, &length));
	N(getpeername(fd, F, &length));
	T(close(end));
	T(close(fd));
	fd = socket(AF_INET6, SOCK_STREAM, 0);
	T(connect(fd, A, at6("::1", port)));
	N(end = accept(listening, F, &length));
	N(getsockname(end, F, &length));
	T(close(end));
	T(close(fd));
	fd = socket(AF_INET6, SOCK_STREAM, 0);
	T(connect(fd, A, at6("::ffff:127.0.0.1", port)));
	N(getsockname(fd, F, &length));
	N(getpeername(fd, F, &length));
	T(close(fd));
	fd = socket(AF_INET6, SOCK_STREAM, 0);
	T(set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1));
	T(connect(fd, A, at6("::ffff:127.0.0.1", port)));
	T(close(fd));
	T(close(listening));
	/* A listener that is shut listens no more, and may do so again. */
	listening = listener(AF_INET, 3);
	T(shutdown(listening, SHUT_WR));
	T(value(listening, SOL_SOCKET, SO_ACCEPTCONN));
	T(shutdown(listening, SHUT_RD));
	T(value(listening, SOL_SOCKET, SO_ACCEPTCONN));
	T(accept(listening, NULL, NULL));
	T(listen(listening, 3));
	T(close(listening));
	/* A listener without a name gets one. */
	fd = socket(AF_INET, SOCK_STREAM, 0);
	T(listen(fd, 0));
	N(getsockname(fd, F, &length));
	T(close(fd));
}

/* Two ends of a connection. */
static void join(int ends[2])
{
	int listening = listener(AF_INET, 5);

	ends[0] = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(ends[0], K))
		printf("no connection: %s\n", name(errno));
	ends[1] = accept(listening, NULL, NULL);
	close(listening);
}

static void streams(void)
{
	struct iovec parts[3] = {{"one", 3}, {"", 0}, {"two", 3}};
	struct timeval time = {0, 1000};
	struct linger linger = {1, 0};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 3};
	int ends[2];

	join(ends);
	T(send(ends[0], "hello", 5, 0));
	await(ends[1], POLLIN);
	READY(ends[1]);
	T(ioctl(ends[1], FIONREAD, &length));
	T(length);
	T(recv(ends[1], buffer, 3, MSG_PEEK));
	T(recv(ends[1], buffer, 100, MSG_PEEK));
	T(recv(ends[1], buffer, 2, 0));
	T(recv(ends[1], buffer, 100, 0));
	T(memcmp(buffer, "llo", 3));
	T(recv(ends[1], buffer, 100, MSG_DONTWAIT));
	T(recv(ends[1], buffer, 1, MSG_DONTWAIT | MSG_PEEK));
	T(writev(ends[0], parts, 3));
	T(sendmsg(ends[0], &message, 0));
	T(recv(ends[1], buffer, 12, MSG_WAITALL));
	T(memcmp(buffer, "onetwoonetwo", 12));
	T(send(ends[0], BAD, 5, 0));
	T(send(ends[0], BAD, 0, 0));
	T(send(ends[0], "x", 1, 0));
	await(ends[1], POLLIN);
	T(recv(ends[1], BAD, 1, 0));
	length = sizeof found;
	memset(&found, 0, sizeof found);
	T(recvfrom(ends[1], buffer, 5, 0, F, &length));
	T(length);
	/* A stream's address is of no account. */
	T(sendto(ends[0], "y", 1, 0, A, at("127.0.0.1", 9)));
	T(recv(ends[1], buffer, 5, 0));
	T(setsockopt(ends[1], SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time));
	T(recv(ends[1], buffer, 5, 0));
	T(send(ends[0], "abc", 3, 0));
	T(recv(ends[1], buffer, 5, MSG_WAITALL));
	T(shutdown(ends[0], SHUT_WR));
	signal(SIGPIPE, SIG_IGN);
	T(send(ends[0], "z", 1, 0));
	await(ends[1], POLLRDHUP);
	READY(ends[1]);
	READY(ends[0]);
	T(recv(ends[1], buffer, 5, 0));
	T(recv(ends[1], buffer, 5, 0));
	T(send(ends[1], "back", 4, 0));
	T(recv(ends[0], buffer, 4, MSG_WAITALL));
	T(shutdown(ends[0], SHUT_WR));
	T(shutdown(ends[1], SHUT_RDWR));
	await(ends[0], POLLRDHUP);
	READY(ends[0]);
	READY(ends[1]);
	T(shutdown(ends[1], SHUT_RDWR));
	T(close(ends[0]));
	T(close(ends[1]));
	/* Shut for reading: what is there is read, then there is an end. */
	join(ends);
	T(send(ends[0], "abc", 3, 0));
	await(ends[1], POLLIN);
	T(shutdown(ends[1], SHUT_RD));
	READY(ends[1]);
	T(recv(ends[1], buffer, 5, 0));
	T(recv(ends[1], buffer, 5, 0));
	T(send(ends[1], "abc", 3, 0));
	T(close(ends[0]));
	T(close(ends[1]));
	/* Closed with something unread: the other end is reset. */
	join(ends);
	T(send(ends[0], "abc", 3, 0));
	T(send(ends[1], "xyz", 3, 0));
	await(ends[1], POLLIN);
	T(close(ends[1]));
	await(ends[0], POLLHUP);
	READY(ends[0]);
	T(recv(ends[0], buffer, 5, 0));
	T(recv(ends[0], buffer, 5, 0));
	T(recv(ends[0], buffer, 5, 0));
	T(send(ends[0], "abc", 3, 0));
	READY(ends[0]);
	N(getpeername(ends[0], F, &length));
	T(shutdown(ends[0], SHUT_RD));
	T(connect(ends[0], K));
	T(close(ends[0]));
	/* Lingering for no time. */
	join(ends);
	T(setsockopt(ends[1], SOL_SOCKET, SO_LINGER, &linger, sizeof linger));
	T(close(ends[1]));
	await(ends[0], POLLHUP);
	READY(ends[0]);
	ERROR(ends[0]);
	T(send(ends[0], "abc", 3, 0));
	T(recv(ends[0], buffer, 5, 0));
	T(close(ends[0]));
	/* Lingering until it is there. */
	join(ends);
	linger.l_linger = 10;
	T(setsockopt(ends[1], SOL_SOCKET, SO_LINGER, &linger, sizeof linger));
	T(send(ends[1], "last", 4, 0));
	T(close(ends[1]));
	T(recv(ends[0], buffer, 5, MSG_WAITALL));
	/* Who sends to a closed end is told later. */
	T(send(ends[0], "abc", 3, 0));
	await(ends[0], POLLHUP);
	T(send(ends[0], "abc", 3, 0));
	T(recv(ends[0], buffer, 5, 0));
	T(close(ends[0]));
	/* Much, without waiting: it ends, and there is room again when it is read. */
	join(ends);
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	long all = 0, moved;
	while ((moved = send(ends[0], buffer, sizeof buffer, 0)) > 0)
		all += moved;
	T(moved);
	READY(ends[0]);
	while (all > 0 && (moved = recv(ends[1], buffer, sizeof buffer, 0)) > 0)
		all -= moved;
	T(all);
	await(ends[0], POLLOUT);
	READY(ends[0]);
	/* Connecting no more. */
	address.any.sa_family = AF_UNSPEC;
	T(connect(ends[0], A, sizeof address.four));
	await(ends[1], POLLHUP);
	ERROR(ends[1]);
	N(getpeername(ends[0], F, &length));
	value(ends[0], SOL_SOCKET, SO_ERROR);
	READY(ends[0]);
	T(close(ends[0]));
	T(close(ends[1]));
}

static void datagrams(void)
{
	struct iovec parts[2] = {{buffer, 3}, {buffer + 3, 2}};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
	struct timeval time = {0, 1000};
	int fd = socket(AF_INET, SOCK_DGRAM, 0), other = socket(AF_INET, SOCK_DGRAM, 0), port;

	T(bind(fd, A, at("127.0.0.1", 0)));
	port = portOf(fd);
	T(sendto(other, "x", 1, 0, BAD, 16));
	T(sendto(other, "x", 1, 0, A, 3));
	T(sendto(other, "x", 1, 0, A, at("127.0.0.1", 0)));
	T(sendto(other, "x", 1, 0, A, at6("::1", port)));
	T(sendto(other, "x", 1, 0, A, at("255.255.255.255", port)));
	T(sendto(other, buffer, 65508, 0, A, at("127.0.0.1", port)));
	T(sendto(other, buffer, 100000, 0, A, at("127.0.0.1", port)));
	T(sendto(other, BAD, 5, 0, A, at("127.0.0.1", port)));
	T(sendto(other, "hello", 5, 0, A, at("127.0.0.1", port)));
	N(getsockname(other, F, &length));
	READY(fd);
	T(ioctl(fd, FIONREAD, &length));
	T(length);
	T(recv(fd, buffer, 2, MSG_PEEK));
	T(recv(fd, buffer, 2, MSG_PEEK | MSG_TRUNC));
	T(recv(fd, buffer, 2, MSG_TRUNC));
	T(recv(fd, buffer, 2, MSG_DONTWAIT));
	T(sendto(other, "", 0, 0, A, at("127.0.0.1", port)));
	READY(fd);
	T(recv(fd, buffer, 2, MSG_DONTWAIT));
	T(recv(fd, buffer, 2, MSG_DONTWAIT));
	T(sendto(other, "0123456789", 10, 0, A, at("127.0.0.1", port)));
	T(recvmsg(fd, &message, 0));
	T((message.msg_flags & MSG_TRUNC) != 0);
	T(memcmp(buffer, "01234", 5));
	T(sendto(other, buffer, 65507, 0, A, at("127.0.0.1", port)));
	N(recvfrom(fd, buffer, sizeof buffer, 0, F, &length));
	T(ntohs(found.four.sin_port) == portOf(other));
	T(sendto(other, "abc", 3, 0, A, at("127.0.0.1", port)));
	T(recv(fd, BAD, 3, 0));
	/* Linux has lost it by now. */
	recv(fd, buffer, 3, MSG_DONTWAIT);
	/* Connected: it receives from its other end alone. */
	T(connect(other, A, at("127.0.0.1", port)));
	N(getpeername(other, F, &length));
	N(getsockname(other, F, &length));
	T(send(other, "abc", 3, 0));
	T(write(other, "de", 2));
	length = sizeof kept;
	T(recvfrom(fd, buffer, 100, 0, &kept.any, &length));
	T(recv(fd, buffer, 100, 0));
	int third = socket(AF_INET, SOCK_DGRAM, 0);
	T(sendto(third, "no", 2, 0, &kept.any, sizeof kept.four));
	T(recv(other, buffer, 5, MSG_DONTWAIT));
	T(sendto(fd, "yes", 3, 0, &kept.any, sizeof kept.four));
	T(recv(other, buffer, 5, MSG_DONTWAIT));
	T(sendto(other, "x", 1, 0, A, at("127.0.0.1", port)));
	T(recv(fd, buffer, 5, MSG_DONTWAIT));
	address.any.sa_family = AF_UNSPEC;
	T(connect(other, A, sizeof address.four));
	N(getpeername(other, F, &length));
	T(send(other, "x", 1, 0));
	T(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time));
	T(recv(fd, buffer, 5, 0));
	T(close(third));
	/* Nobody is there: who is connected is told. */
	T(connect(other, A, at("127.0.0.1", port)));
	T(close(fd));
	T(send(other, "x", 1, 0));
	await(other, POLLERR);
	READY(other);
	T(send(other, "x", 1, 0));
	T(send(other, "x", 1, 0));
	await(other, POLLERR);
	T(recv(other, buffer, 1, 0));
	T(recv(other, buffer, 1, MSG_DONTWAIT));
	T(send(other, "x", 1, 0));
	await(other, POLLERR);
	ERROR(other);
	ERROR(other);
	T(shutdown(other, SHUT_WR));
	T(send(other, "x", 1, MSG_NOSIGNAL));
	READY(other);
	T(shutdown(other, SHUT_RD));
	READY(other);
	T(recv(other, buffer, 1, 0));
	T(close(other));
	other = socket(AF_INET, SOCK_DGRAM, 0);
	T(sendto(other, "x", 1, 0, A, at("127.0.0.1", port)));
	T(sendto(other, "x", 1, 0, A, at("127.0.0.1", port)));
	ERROR(other);
	T(close(other));
	/* One that is for both versions. */
	fd = socket(AF_INET6, SOCK_DGRAM, 0);
	T(bind(fd, A, at6("::", 0)));
	port = portOf(fd);
	other = socket(AF_INET, SOCK_DGRAM, 0);
	T(sendto(other, "four", 4, 0, A, at("127.0.0.1", port)));
	N(recvfrom(fd, buffer, 10, 0, F, &length));
	T(close(other));
	other = socket(AF_INET6, SOCK_DGRAM, 0);
	T(sendto(other, "six", 3, 0, A, at6("::1", port)));
	N(recvfrom(fd, buffer, 10, 0, F, &length));
	T(sendto(other, "mapped", 6, 0, A, at6("::ffff:127.0.0.1", port)));
	N(recvfrom(fd, buffer, 10, 0, F, &length));
	T(close(other));
	T(close(fd));
}

static void options(void)
{
	static const struct {
		int level, number, value;
		const char *name;
	} all[] = {
#define O(LEVEL, NUMBER, VALUE) {LEVEL, NUMBER, VALUE, #NUMBER " " #VALUE}
		O(SOL_SOCKET, SO_KEEPALIVE, 1), O(SOL_SOCKET, SO_KEEPALIVE, 0),
		O(SOL_SOCKET, SO_BROADCAST, 1), O(SOL_SOCKET, SO_REUSEADDR, 1),
		O(SOL_SOCKET, SO_RCVLOWAT, 5), O(SOL_SOCKET, SO_RCVLOWAT, 0),
		O(SOL_SOCKET, SO_TYPE, 1), O(SOL_SOCKET, SO_ERROR, 1), O(SOL_SOCKET, SO_ACCEPTCONN, 1),
		O(SOL_SOCKET, 9999, 1), O(IPPROTO_TCP, TCP_NODELAY, 1), O(IPPROTO_TCP, TCP_NODELAY, 0),
		O(IPPROTO_TCP, TCP_CORK, 1), O(IPPROTO_TCP, TCP_CORK, 0),
		O(IPPROTO_TCP, TCP_KEEPIDLE, 10), O(IPPROTO_TCP, TCP_KEEPIDLE, 0),
		O(IPPROTO_TCP, TCP_KEEPIDLE, 40000), O(IPPROTO_TCP, TCP_KEEPINTVL, 10),
		O(IPPROTO_TCP, TCP_KEEPINTVL, 0), O(IPPROTO_TCP, TCP_KEEPCNT, 3),
		O(IPPROTO_TCP, TCP_KEEPCNT, 200), O(IPPROTO_TCP, TCP_KEEPCNT, 0),
		O(IPPROTO_TCP, TCP_USER_TIMEOUT, 5000), O(IPPROTO_TCP, TCP_USER_TIMEOUT, -1),
		O(IPPROTO_TCP, TCP_MAXSEG, 10), O(IPPROTO_TCP, TCP_MAXSEG, 100000),
		O(IPPROTO_TCP, 9999, 1), O(IPPROTO_IP, IP_TTL, 17), O(IPPROTO_IP, IP_TTL, 0),
		O(IPPROTO_IP, IP_TTL, 256), O(IPPROTO_IP, IP_TTL, -1), O(IPPROTO_IP, IP_TOS, 16),
		O(IPPROTO_IP, 9999, 1), O(IPPROTO_IPV6, IPV6_V6ONLY, 1),
		O(IPPROTO_IPV6, IPV6_UNICAST_HOPS, 5), O(IPPROTO_IPV6, IPV6_UNICAST_HOPS, 300),
		O(IPPROTO_IPV6, IPV6_UNICAST_HOPS, -1), O(IPPROTO_IPV6, 9999, 1),
	};
	struct timeval time = {3, 500000};
	struct linger linger = {5, 7};

	for (int family = 0; family < 2; family++)
		for (int type = 0; type < 2; type++) {
			int fd = socket(family ? AF_INET6 : AF_INET, type ? SOCK_DGRAM : SOCK_STREAM, 0);

			printf("family %d type %d\n", family, type);
			for (unsigned i = 0; i < sizeof all / sizeof *all; i++) {
				/* What a socket of the other version says about them is its own. */
				if (all[i].level == IPPROTO_IPV6 && !family)
					continue;
				errno = 0;
				int result = set(fd, all[i].level, all[i].number, all[i].value);
				printf("%s: %d %s", all[i].name, result, result ? name(errno) : "");
				if (all[i].level != IPPROTO_TCP || all[i].number != TCP_MAXSEG) {
					errno = 0;
					int got = value(fd, all[i].level, all[i].number);
					printf(", is %d %s", got, got < 0 ? name(errno) : "");
				}
				printf("\n");
			}
			T(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time));
			T(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, 8));
			time.tv_usec = 1000000;
			T(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time));
			memset(&time, 0, sizeof time);
			length = sizeof time;
			T(getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, &length));
			T(time.tv_sec * 1000000 + time.tv_usec);
			T(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger));
			T(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, 4));
			memset(&linger, 0, sizeof linger);
			length = sizeof linger;
			T(getsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, &length));
			T(linger.l_onoff * 100 + linger.l_linger);
			T(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &time, 3));
			T(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, BAD, 4));
			T(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &time, (socklen_t)-1));
			length = 2;
			T(getsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &time, &length));
			T(length);
			length = (socklen_t)-1;
			T(getsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &time, &length));
			length = 4;
			T(getsockopt(fd, SOL_SOCKET, SO_REUSEADDR, BAD, &length));
			T(getsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &time, BAD));
			T(set(fd, SOL_SOCKET, SO_RCVBUF, 100000));
			T(value(fd, SOL_SOCKET, SO_RCVBUF) >= 100000);
			T(set(fd, SOL_SOCKET, SO_SNDBUF, 1));
			T(value(fd, SOL_SOCKET, SO_SNDBUF) > 1);
			T(close(fd));
			time = (struct timeval){3, 500000};
			linger = (struct linger){5, 7};
		}
}

/* select and epoll, level and edge. */
static void readiness(void)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET}, events[4];
	struct timeval none = {0, 0};
	int ends[2], set = epoll_create1(0), listening = listener(AF_INET6, 5), fd;
	fd_set reads, writes;

	T(epoll_ctl(set, EPOLL_CTL_ADD, listening, &event));
	T(epoll_wait(set, events, 4, 0));
	fd = socket(AF_INET6, SOCK_STREAM, 0);
	T(connect(fd, K));
	T(epoll_wait(set, events, 4, 1000));
	T(events[0].events == EPOLLIN);
	T(epoll_wait(set, events, 4, 0));
	T(close(accept(listening, NULL, NULL)));
	T(close(fd));
	T(close(listening));
	join(ends);
	T(epoll_ctl(set, EPOLL_CTL_ADD, ends[1], &event));
	T(epoll_wait(set, events, 4, 1000));
	T(events[0].events == EPOLLOUT);
	T(send(ends[0], "abc", 3, 0));
	T(epoll_wait(set, events, 4, 1000));
	T((events[0].events & EPOLLIN) != 0);
	T(epoll_wait(set, events, 4, 0));
	/* Something more is a change, though nothing was read. */
	T(send(ends[0], "abc", 3, 0));
	T(epoll_wait(set, events, 4, 1000));
	T((events[0].events & EPOLLIN) != 0);
	T(recv(ends[1], buffer, 6, MSG_WAITALL));
	T(epoll_wait(set, events, 4, 0));
	FD_ZERO(&reads);
	FD_ZERO(&writes);
	FD_SET(ends[0], &reads);
	FD_SET(ends[0], &writes);
	FD_SET(ends[1], &reads);
	T(select(64, &reads, &writes, NULL, &none));
	T(FD_ISSET(ends[0], &writes) && !FD_ISSET(ends[0], &reads) && !FD_ISSET(ends[1], &reads));
	T(shutdown(ends[0], SHUT_WR));
	T(epoll_wait(set, events, 4, 1000));
	T((events[0].events & (EPOLLIN | EPOLLRDHUP)) == (EPOLLIN | EPOLLRDHUP));
	T(close(ends[0]));
	T(close(ends[1]));
	T(close(set));
}

int main(void)
{
	setvbuf(stdout, NULL, _IOFBF, 1 << 16);
	making();
	names();
	connecting();
	streams();
	datagrams();
	options();
	readiness();
	printf("lowest free %d\n", dup(0));
	return 0;
}
