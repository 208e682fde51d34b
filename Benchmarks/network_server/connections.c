/* One connection after the other: what its client orders (bench_net.h). */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "bench_net.h"
#include "server.h"
#include "streams.h"

static char message[LONGEST_MESSAGE];

static uint64_t milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void echo(int fd, size_t size)
{
	while (!receive_all(fd, message, size))
		if (send_all(fd, message, size))
			return;
}

static void swallow(int fd)
{
	uint64_t total = 0;
	uint32_t answer[2];
	ssize_t count;

	while ((count = recv(fd, message, sizeof message, 0)) > 0)
		total += (uint64_t)count;
	answer[0] = htonl((uint32_t)(total >> 32));
	answer[1] = htonl((uint32_t)total);
	send_all(fd, answer, sizeof answer);
}

/* The clock is read once for 64 KiB, so that it does not count. */
static void pour(int fd, size_t size, uint32_t duration)
{
	uint64_t end = milliseconds() + duration;

	do {
		for (size_t sent = 0; sent < LONGEST_MESSAGE; sent += size)
			if (send_all(fd, message, size))
				return;
	} while (milliseconds() < end);
}

/* 1: the client orders the end. */
static int obey(int fd)
{
	struct order order;
	size_t size;
	int one = 1;

	if (receive_all(fd, &order, sizeof order))
		return 0;
	size = ntohl(order.size);
	if (size == 0 || size > sizeof message)
		return 0;
	if (order.no_delay)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	switch (ntohl(order.action)) {
	case ECHO:
		echo(fd, size);
		break;
	case SINK:
		swallow(fd);
		break;
	case SOURCE:
		pour(fd, size, ntohl(order.milliseconds));
		break;
	case END:
		return 1;
	}
	return 0;
}

void serve_connections(int listener)
{
	int is_over = 0;

	while (!is_over) {
		int fd = accept(listener, NULL, NULL);

		if (fd < 0) {
			if (errno == EINTR || errno == ECONNABORTED)
				continue;
			fail("accept");
		}
		is_over = obey(fd);
		close(fd);
	}
}

void serve_datagrams(int fd)
{
	static char bytes[LONGEST_MESSAGE];

	for (;;) {
		struct sockaddr_in sender;
		socklen_t length = sizeof sender;
		ssize_t count = recvfrom(fd, bytes, sizeof bytes, 0, (struct sockaddr *)&sender, &length);

		if (count >= 0)
			sendto(fd, bytes, (size_t)count, 0, (struct sockaddr *)&sender, length);
	}
}
