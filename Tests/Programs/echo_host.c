/*
 * For the host: what a guest's port at 127.0.0.1 does, or at the address that is the last argument.
 *
 *   echo_host tcp PORT BYTES   sends so many bytes and compares what comes back
 *   echo_host udp PORT COUNT   the same with datagrams of 1 to 1,400 bytes, each until it is answered, and
 *                              then others until nobody has the port
 *   echo_host many PORT COUNT  so many connections at once, each of which asks for a document twice
 *
 * A guest that does not listen yet is tried again, for a hundred seconds.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static struct sockaddr_in at = {.sin_family = AF_INET};

static unsigned char pattern(long place)
{
	return (unsigned char)(place * 7 + (place >> 8) * 13);
}

static void give_up(const char *why)
{
	fprintf(stderr, "%s: %s\n", why, strerror(errno));
	exit(1);
}

static int open_connection(void)
{
	struct timeval limit = {60, 0};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0)
		give_up("socket");
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
	if (connect(fd, (struct sockaddr *)&at, sizeof at) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Bytes that came back; -1: the connection was none. */
static long echo(long bytes)
{
	static unsigned char buffer[65536];
	long sent = 0, received = 0;
	int fd = open_connection();

	if (fd < 0)
		return -1;
	while (received < bytes) {
		struct pollfd one = {.fd = fd, .events = POLLIN | (sent < bytes ? POLLOUT : 0)};
		if (poll(&one, 1, 60000) <= 0)
			give_up("poll");
		if (one.revents & (POLLIN | POLLERR | POLLHUP)) {
			ssize_t count = recv(fd, buffer, sizeof buffer, MSG_DONTWAIT);
			if (count <= 0 && !(count < 0 && errno == EAGAIN)) {
				close(fd);
				if (received == 0)
					return -1;
				give_up("recv");
			}
			for (ssize_t i = 0; i < count; i++)
				if (buffer[i] != pattern(received + i))
					give_up("other bytes");
			received += count > 0 ? count : 0;
		}
		if (one.revents & POLLOUT) {
			long count = bytes - sent < (long)sizeof buffer ? bytes - sent : (long)sizeof buffer;
			for (long i = 0; i < count; i++)
				buffer[i] = pattern(sent + i);
			ssize_t taken = send(fd, buffer, (size_t)count, MSG_DONTWAIT | MSG_NOSIGNAL);
			sent += taken > 0 ? taken : 0;
		}
	}
	shutdown(fd, SHUT_WR);
	if (recv(fd, buffer, sizeof buffer, 0) != 0)
		give_up("the end");
	close(fd);
	return received;
}

/*
 * One datagram, until it is answered; an answer to an earlier one that was sent twice is passed over.
 * 0: nobody has the port.
 */
static int exchange(int fd, long number)
{
	unsigned char out[1400], in[1500];
	size_t size = 1 + (size_t)number * 37 % sizeof out;

	for (size_t i = 0; i < size; i++)
		out[i] = pattern(number * 1000 + (long)i);
	for (int tries = 0; tries < 1000; tries++) {
		send(fd, out, size, 0);
		for (;;) {
			ssize_t got = recv(fd, in, sizeof in, 0);
			if (got == (ssize_t)size && memcmp(in, out, size) == 0)
				return 1;
			if (got < 0 && errno == ECONNREFUSED)
				return 0;
			if (got < 0)
				break;
		}
	}
	give_up("datagram");
	return 0;
}

static long datagrams(long count)
{
	struct timeval limit = {0, 100000};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
	connect(fd, (struct sockaddr *)&at, sizeof at);
	for (long number = 0; number < count; number++)
		if (!exchange(fd, number)) {
			if (number > 0)
				give_up("datagram");
			close(fd);
			return -1;
		}
	/* How many the other end has counted is not known: it gets more until it has enough and ends. */
	for (long number = count; exchange(fd, number); number++)
		;
	return count;
}

/* Asks once; 0: there is no answer. */
static int ask(int fd)
{
	static const char question[] = "GET /many HTTP/1.1\r\nHost: guest\r\n\r\n";
	char answer[512];
	size_t count = 0;

	if (send(fd, question, sizeof question - 1, MSG_NOSIGNAL) < 0)
		return 0;
	while (count < sizeof answer - 1) {
		ssize_t more = recv(fd, answer + count, sizeof answer - 1 - count, 0);
		if (more <= 0)
			return 0;
		count += (size_t)more;
		answer[count] = 0;
		if (strstr(answer, "GET /many\n"))
			return strncmp(answer, "HTTP/1.1 200 ", 13) == 0;
	}
	return 0;
}

static long many(long count)
{
	struct rlimit limit;
	int *all = calloc((size_t)count, sizeof(int));

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	for (long i = 0; i < count; i++) {
		all[i] = open_connection();
		if (all[i] < 0 || !ask(all[i])) {
			if (i == 0)
				return -1;
			give_up("a connection");
		}
	}
	for (long i = 0; i < count; i++)
		if (!ask(all[i]))
			give_up("the second question");
	return count;
}

int main(int argc, char **argv)
{
	long amount, done = -1;

	if (argc != 4 && argc != 5)
		return 2;
	at.sin_port = htons((unsigned short)atoi(argv[2]));
	if (inet_pton(AF_INET, argc == 5 ? argv[4] : "127.0.0.1", &at.sin_addr) != 1)
		return 2;
	amount = atol(argv[3]);
	for (int attempt = 0; attempt < 1000 && done < 0; attempt++) {
		done = argv[1][0] == 't' ? echo(amount) : argv[1][0] == 'u' ? datagrams(amount) : many(amount);
		if (done < 0)
			usleep(100000);
	}
	printf("%ld\n", done);
	return done == amount ? 0 : 1;
}
