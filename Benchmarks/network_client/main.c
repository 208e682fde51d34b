/*
 * The host's end of `hermit bench net`.
 *
 *   client ADDRESS SECONDS WORD...
 *
 * Does what each word says, in order:
 *
 *   wait                            until the server answers, for so many seconds at most
 *   rr:SIZE:COUNT  udp:SIZE:COUNT   messages there and back
 *   to:SIZE:MILLISECONDS  from:SIZE:MILLISECONDS   a stream, by writes of SIZE bytes
 *   connect:COUNT                   a connection, a byte there and back, its end
 *   http:CONNECTIONS:MILLISECONDS   requests on connections that stay
 *   end                             the server ends
 *
 * For each it prints "figure WORD VALUE": microseconds (the median), megabytes a second,
 * connections or requests a second; with less than all of its answers "lost WORD NUMBER" before.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "../network_server/bench_net.h"
#include "../network_server/streams.h"

enum { MOST = 64, WARMING = 50 };

static const char *word;
static struct sockaddr_in server = {.sin_family = AF_INET};
static char message[LONGEST_MESSAGE];

static uint64_t nanoseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static _Noreturn void fail(const char *what)
{
	printf("failed %s %s: %s\n", word, what, strerror(errno));
	exit(1);
}

static void tell(double value) { printf("figure %s %.4f\n", word, value); }

/* A socket whose calls wait no longer. */
static int make(int type, int seconds)
{
	struct timeval limit = {.tv_sec = seconds};
	int fd = socket(AF_INET, type, 0);

	if (fd < 0)
		fail("socket");
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
	return fd;
}

static int try_to_connect(int port)
{
	int fd = make(SOCK_STREAM, 10);

	server.sin_port = htons((uint16_t)port);
	if (!connect(fd, (struct sockaddr *)&server, sizeof server))
		return fd;
	close(fd);
	return -1;
}

static int connected(int port)
{
	int fd = try_to_connect(port);

	if (fd < 0)
		fail("connect");
	return fd;
}

static int ordered(enum action action, uint32_t size, uint32_t milliseconds, int no_delay)
{
	struct order order = {
		htonl(action), htonl(size), htonl(milliseconds), htonl((uint32_t)no_delay)};
	int fd = connected(TCP_PORT);

	if (no_delay)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &no_delay, sizeof no_delay);
	if (send_all(fd, &order, sizeof order))
		fail("send");
	return fd;
}

static int compare(const void *one, const void *other)
{
	double a = *(const double *)one, b = *(const double *)other;

	return (a > b) - (a < b);
}

static void tell_median(double *values, int count)
{
	if (count == 0)
		fail("no answer");
	qsort(values, (size_t)count, sizeof *values, compare);
	tell(values[count / 2]);
	free(values);
}

static void play(int size, int count)
{
	double *values = calloc((size_t)count, sizeof *values);
	int fd = ordered(ECHO, (uint32_t)size, 0, 1);

	for (int i = -WARMING; i < count; i++) {
		uint64_t start = nanoseconds();

		if (send_all(fd, message, (size_t)size) || receive_all(fd, message, (size_t)size))
			fail("message");
		if (i >= 0)
			values[i] = (double)(nanoseconds() - start) / 1000;
	}
	close(fd);
	tell_median(values, count);
}

static void play_datagrams(int size, int count)
{
	double *values = calloc((size_t)count, sizeof *values);
	int fd = make(SOCK_DGRAM, 1), done = 0, lost = 0;

	server.sin_port = htons(UDP_PORT);
	if (connect(fd, (struct sockaddr *)&server, sizeof server))
		fail("connect");
	for (int i = -WARMING; i < count && lost < 10; i++) {
		uint64_t start = nanoseconds();

		send(fd, message, (size_t)size, 0);
		if (recv(fd, message, sizeof message, 0) != size)
			lost++;
		else if (i >= 0)
			values[done++] = (double)(nanoseconds() - start) / 1000;
	}
	close(fd);
	if (lost > 0)
		printf("lost %s %d\n", word, lost);
	tell_median(values, done);
}

static void stream_to(int size, int milliseconds)
{
	int fd = ordered(SINK, LONGEST_MESSAGE, 0, 0);
	uint64_t start = nanoseconds(), end = start + (uint64_t)milliseconds * 1000000;
	uint64_t sent = 0, taken;
	uint32_t answer[2];

	do {
		for (int part = 0; part < LONGEST_MESSAGE; part += size, sent += (uint64_t)size)
			if (send_all(fd, message, (size_t)size))
				fail("send");
	} while (nanoseconds() < end);
	shutdown(fd, SHUT_WR);
	if (receive_all(fd, answer, sizeof answer))
		fail("answer");
	end = nanoseconds();
	close(fd);
	taken = (uint64_t)ntohl(answer[0]) << 32 | ntohl(answer[1]);
	if (taken != sent)
		printf("lost %s %llu\n", word, (unsigned long long)(sent - taken));
	tell((double)taken * 1000 / (double)(end - start));
}

static void stream_from(int size, int milliseconds)
{
	int fd = ordered(SOURCE, (uint32_t)size, (uint32_t)milliseconds, 0);
	uint64_t start = nanoseconds(), total = 0;
	ssize_t count;

	while ((count = recv(fd, message, sizeof message, 0)) > 0)
		total += (uint64_t)count;
	if (count < 0)
		fail("recv");
	tell((double)total * 1000 / (double)(nanoseconds() - start));
	close(fd);
}

static void connect_and_close(int count)
{
	uint64_t start = nanoseconds();

	for (int i = 0; i < count; i++) {
		int fd = ordered(ECHO, 1, 0, 1);

		if (send_all(fd, message, 1) || receive_all(fd, message, 1))
			fail("byte");
		close(fd);
	}
	tell((double)count * 1e9 / (double)(nanoseconds() - start));
}

/* The server's answers all have the same length, which the first one tells. */
static size_t first_answer(int fd, const char *request)
{
	size_t count = 0;
	char *text;

	if (send_all(fd, request, strlen(request)))
		fail("request");
	for (;;) {
		ssize_t part = recv(fd, message + count, sizeof message - 1 - count, 0);

		if (part <= 0)
			fail("answer");
		count += (size_t)part;
		message[count] = 0;
		text = strstr(message, "\r\n\r\n");
		if (text && strstr(message, "Content-Length: "))
			break;
	}
	return (size_t)(text + 4 - message)
		+ strtoul(strstr(message, "Content-Length: ") + 16, NULL, 10);
}

static void request_pages(int connections, int milliseconds)
{
	static const char request[] = "GET / HTTP/1.1\r\nHost: guest\r\n\r\n";
	struct pollfd polled[MOST];
	size_t left[MOST], length = 0;
	uint64_t start, end, done = 0;

	if (connections > MOST)
		fail("too many connections");
	for (int i = 0; i < connections; i++) {
		int one = 1;

		polled[i] = (struct pollfd){.fd = connected(HTTP_PORT), .events = POLLIN};
		setsockopt(polled[i].fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
		length = first_answer(polled[i].fd, request);
	}
	start = nanoseconds();
	end = start + (uint64_t)milliseconds * 1000000;
	for (int i = 0; i < connections; i++) {
		left[i] = length;
		if (send_all(polled[i].fd, request, sizeof request - 1))
			fail("request");
	}
	while (nanoseconds() < end) {
		if (poll(polled, (nfds_t)connections, 10000) <= 0)
			fail("poll");
		for (int i = 0; i < connections; i++) {
			ssize_t count;

			if (!polled[i].revents)
				continue;
			count = recv(polled[i].fd, message, left[i], 0);
			if (count <= 0)
				fail("answer");
			left[i] -= (size_t)count;
			if (left[i] > 0)
				continue;
			done++;
			left[i] = length;
			if (send_all(polled[i].fd, request, sizeof request - 1))
				fail("request");
		}
	}
	tell((double)done * 1e9 / (double)(nanoseconds() - start));
	for (int i = 0; i < connections; i++)
		close(polled[i].fd);
}

/* A guest that is not there yet refuses, or its neighbours do not know it. */
static void wait_for_server(int seconds)
{
	uint64_t end = nanoseconds() + (uint64_t)seconds * 1000000000;
	struct timespec pause = {.tv_nsec = 20000000};
	int fd;

	while ((fd = try_to_connect(HTTP_PORT)) < 0) {
		if (nanoseconds() > end)
			fail("no server");
		nanosleep(&pause, NULL);
	}
	close(fd);
}

int main(int count, char **words)
{
	if (count < 3 || inet_pton(AF_INET, words[1], &server.sin_addr) != 1) {
		fputs("client ADDRESS SECONDS WORD...\n", stderr);
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 3; i < count; i++) {
		char name[16] = "";
		int first = 0, second = 0;

		word = words[i];
		sscanf(word, "%15[a-z]:%d:%d", name, &first, &second);
		if (!strcmp(name, "wait"))
			wait_for_server(atoi(words[2]));
		else if (!strcmp(name, "rr"))
			play(first, second);
		else if (!strcmp(name, "udp"))
			play_datagrams(first, second);
		else if (!strcmp(name, "to"))
			stream_to(first, second);
		else if (!strcmp(name, "from"))
			stream_from(first, second);
		else if (!strcmp(name, "connect"))
			connect_and_close(first);
		else if (!strcmp(name, "http"))
			request_pages(first, second);
		else if (!strcmp(name, "end"))
			close(ordered(END, 1, 0, 1));
	}
	return 0;
}
