/* HTTP/1.1 with connections that stay, all in one loop around poll. */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server.h"
#include "streams.h"

enum { MOST = 64, LONGEST_REQUEST = 2048 };

static const char answer[] =
	"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 14\r\n\r\nHello, world!\n";

struct connection {
	size_t count;
	char bytes[LONGEST_REQUEST];
};

static struct pollfd polled[1 + MOST];
static struct connection connections[1 + MOST];

/* Answers each request that is whole, which an empty line ends. -1: it is given up. */
static int answer_requests(int fd, struct connection *connection)
{
	char *from = connection->bytes, *end = from + connection->count, *line;

	while ((line = memmem(from, (size_t)(end - from), "\r\n\r\n", 4))) {
		if (send_all(fd, answer, sizeof answer - 1))
			return -1;
		from = line + 4;
	}
	connection->count = (size_t)(end - from);
	memmove(connection->bytes, from, connection->count);
	return connection->count == LONGEST_REQUEST ? -1 : 0;
}

static int serve(int fd, struct connection *connection)
{
	ssize_t count = recv(
		fd, connection->bytes + connection->count, LONGEST_REQUEST - connection->count, 0);

	if (count <= 0)
		return -1;
	connection->count += (size_t)count;
	return answer_requests(fd, connection);
}

void serve_http(int listener)
{
	int count = 1, one = 1;

	polled[0].fd = listener;
	for (;;) {
		/* Who finds no place waits in the backlog. */
		polled[0].events = count <= MOST ? POLLIN : 0;
		if (poll(polled, (nfds_t)count, -1) < 0) {
			if (errno == EINTR)
				continue;
			fail("poll");
		}
		for (int i = count - 1; i >= 1; i--) {
			if (!polled[i].revents || !serve(polled[i].fd, &connections[i]))
				continue;
			close(polled[i].fd);
			count--;
			polled[i] = polled[count];
			connections[i] = connections[count];
		}
		if (polled[0].revents & POLLIN) {
			int fd = accept(listener, NULL, NULL);

			if (fd < 0)
				continue;
			setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
			polled[count] = (struct pollfd){.fd = fd, .events = POLLIN};
			connections[count++].count = 0;
		}
	}
}
