/*
 * Sends back what comes to port 7, by TCP (a thread a connection) and by UDP, of both versions
 * of IP. A datagram to port 9 ends it: it prints how many bytes of streams there were.
 *
 * Datagrams are sent back by core 1, where there is one, so that not all is sent by one core.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static atomic_llong total;

static int bound(int type, int port)
{
	struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
	int fd = socket(AF_INET6, type, 0), off = 0, one = 1;

	setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address)
	    || (type == SOCK_STREAM && listen(fd, 64))) {
		perror("socket");
		exit(1);
	}
	return fd;
}

static void *echo(void *argument)
{
	int fd = (int)(intptr_t)argument;
	char *bytes = malloc(65536);
	ssize_t count;

	while ((count = recv(fd, bytes, 65536, 0)) > 0) {
		total += count;
		for (ssize_t sent = 0; sent < count;) {
			ssize_t part = send(fd, bytes + sent, (size_t)(count - sent), MSG_NOSIGNAL);

			if (part <= 0) {
				count = 0;
				break;
			}
			sent += part;
		}
	}
	close(fd);
	free(bytes);
	return NULL;
}

static void *accept_all(void *argument)
{
	int listener = (int)(intptr_t)argument;

	for (;;) {
		int fd = accept(listener, NULL, NULL);
		pthread_t thread;

		if (fd < 0)
			continue;
		if (pthread_create(&thread, NULL, echo, (void *)(intptr_t)fd))
			close(fd);
		else
			pthread_detach(thread);
	}
}

static void *echo_datagrams(void *argument)
{
	static char bytes[65536];
	int fd = (int)(intptr_t)argument;
	cpu_set_t core;

	CPU_ZERO(&core);
	CPU_SET(1, &core);
	/* With one core there is no such one, and nothing changes. */
	(void)pthread_setaffinity_np(pthread_self(), sizeof core, &core);
	for (;;) {
		struct sockaddr_in6 sender;
		socklen_t length = sizeof sender;
		ssize_t count = recvfrom(fd, bytes, sizeof bytes, 0, (struct sockaddr *)&sender, &length);

		if (count >= 0)
			sendto(fd, bytes, (size_t)count, 0, (struct sockaddr *)&sender, length);
	}
}

int main(void)
{
	int last = bound(SOCK_DGRAM, 9);
	pthread_t thread;
	char byte;

	pthread_create(&thread, NULL, accept_all, (void *)(intptr_t)bound(SOCK_STREAM, 7));
	pthread_create(&thread, NULL, echo_datagrams, (void *)(intptr_t)bound(SOCK_DGRAM, 7));
	puts("ready");
	fflush(stdout);
	recv(last, &byte, 1, 0);
	printf("%lld bytes\n", (long long)total);
	return 0;
}
