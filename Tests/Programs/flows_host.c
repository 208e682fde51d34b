/*
 * For the host: several flows at once to a guest that sends back what it gets.
 *
 *   flows_host ADDRESS PORT STREAMS BYTES SENDERS DATAGRAMS
 *
 * So many streams, each of so many bytes, and so many senders of datagrams of 1 to 1,400 bytes, each
 * until it is answered. What comes back is compared; every flow has other bytes. The first connection
 * is tried for a hundred seconds, as the guest may not listen yet.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static struct sockaddr_in at = {.sin_family = AF_INET};

static unsigned char pattern(int flow, long place)
{
	return (unsigned char)(flow * 59 + place * 7 + (place >> 8) * 13);
}

static void give_up(const char *why)
{
	fprintf(stderr, "%s: %s\n", why, strerror(errno));
	_exit(1);
}

static int open_socket(int type)
{
	struct timeval limit = {60, 0};
	int fd = socket(AF_INET, type, 0);

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

static void stream(int flow, long bytes)
{
	static unsigned char buffer[65536];
	long sent = 0, received = 0;
	int fd = open_socket(SOCK_STREAM);

	if (fd < 0)
		give_up("connect");
	while (received < bytes) {
		struct pollfd one = {.fd = fd, .events = (short)(POLLIN | (sent < bytes ? POLLOUT : 0))};

		if (poll(&one, 1, 60000) <= 0)
			give_up("poll");
		if (one.revents & (POLLIN | POLLERR | POLLHUP)) {
			ssize_t count = recv(fd, buffer, sizeof buffer, MSG_DONTWAIT);

			if (count <= 0)
				give_up("recv");
			for (ssize_t i = 0; i < count; i++)
				if (buffer[i] != pattern(flow, received + i))
					give_up("a stream has other bytes");
			received += count;
		}
		if (one.revents & POLLOUT) {
			long count = bytes - sent < (long)sizeof buffer ? bytes - sent : (long)sizeof buffer;

			for (long i = 0; i < count; i++)
				buffer[i] = pattern(flow, sent + i);
			ssize_t part = send(fd, buffer, (size_t)count, MSG_DONTWAIT | MSG_NOSIGNAL);

			if (part < 0 && errno != EAGAIN)
				give_up("send");
			sent += part > 0 ? part : 0;
		}
	}
}

static void datagrams(int flow, long count)
{
	static unsigned char buffer[2048], answer[2048];
	int fd = open_socket(SOCK_DGRAM);

	if (fd < 0)
		give_up("connect");
	for (long number = 0; number < count; number++) {
		ssize_t size = 4 + number * 31 % 1397, got = -1;

		buffer[0] = (unsigned char)number, buffer[1] = (unsigned char)(number >> 8);
		buffer[2] = (unsigned char)flow, buffer[3] = 0;
		for (ssize_t i = 4; i < size; i++)
			buffer[i] = pattern(flow, number + i);
		for (int turn = 0; turn < 20 && got < 0; turn++) {
			struct pollfd one = {.fd = fd, .events = POLLIN};

			if (send(fd, buffer, (size_t)size, 0) != size)
				give_up("send a datagram");
			while (got < 0 && poll(&one, 1, 1000) > 0) {
				got = recv(fd, answer, sizeof answer, 0);
				/* The answer to one that was sent again before. */
				if (got >= 4 && memcmp(answer, buffer, 4) != 0)
					got = -1;
			}
		}
		if (got != size || memcmp(answer, buffer, (size_t)size) != 0)
			give_up("a datagram has other bytes");
	}
}

int main(int argc, char **argv)
{
	int failures = 0;

	if (argc != 7 || inet_pton(AF_INET, argv[1], &at.sin_addr) != 1)
		return 2;
	at.sin_port = htons((unsigned short)atoi(argv[2]));
	int streams = atoi(argv[3]), senders = atoi(argv[5]);
	for (int turn = 0; turn < 1000; turn++) {
		int fd = open_socket(SOCK_STREAM);

		if (fd >= 0) {
			close(fd);
			break;
		}
		usleep(100000);
	}
	for (int flow = 0; flow < streams + senders; flow++)
		if (fork() == 0) {
			if (flow < streams)
				stream(flow, atol(argv[4]));
			else
				datagrams(flow, atol(argv[6]));
			_exit(0);
		}
	for (int flow = 0; flow < streams + senders; flow++) {
		int status;

		if (wait(&status) < 0 || status != 0)
			failures++;
	}
	printf("%d streams, %d senders, %d failures\n", streams, senders, failures);
	return failures != 0;
}
