/*
 * Talks to a server that sends back what it gets, at an address and a port: so many bytes over
 * a connection, both ways at once, and then datagrams of many lengths, one after the other. With a
 * fourth argument it waits for a server that is not there yet, and sends a datagram to that port
 * at the end.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long total;
static int stream;

static unsigned char at(long place) { return (unsigned char)(place * 7 + place / 251); }

static void *send_all(void *argument)
{
	unsigned char bytes[10000];
	(void)argument;
	for (long place = 0, piece = 1; place < total; piece = piece * 5 % 9973) {
		long count = piece < total - place ? piece : total - place;
		for (long i = 0; i < count; i++)
			bytes[i] = at(place + i);
		for (long done = 0; done < count;) {
			ssize_t sent = send(stream, bytes + done, (size_t)(count - done), 0);
			if (sent <= 0) {
				perror("send");
				exit(1);
			}
			done += sent;
		}
		place += count;
	}
	if (shutdown(stream, SHUT_WR) != 0)
		perror("shutdown");
	return NULL;
}

/* 0: there is a connection. */
static int connect_to(const struct sockaddr_in *server, int attempts)
{
	for (;;) {
		struct timespec pause = {.tv_nsec = 100000000};

		stream = socket(AF_INET, SOCK_STREAM, 0);
		if (connect(stream, (const struct sockaddr *)server, sizeof(*server)) == 0)
			return 0;
		if (--attempts <= 0) {
			perror("connect");
			return 1;
		}
		close(stream);
		nanosleep(&pause, NULL);
	}
}

static int talk(const struct sockaddr_in *server, int attempts)
{
	static unsigned char bytes[30000];
	pthread_t sender;
	long place = 0;
	ssize_t count;

	if (connect_to(server, attempts) != 0)
		return 1;
	pthread_create(&sender, NULL, send_all, NULL);
	while ((count = recv(stream, bytes, sizeof(bytes), 0)) > 0)
		for (ssize_t i = 0; i < count; i++, place++)
			if (bytes[i] != at(place)) {
				printf("byte %ld is wrong\n", place);
				return 1;
			}
	pthread_join(sender, NULL);
	printf("%ld bytes came back\n", place);
	return count != 0 || place != total;
}

static int datagrams(const struct sockaddr_in *server)
{
	static const int lengths[] = {0, 1, 100, 1471, 1472, 1473, 2000, 4000, 8000};
	static unsigned char bytes[9000], back[9000];
	struct timeval limit = {.tv_sec = 2};
	int fd = socket(AF_INET, SOCK_DGRAM, 0), came = 0;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (connect(fd, (const struct sockaddr *)server, sizeof(*server)) != 0) {
		perror("connect");
		return 1;
	}
	for (unsigned i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		for (int k = 0; k < lengths[i]; k++)
			bytes[k] = at(k + lengths[i]);
		/* One may be lost: it is sent again. */
		for (int attempt = 0; attempt < 5; attempt++) {
			if (send(fd, bytes, (size_t)lengths[i], 0) != lengths[i]) {
				perror("send");
				return 1;
			}
			ssize_t count = recv(fd, back, sizeof(back), 0);
			if (count == lengths[i] && memcmp(bytes, back, (size_t)count) == 0) {
				came++;
				break;
			}
		}
	}
	printf("%d datagrams came back\n", came);
	return came != (int)(sizeof(lengths) / sizeof(lengths[0]));
}

/* Ends the server. */
static void end(struct sockaddr_in server, int port)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	server.sin_port = htons((unsigned short)port);
	if (sendto(fd, "", 1, 0, (struct sockaddr *)&server, sizeof(server)) != 1)
		perror("sendto");
}

int main(int argc, char **argv)
{
	struct sockaddr_in server = {.sin_family = AF_INET};

	if ((argc != 4 && argc != 5) || inet_pton(AF_INET, argv[1], &server.sin_addr) != 1)
		return 2;
	server.sin_port = htons((unsigned short)atoi(argv[2]));
	total = atol(argv[3]);
	int failed = talk(&server, argc == 5 ? 300 : 1) || datagrams(&server);
	if (argc == 5)
		end(server, atoi(argv[4]));
	return failed;
}
