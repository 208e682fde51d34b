/*
 * Streams of TCP and datagrams of UDP over the loopback, among threads; what is said at
 * the end does not depend on how they take turns. The host's Linux says the same.
 *
 *   bulk   two ends send megabytes to each other at once, and compare sums
 *   many   thousands of connections, one after the other and at once
 *   race   connect, accept, shut and close, all at the same time
 *   mixed  datagrams of all lengths, and polls
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int family = AF_INET;

#define CHECK(CONDITION) \
	do { \
		if (!(CONDITION)) { \
			printf("line %d: %s, errno %d\n", __LINE__, #CONDITION, errno); \
			exit(1); \
		} \
	} while (0)

struct address {
	union {
		struct sockaddr any;
		struct sockaddr_in four;
		struct sockaddr_in6 six;
	};
	socklen_t length;
};

static struct address loopback(void)
{
	struct address address = {.length = sizeof address.four};

	if (family == AF_INET6) {
		address.length = sizeof address.six;
		address.six.sin6_family = AF_INET6;
		address.six.sin6_addr = in6addr_loopback;
	} else {
		address.four.sin_family = AF_INET;
		address.four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	}
	return address;
}

/* A bound socket, and where it is. */
static int bound(int type, struct address *address)
{
	int fd = socket(family, type, 0);

	CHECK(fd >= 0);
	*address = loopback();
	CHECK(bind(fd, &address->any, address->length) == 0);
	CHECK(getsockname(fd, &address->any, &address->length) == 0);
	return fd;
}

static int listening(struct address *address, int backlog)
{
	int fd = bound(SOCK_STREAM, address);

	CHECK(listen(fd, backlog) == 0);
	return fd;
}

static int connected(const struct address *address)
{
	int fd = socket(family, SOCK_STREAM, 0);

	CHECK(fd >= 0);
	CHECK(connect(fd, &address->any, address->length) == 0);
	return fd;
}

static uint32_t next(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* Bulk */

enum { BULK = 24 << 20, CHUNK = 100000 };

struct side {
	int fd;
	uint32_t seed;
	uint64_t sum;
};

static uint64_t add(uint64_t sum, const unsigned char *bytes, long count)
{
	for (long i = 0; i < count; i++)
		sum = sum * 1099511628211u + bytes[i];
	return sum;
}

static void *sends(void *argument)
{
	struct side *side = argument;
	unsigned char *bytes = malloc(CHUNK);
	uint32_t state = side->seed;

	for (long left = BULK; left > 0;) {
		long count = 1 + next(&state) % CHUNK;

		if (count > left)
			count = left;
		for (long i = 0; i < count; i++)
			bytes[i] = (unsigned char)(next(&state) >> 8);
		side->sum = add(side->sum, bytes, count);
		for (long done = 0; done < count;) {
			long sent = send(side->fd, bytes + done, (size_t)(count - done), 0);

			CHECK(sent > 0);
			done += sent;
		}
		left -= count;
	}
	CHECK(shutdown(side->fd, SHUT_WR) == 0);
	free(bytes);
	return NULL;
}

static void *receives(void *argument)
{
	struct side *side = argument;
	unsigned char *bytes = malloc(CHUNK);
	uint32_t state = side->seed + 1;
	long count, all = 0;

	while ((count = recv(side->fd, bytes, 1 + next(&state) % CHUNK, 0)) > 0) {
		side->sum = add(side->sum, bytes, count);
		all += count;
	}
	CHECK(count == 0 && all == BULK);
	free(bytes);
	return NULL;
}

static void bulk(void)
{
	struct address address;
	int listener = listening(&address, 5), one = connected(&address);
	int other = accept(listener, NULL, NULL);
	struct side sides[4] = {{one, 1, 0}, {other, 1, 0}, {other, 77, 0}, {one, 77, 0}};
	pthread_t threads[4];

	CHECK(other >= 0);
	for (int i = 0; i < 4; i++)
		CHECK(pthread_create(&threads[i], NULL, i % 2 ? receives : sends, &sides[i]) == 0);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	printf("bulk: %d and %d, %016llx %016llx\n", sides[0].sum == sides[1].sum,
	       sides[2].sum == sides[3].sum, (unsigned long long)sides[0].sum,
	       (unsigned long long)sides[2].sum);
	close(one);
	close(other);
	close(listener);
}

/* Many */

enum { CLIENTS = 4, TURNS = 600, HELD = 400 };

static void *answers(void *argument)
{
	int listener = (int)(intptr_t)argument;

	for (int i = 0; i < CLIENTS * TURNS; i++) {
		int fd = accept(listener, NULL, NULL);
		char bytes[64];
		long count;

		CHECK(fd >= 0);
		while ((count = read(fd, bytes, sizeof bytes)) > 0)
			CHECK(write(fd, bytes, (size_t)count) == count);
		CHECK(count == 0);
		CHECK(close(fd) == 0);
	}
	return NULL;
}

static struct address where;

static void *asks(void *argument)
{
	int number = (int)(intptr_t)argument;

	for (int i = 0; i < TURNS; i++) {
		int fd = connected(&where);
		char bytes[64], back[64];

		snprintf(bytes, sizeof bytes, "client %d, turn %d", number, i);
		CHECK(write(fd, bytes, sizeof bytes) == sizeof bytes);
		CHECK(recv(fd, back, sizeof back, MSG_WAITALL) == sizeof back);
		CHECK(strcmp(bytes, back) == 0);
		if (i % 2) {
			CHECK(shutdown(fd, SHUT_WR) == 0);
			CHECK(read(fd, back, 1) == 0);
		}
		CHECK(close(fd) == 0);
	}
	return NULL;
}

static void many(void)
{
	int listener = listening(&where, 128), ones[HELD], others[HELD];
	pthread_t server, clients[CLIENTS];

	CHECK(pthread_create(&server, NULL, answers, (void *)(intptr_t)listener) == 0);
	for (int i = 0; i < CLIENTS; i++)
		CHECK(pthread_create(&clients[i], NULL, asks, (void *)(intptr_t)i) == 0);
	for (int i = 0; i < CLIENTS; i++)
		pthread_join(clients[i], NULL);
	pthread_join(server, NULL);
	for (int i = 0; i < HELD; i++) {
		ones[i] = connected(&where);
		others[i] = accept(listener, NULL, NULL);
		CHECK(others[i] >= 0);
	}
	for (int i = 0; i < HELD; i++)
		CHECK(write(ones[i], &i, sizeof i) == sizeof i);
	for (int i = 0; i < HELD; i++) {
		int found = -1;

		CHECK(read(others[i], &found, sizeof found) == sizeof found);
		CHECK(found == i);
	}
	for (int i = 0; i < HELD; i++) {
		close(i % 2 ? ones[i] : others[i]);
		close(i % 2 ? others[i] : ones[i]);
	}
	close(listener);
	printf("many: %d connections, %d at once\n", CLIENTS * TURNS + HELD, HELD);
}

/* Race */

enum { RACERS = 4, ROUNDS = 400 };

static volatile int wrong;

static long allow(long result)
{
	if (result >= 0)
		return result;
	switch (errno) {
	case EAGAIN: case ECONNREFUSED: case ECONNRESET: case EPIPE: case ENOTCONN: case EISCONN:
	case EINVAL: case EINPROGRESS: case EALREADY: case ECONNABORTED: case EADDRINUSE:
	case EADDRNOTAVAIL: break;
	default: wrong = errno;
	}
	return result;
}

static volatile int shared[8];

static void *races(void *argument)
{
	uint32_t state = (uint32_t)(uintptr_t)argument * 7919;

	for (int i = 0; i < ROUNDS; i++) {
		struct linger now = {1, 0};
		struct address address;
		int listener = listening(&address, 2), ends[4], count = 0;
		char bytes[3000] = "";

		for (int j = 0; j < 4; j++) {
			ends[j] = socket(family, SOCK_STREAM | SOCK_NONBLOCK, 0);
			CHECK(ends[j] >= 0);
			allow(connect(ends[j], &address.any, address.length));
			if (next(&state) % 2)
				allow(send(ends[j], bytes, sizeof bytes, MSG_NOSIGNAL));
			if (next(&state) % 4 == 0)
				allow(shutdown(ends[j], (int)(next(&state) % 3)));
			if (next(&state) % 4 == 0)
				setsockopt(ends[j], SOL_SOCKET, SO_LINGER, &now, sizeof now);
		}
		/* Others use a number that may be closed, or another socket by now. */
		shared[next(&state) % 8] = ends[next(&state) % 4];
		fcntl(listener, F_SETFL, O_NONBLOCK);
		while (count < 3) {
			struct pollfd entry = {listener, POLLIN, 0};
			int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);

			if (fd < 0) {
				allow(fd);
				if (poll(&entry, 1, 0) == 0)
					break;
				continue;
			}
			allow(recv(fd, bytes, sizeof bytes, 0));
			allow(send(fd, bytes, 100, MSG_NOSIGNAL));
			if (next(&state) % 3 == 0)
				allow(shutdown(fd, SHUT_RDWR));
			CHECK(close(fd) == 0);
			count++;
		}
		recv(shared[next(&state) % 8], bytes, sizeof bytes, MSG_DONTWAIT | MSG_PEEK);
		const int closesFirst = next(&state) % 2;
		if (closesFirst)
			CHECK(close(listener) == 0);
		for (int j = 0; j < 4; j++) {
			int error;
			socklen_t length = sizeof error;

			CHECK(getsockopt(ends[j], SOL_SOCKET, SO_ERROR, &error, &length) == 0);
			allow(recv(ends[j], bytes, sizeof bytes, 0));
			CHECK(close(ends[j]) == 0);
		}
		if (!closesFirst)
			CHECK(close(listener) == 0);
	}
	return NULL;
}

static void race(void)
{
	pthread_t threads[RACERS];

	for (int i = 0; i < 8; i++)
		shared[i] = 1000;
	for (int i = 0; i < RACERS; i++)
		CHECK(pthread_create(&threads[i], NULL, races, (void *)(intptr_t)(i + 1)) == 0);
	for (int i = 0; i < RACERS; i++)
		pthread_join(threads[i], NULL);
	printf("race: wrong %d\n", wrong);
}

/* Mixed */

enum { MESSAGES = 3000 };

static void *echoes(void *argument)
{
	int fd = (int)(intptr_t)argument;
	static char bytes[60000];

	for (int i = 0; i < MESSAGES; i++) {
		struct address from = {.length = sizeof from};
		long count = recvfrom(fd, bytes, sizeof bytes, 0, &from.any, &from.length);

		CHECK(count >= 0);
		CHECK(sendto(fd, bytes, (size_t)count, 0, &from.any, from.length) == count);
	}
	return NULL;
}

static void mixed(void)
{
	struct address address;
	int server = bound(SOCK_DGRAM, &address), client = socket(family, SOCK_DGRAM, 0);
	static char bytes[60000], back[60000];
	pthread_t thread;
	uint32_t state = 5;
	long all = 0;

	CHECK(pthread_create(&thread, NULL, echoes, (void *)(intptr_t)server) == 0);
	CHECK(connect(client, &address.any, address.length) == 0);
	for (int i = 0; i < MESSAGES; i++) {
		long count = i % 50 ? next(&state) % 1500 : next(&state) % sizeof bytes;
		struct pollfd entry = {client, POLLIN, 0};

		memset(bytes, 'a' + i % 26, (size_t)count);
		CHECK(send(client, bytes, (size_t)count, 0) == count);
		if (i % 3 == 0)
			CHECK(poll(&entry, 1, 60000) == 1 && entry.revents & POLLIN);
		CHECK(recv(client, back, sizeof back, 0) == count);
		CHECK(memcmp(bytes, back, (size_t)count) == 0);
		all += count;
	}
	pthread_join(thread, NULL);
	close(server);
	close(client);
	printf("mixed: %ld bytes\n", all);
}

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "6") == 0)
			family = AF_INET6;
		else if (strcmp(argv[i], "bulk") == 0)
			bulk();
		else if (strcmp(argv[i], "many") == 0)
			many();
		else if (strcmp(argv[i], "race") == 0)
			race();
		else if (strcmp(argv[i], "mixed") == 0)
			mixed();
	}
	printf("lowest free %d\n", dup(1));
	return 0;
}
