/*
 * Streams of AF_VSOCK of the machine with itself, at one end a thread each: bytes arrive in order,
 * whoever waits is woken, by read and write, poll and epoll. With the argument "host" the other
 * end is the host's, which sends back what it gets.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/vm_sockets.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define CHECK(X) \
	do { \
		if (!(X)) { \
			printf("line %d: %s (%d)\n", __LINE__, #X, errno); \
			exit(1); \
		} \
	} while (0)

enum { PORT = 7000, PAIRS = 6, TOTAL = 1 << 20 };

static struct sockaddr_vm at(unsigned cid, unsigned port)
{
	struct sockaddr_vm address = {.svm_family = AF_VSOCK, .svm_cid = cid, .svm_port = port};

	return address;
}

static int join(unsigned cid, unsigned port)
{
	struct sockaddr_vm address = at(cid, port);
	int fd = socket(AF_VSOCK, SOCK_STREAM, 0);

	CHECK(fd >= 0);
	CHECK(!connect(fd, (struct sockaddr *)&address, sizeof address));
	return fd;
}

static int serve(unsigned port)
{
	struct sockaddr_vm address = at(VMADDR_CID_ANY, port);
	int fd = socket(AF_VSOCK, SOCK_STREAM, 0);

	CHECK(!bind(fd, (struct sockaddr *)&address, sizeof address));
	CHECK(!listen(fd, PAIRS));
	return fd;
}

static unsigned char byteAt(unsigned place, unsigned salt)
{
	return (unsigned char)(place * 31 + (place >> 11) + salt);
}

/* Sends back what comes, until its end. */
static void *echo(void *word)
{
	int fd = (int)(intptr_t)word;
	static _Thread_local char buffer[20000];

	for (;;) {
		ssize_t count = read(fd, buffer, sizeof buffer);

		CHECK(count >= 0);
		if (!count)
			break;
		for (ssize_t done = 0, now; done < count; done += now)
			CHECK((now = write(fd, buffer + done, (size_t)(count - done))) > 0);
	}
	CHECK(!close(fd));
	return NULL;
}

struct ends {
	int fd;
	unsigned salt;
};

static void *fill(void *word)
{
	const struct ends *ends = word;
	static _Thread_local unsigned char buffer[9973];

	for (unsigned done = 0; done < TOTAL;) {
		unsigned count = TOTAL - done < sizeof buffer ? TOTAL - done : sizeof buffer;

		for (unsigned i = 0; i < count; i++)
			buffer[i] = byteAt(done + i, ends->salt);
		ssize_t now = send(ends->fd, buffer, count, 0);
		CHECK(now > 0);
		done += (unsigned)now;
	}
	CHECK(!shutdown(ends->fd, SHUT_WR));
	return NULL;
}

/* One connection: a thread fills it, this one reads what comes back. */
static void *talk(void *word)
{
	struct ends *ends = word;
	static _Thread_local unsigned char buffer[30000];
	pthread_t filler;
	unsigned done = 0;

	CHECK(!pthread_create(&filler, NULL, fill, ends));
	for (;;) {
		ssize_t count = recv(ends->fd, buffer, sizeof buffer, done % 3 ? 0 : MSG_WAITALL);

		CHECK(count >= 0);
		if (!count)
			break;
		for (ssize_t i = 0; i < count; i++)
			CHECK(buffer[i] == byteAt(done + (unsigned)i, ends->salt));
		done += (unsigned)count;
	}
	CHECK(done == TOTAL);
	CHECK(!pthread_join(filler, NULL));
	CHECK(!close(ends->fd));
	return NULL;
}

static void many(unsigned cid)
{
	int listener = serve(PORT);
	pthread_t echoes[PAIRS], talks[PAIRS];
	struct ends ends[PAIRS];

	for (int i = 0; i < PAIRS; i++) {
		ends[i] = (struct ends){join(cid, PORT), (unsigned)i};
		if (i % 2) {
			uint64_t size = 1000;

			CHECK(!setsockopt(ends[i].fd, AF_VSOCK, SO_VM_SOCKETS_BUFFER_SIZE, &size, sizeof size));
		}
		int fd = accept(listener, NULL, NULL);
		CHECK(fd >= 0);
		CHECK(!pthread_create(&echoes[i], NULL, echo, (void *)(intptr_t)fd));
	}
	for (int i = 0; i < PAIRS; i++)
		CHECK(!pthread_create(&talks[i], NULL, talk, &ends[i]));
	for (int i = 0; i < PAIRS; i++) {
		CHECK(!pthread_join(talks[i], NULL));
		CHECK(!pthread_join(echoes[i], NULL));
	}
	CHECK(!close(listener));
	printf("%d streams of %d bytes and back\n", PAIRS, TOTAL);
}

/* One thread serves all by epoll, another waits by poll. */
static void *events(void *word)
{
	int listener = (int)(intptr_t)word, set = epoll_create1(0), left = PAIRS;
	struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, found[4];
	char buffer[64];

	CHECK(!epoll_ctl(set, EPOLL_CTL_ADD, listener, &event));
	while (left) {
		int count = epoll_wait(set, found, 4, 20000);

		CHECK(count > 0);
		for (int i = 0; i < count; i++) {
			int fd = found[i].data.fd;

			if (fd == listener) {
				fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
				CHECK(fd >= 0);
				event = (struct epoll_event){.events = EPOLLIN | EPOLLET | EPOLLRDHUP, .data.fd = fd};
				CHECK(!epoll_ctl(set, EPOLL_CTL_ADD, fd, &event));
				continue;
			}
			ssize_t size;
			while ((size = read(fd, buffer, sizeof buffer)) > 0)
				CHECK(write(fd, buffer, (size_t)size) == size);
			CHECK(size == 0 || errno == EAGAIN);
			if (size == 0) {
				CHECK(found[i].events & EPOLLRDHUP);
				CHECK(!close(fd));
				left--;
			}
		}
	}
	CHECK(!close(set));
	return NULL;
}

static void waits(void)
{
	int listener = serve(PORT + 1), fds[PAIRS];
	pthread_t server;
	char buffer[8];

	CHECK(!pthread_create(&server, NULL, events, (void *)(intptr_t)listener));
	for (int i = 0; i < PAIRS; i++)
		fds[i] = join(VMADDR_CID_LOCAL, PORT + 1);
	for (int round = 0; round < 200; round++) {
		int fd = fds[round % PAIRS];
		struct pollfd entry = {.fd = fd, .events = POLLIN};

		CHECK(send(fd, "12345678", 8, 0) == 8);
		for (size_t done = 0; done < 8;) {
			CHECK(poll(&entry, 1, 20000) == 1 && entry.revents == POLLIN);
			ssize_t now = recv(fd, buffer, sizeof buffer - done, MSG_DONTWAIT);
			CHECK(now > 0);
			done += (size_t)now;
		}
	}
	for (int i = 0; i < PAIRS; i++)
		CHECK(!close(fds[i]));
	CHECK(!pthread_join(server, NULL));
	CHECK(!close(listener));
	printf("poll and epoll\n");
}

/* Non-blocking ends, a full buffer, and time limits. */
static void limits(void)
{
	int listener = serve(PORT + 2), fd = join(VMADDR_CID_LOCAL, PORT + 2), other = accept(listener, NULL, NULL);
	static char buffer[65536];
	struct timeval time = {.tv_usec = 3000};
	struct pollfd entry = {.fd = fd, .events = POLLOUT};
	long sent = 0, got = 0, now;
	int waiting = 0;

	CHECK(!fcntl(fd, F_SETFL, O_NONBLOCK));
	while ((now = write(fd, buffer, sizeof buffer)) > 0)
		sent += now;
	CHECK(errno == EAGAIN && sent == 262144);
	CHECK(poll(&entry, 1, 0) == 0);
	CHECK(!ioctl(other, FIONREAD, &waiting) && waiting == sent);
	CHECK(!fcntl(fd, F_SETFL, 0));
	CHECK(!setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time));
	CHECK(write(fd, buffer, 1) < 0 && errno == EAGAIN);
	while (got < sent) {
		CHECK((now = read(other, buffer, sizeof buffer)) > 0);
		got += now;
	}
	CHECK(poll(&entry, 1, 0) == 1 && entry.revents == POLLOUT);
	CHECK(!setsockopt(other, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time));
	CHECK(read(other, buffer, 1) < 0 && errno == EAGAIN);
	CHECK(!close(fd) && read(other, buffer, 1) == 0);
	CHECK(!close(other) && !close(listener));
	fd = socket(AF_VSOCK, SOCK_STREAM, 0);
	unsigned cid = 0;
	CHECK(!ioctl(fd, IOCTL_VM_SOCKETS_GET_LOCAL_CID, &cid));
	printf("context %d\n", (int)cid);
	struct sockaddr_vm host = at(VMADDR_CID_HOST, 1);
	if (cid == VMADDR_CID_ANY)
		CHECK(connect(fd, (struct sockaddr *)&host, sizeof host) < 0 && errno == ENODEV);
	CHECK(!close(fd));
	printf("limits\n");
}

/* Connections that come and go leave nothing behind. */
static void comings(void)
{
	int listener = serve(PORT + 3);
	char byte;

	for (int i = 0; i < 3000; i++) {
		int fd = join(VMADDR_CID_LOCAL, PORT + 3), other = accept(listener, NULL, NULL);

		CHECK(other >= 0 && write(other, "x", 1) == 1 && read(fd, &byte, 1) == 1);
		CHECK(!close(i % 2 ? fd : other));
		CHECK(read(i % 2 ? other : fd, &byte, 1) == 0);
		CHECK(!close(i % 2 ? other : fd));
	}
	CHECK(!close(listener));
	printf("3000 connections\n");
}

int main(int count, char **words)
{
	if (count > 2 && !strcmp(words[1], "host")) {
		struct ends ends = {join(VMADDR_CID_HOST, (unsigned)strtoul(words[2], NULL, 10)), 5};

		talk(&ends);
		printf("the host has sent back %d bytes\n", TOTAL);
		return 0;
	}
	many(VMADDR_CID_LOCAL);
	waits();
	limits();
	comings();
	printf("done\n");
	return 0;
}
