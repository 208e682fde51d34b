/*
 * What functions of sockets of AF_VSOCK say, one line a call: what they refuse, and what they do.
 * The same source is compiled for the host's Linux, and says the same. Nothing here goes beyond
 * the machine: what makes connections does so with itself, and only with the argument "connect".
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/vm_sockets.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

#include "socket_table.h"

static struct sockaddr_vm own, seen;
#define O (struct sockaddr *)&own
#define S (struct sockaddr *)&seen
#define BAD ((void *)8)

/* Others on the host may have lower ones. */
#define PORT 0x71000000u

static socklen_t vm(unsigned cid, unsigned port)
{
	memset(&own, 0, sizeof own);
	own.svm_family = AF_VSOCK;
	own.svm_cid = cid;
	own.svm_port = port;
	return sizeof own;
}

static int made(void)
{
	return socket(AF_VSOCK, SOCK_STREAM, 0);
}

static int bound(unsigned port)
{
	int fd = made();
	socklen_t size = vm(VMADDR_CID_ANY, port);

	return bind(fd, O, size) ? -1 : fd;
}

/* An address that was told, without a port of the system's choice. */
static void told(const char *call, int result)
{
	printf("%s: %d %s", call, result, result < 0 ? name(errno) : "");
	if (result >= 0)
		printf("length %d, %d, cid %d, port %s", (int)length, seen.svm_family == AF_VSOCK, (int)seen.svm_cid,
		       seen.svm_port == VMADDR_PORT_ANY ? "any" : seen.svm_port - PORT < 100 ? "ours" : "chosen");
	printf("\n");
}
#define N(CALL) \
	do { \
		memset(&seen, 0, sizeof seen); \
		length = sizeof seen; \
		errno = 0; \
		told(#CALL, (int)(CALL)); \
	} while (0)

static void ready(const char *what, int fd)
{
	struct pollfd entry = {.fd = fd, .events = POLLIN | POLLOUT | POLLRDHUP};
	int bits = poll(&entry, 1, 0) < 0 ? -1 : entry.revents;

	printf("%s:%s%s%s%s%s\n", what, bits & POLLIN ? " IN" : "", bits & POLLOUT ? " OUT" : "",
	       bits & POLLERR ? " ERR" : "", bits & POLLHUP ? " HUP" : "", bits & POLLRDHUP ? " RDHUP" : "");
}

static void sizes(int fd)
{
	uint64_t value;

	for (int i = 0; i < 3; i++) {
		socklen_t size = sizeof value;

		if (getsockopt(fd, AF_VSOCK, i, &value, &size))
			printf("%s ", name(errno));
		else
			printf("%llu (%d) ", (unsigned long long)value, (int)size);
	}
	printf("\n");
}

static int setSize(int fd, int number, uint64_t value)
{
	return setsockopt(fd, AF_VSOCK, number, &value, sizeof value);
}

static int setTime(int fd, int number, long seconds, long microseconds)
{
	struct timeval time = {.tv_sec = seconds, .tv_usec = microseconds};

	return setsockopt(fd, AF_VSOCK, number, &time, sizeof time);
}

static void time_(int fd, int number)
{
	struct timeval time = {-1, -1};
	socklen_t size = sizeof time;

	if (getsockopt(fd, AF_VSOCK, number, &time, &size))
		printf("%s\n", name(errno));
	else
		printf("%ld.%06ld (%d)\n", (long)time.tv_sec, (long)time.tv_usec, (int)size);
}

static void making(void)
{
	int pair[2];

	T(socket(AF_VSOCK, SOCK_RAW, 0) < 0);
	T(socket(AF_VSOCK, 4, 0) < 0);
	T(socket(AF_VSOCK, SOCK_STREAM, 1));
	T(socket(AF_VSOCK, SOCK_STREAM, -1));
	T(socket(AF_VSOCK, SOCK_STREAM, AF_VSOCK + 1));
	T(close(socket(AF_VSOCK, SOCK_STREAM, AF_VSOCK)));
	T(socketpair(AF_VSOCK, SOCK_STREAM, 0, pair));
}

static void naming(void)
{
	int one = made(), two = made();
	socklen_t size;

	N(getsockname(one, S, &length));
	N(getpeername(one, S, &length));
	for (unsigned i = 0; i < 16; i += 3)
		T(bind(one, O, i));
	size = vm(VMADDR_CID_ANY, PORT + 0);
	own.svm_family = AF_INET;
	T(bind(one, O, size));
	size = vm(VMADDR_CID_ANY, PORT + 0);
	((unsigned char *)&own)[12] = 2;
	T(bind(one, O, size));
	size = vm(VMADDR_CID_HYPERVISOR, PORT + 0);
	T(bind(one, O, size));
	size = vm(VMADDR_CID_HOST, PORT + 0);
	T(bind(one, O, size));
	size = vm(77777, PORT + 0);
	T(bind(one, O, size));
	size = vm(VMADDR_CID_ANY, PORT + 0);
	T(bind(one, BAD, size));
	T(bind(one, O, 129));
	T(bind(one, O, size));
	T(bind(one, O, size));
	N(getsockname(one, S, &length));
	T(bind(two, O, size));
	size = vm(VMADDR_CID_ANY, VMADDR_PORT_ANY);
	T(bind(two, O, size));
	N(getsockname(two, S, &length));
	length = 4;
	T(getsockname(one, S, &length));
	printf("length %d\n", (int)length);
	length = (socklen_t)-1;
	T(getsockname(one, S, &length));
	T(getsockname(one, BAD, &length));
	close(one);
	one = bound(PORT + 0);
	T(one >= 0);
	close(one);
	close(two);
}

static void alone(void)
{
	int fd = made();
	struct iovec part = {buffer, 1};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	socklen_t size = vm(VMADDR_CID_LOCAL, 1);

	ready("made", fd);
	T(listen(fd, 1));
	T(accept(fd, 0, 0));
	T(shutdown(fd, SHUT_RD));
	T(shutdown(fd, SHUT_RDWR));
	T(shutdown(fd, 3));
	T(send(fd, buffer, 1, 0));
	T(send(fd, buffer, 0, 0));
	T(sendto(fd, buffer, 1, 0, O, size));
	T(sendmsg(fd, &message, 0));
	T(write(fd, buffer, 1));
	T(recv(fd, buffer, 1, 0));
	T(recv(fd, buffer, 0, 0));
	T(recv(fd, buffer, 1, MSG_DONTWAIT));
	T(recvmsg(fd, &message, 0));
	T(read(fd, buffer, 1));
	T(lseek(fd, 0, SEEK_SET));
	size = vm(VMADDR_CID_LOCAL, 1);
	T(connect(fd, O, 15));
	own.svm_family = AF_INET;
	T(connect(fd, O, size));
	own.svm_family = AF_UNSPEC;
	T(connect(fd, O, size));
	T(connect(fd, BAD, size));
	close(fd);
}

static void listening(void)
{
	int fd = bound(PORT + 1);
	socklen_t size = vm(VMADDR_CID_LOCAL, 1);

	ready("bound", fd);
	T(value(fd, SOL_SOCKET, SO_ACCEPTCONN));
	T(listen(fd, 1));
	T(listen(fd, -1));
	T(listen(fd, 0));
	T(value(fd, SOL_SOCKET, SO_ACCEPTCONN));
	ready("listens", fd);
	T(connect(fd, O, size));
	N(getpeername(fd, S, &length));
	T(shutdown(fd, SHUT_RDWR));
	T(send(fd, buffer, 1, 0));
	T(recv(fd, buffer, 1, 0));
	T(fcntl(fd, F_SETFL, O_NONBLOCK));
	T(accept(fd, 0, 0));
	T(accept4(fd, 0, 0, 1));
	struct timeval time = {0, 1000};
	T(fcntl(fd, F_SETFL, 0));
	T(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time));
	T(accept(fd, 0, 0));
	close(fd);
}

static void options(void)
{
	int fd = made();
	uint64_t value64 = 7;
	socklen_t size = 4;
	static const uint64_t values[] = {0, 1, 127, 128, 200, 262144, 262145, 500000, 1 << 20};

	sizes(fd);
	for (int number = 0; number < 3; number++) {
		for (unsigned i = 0; i < sizeof values / sizeof *values; i++) {
			printf("%d %llu: ", number, (unsigned long long)values[i]);
			T(setSize(fd, number, values[i]));
			sizes(fd);
		}
		close(fd);
		fd = made();
	}
	T(setSize(fd, 3, 1));
	T(setSize(fd, 77, 1));
	T(setsockopt(fd, AF_VSOCK, SO_VM_SOCKETS_BUFFER_SIZE, &value64, 4));
	T(setsockopt(fd, AF_VSOCK, SO_VM_SOCKETS_BUFFER_SIZE, BAD, 8));
	T(getsockopt(fd, AF_VSOCK, SO_VM_SOCKETS_BUFFER_SIZE, &value64, &size));
	T(getsockopt(fd, AF_VSOCK, 77, &value64, &size));
	for (int number = SO_VM_SOCKETS_CONNECT_TIMEOUT_OLD; number <= SO_VM_SOCKETS_CONNECT_TIMEOUT_NEW; number += 2) {
		time_(fd, number);
		T(setTime(fd, number, 1, 500000));
		time_(fd, number);
		T(setTime(fd, number, 0, 0));
		time_(fd, number);
		T(setTime(fd, number, -1, 0));
		T(setTime(fd, number, 1, 1000000));
		T(setsockopt(fd, AF_VSOCK, number, &value64, 8));
	}
	T(set(fd, IPPROTO_TCP, 1, 1));
	T(value(fd, IPPROTO_TCP, 1));
	T(set(fd, 77, 1, 1));
	T(value(fd, SOL_SOCKET, SO_TYPE) == SOCK_STREAM);
	T(value(fd, SOL_SOCKET, SO_DOMAIN) == AF_VSOCK);
	T(value(fd, SOL_SOCKET, SO_PROTOCOL));
	T(value(fd, SOL_SOCKET, SO_ERROR));
	T(value(fd, SOL_SOCKET, SO_RCVLOWAT));
	T(set(fd, SOL_SOCKET, SO_RCVLOWAT, 100));
	T(value(fd, SOL_SOCKET, SO_RCVLOWAT));
	T(set(fd, SOL_SOCKET, SO_KEEPALIVE, 1));
	T(value(fd, SOL_SOCKET, SO_KEEPALIVE));
	T(set(fd, SOL_SOCKET, SO_REUSEADDR, 5));
	T(value(fd, SOL_SOCKET, SO_REUSEADDR));
	close(fd);
}

/* A connection of the machine with itself. */
static int ends[2];

static int join(unsigned port)
{
	int listener = bound(port), fd = made();
	socklen_t size;

	if (listen(listener, 4))
		return -1;
	size = vm(VMADDR_CID_LOCAL, port);
	if (connect(fd, O, size))
		return -1;
	ends[0] = fd;
	ends[1] = accept(listener, 0, 0);
	close(listener);
	return ends[1] < 0 ? -1 : 0;
}

static void part(void)
{
	close(ends[0]);
	close(ends[1]);
}

static void connecting(void)
{
	int fd = made(), listener;
	socklen_t size = vm(VMADDR_CID_LOCAL, PORT + 10);
	struct iovec parts = {buffer, 5};
	struct msghdr message = {.msg_iov = &parts, .msg_iovlen = 1};

	T(connect(fd, O, size));
	T(fcntl(fd, F_SETFL, O_NONBLOCK));
	T(connect(fd, O, size));
	await(fd, POLLOUT);
	ready("refused", fd);
	T(value(fd, SOL_SOCKET, SO_ERROR) == ECONNRESET);
	T(value(fd, SOL_SOCKET, SO_ERROR));
	ready("told", fd);
	listener = bound(PORT + 10);
	T(listen(listener, 0));
	size = vm(VMADDR_CID_LOCAL, PORT + 10);
	T(connect(fd, O, size));
	await(fd, POLLOUT);
	ready("connected", fd);
	ready("to be accepted", listener);
	T(value(fd, SOL_SOCKET, SO_ERROR));
	T(connect(fd, O, size));
	N(getsockname(fd, S, &length));
	N(getpeername(fd, S, &length));
	int other = made(), third = made();
	T(connect(other, O, size));
	length = sizeof seen;
	int server = accept(listener, S, &length);
	told("accept", server < 0 ? -1 : 0);
	N(getsockname(server, S, &length));
	N(getpeername(server, S, &length));
	T(connect(third, O, size));
	close(third);
	close(other);
	close(listener);
	T(recv(fd, buffer, 1, 0));
	T(send(fd, "hello", 5, 0));
	await(server, POLLIN);
	ready("something", server);
	T(recv(server, buffer, 2, MSG_PEEK));
	T(recv(server, buffer, 2, 0));
	T(recvmsg(server, &message, MSG_DONTWAIT));
	T((int)message.msg_namelen);
	T(recv(server, buffer, 2, MSG_DONTWAIT));
	size = vm(VMADDR_CID_LOCAL, 1);
	T(sendto(fd, buffer, 1, 0, O, size));
	close(fd);
	await(server, POLLIN);
	ready("left", server);
	T(recv(server, buffer, 1, 0));
	T(send(server, buffer, 1, MSG_NOSIGNAL));
	N(getpeername(server, S, &length));
	T(value(server, SOL_SOCKET, SO_ERROR));
	close(server);
}

static void ending(void)
{
	socklen_t size = vm(VMADDR_CID_LOCAL, PORT + 11);

	T(join(PORT + 11));
	T(shutdown(ends[0], SHUT_WR));
	ready("shut for writing", ends[0]);
	T(send(ends[0], buffer, 1, MSG_NOSIGNAL));
	T(recv(ends[1], buffer, 1, 0));
	ready("the other writes no more", ends[1]);
	T(send(ends[1], "x", 1, 0));
	T(recv(ends[0], buffer, 1, 0));
	N(getpeername(ends[0], S, &length));
	T(connect(ends[0], O, size));
	T(shutdown(ends[1], SHUT_WR));
	T(recv(ends[0], buffer, 1, 0));
	ready("both", ends[0]);
	part();
	T(join(PORT + 12));
	T(send(ends[1], "xyz", 3, 0));
	T(shutdown(ends[0], SHUT_RD));
	ready("shut for reading", ends[0]);
	T(recv(ends[0], buffer, 1, 0));
	await(ends[1], POLLOUT);
	part();
	T(join(PORT + 13));
	T(send(ends[0], "xyz", 3, 0));
	T(shutdown(ends[0], SHUT_RDWR));
	T(recv(ends[0], buffer, 1, 0));
	await(ends[1], POLLRDHUP);
	T(send(ends[1], "x", 1, MSG_NOSIGNAL));
	ready("shut", ends[0]);
	T(recv(ends[1], buffer, 2, 0));
	T(recv(ends[1], buffer, 2, 0));
	T(recv(ends[1], buffer, 2, 0));
	part();
}

static void waiting(void)
{
	struct timeval time = {0, 2000};
	long sent = 0;

	T(join(PORT + 14));
	T(setsockopt(ends[0], SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time));
	T(setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time));
	T(recv(ends[0], buffer, 1, 0));
	for (long now; (now = send(ends[0], buffer, 65536, MSG_DONTWAIT)) > 0;)
		sent += now;
	printf("%d %s\n", sent == 262144, name(errno));
	ready("full", ends[0]);
	T(send(ends[0], buffer, 1, 0));
	for (long left = sent; left > 0;)
		left -= recv(ends[1], buffer, sizeof buffer, 0);
	await(ends[0], POLLOUT);
	ready("empty", ends[0]);
	part();
}

int main(int count, char **words)
{
	setvbuf(stdout, 0, _IONBF, 0);
	making();
	naming();
	alone();
	listening();
	options();
	if (count > 1 && !strcmp(words[1], "connect")) {
		printf("connections:\n");
		connecting();
		ending();
		waiting();
	}
	printf("done\n");
	return 0;
}
