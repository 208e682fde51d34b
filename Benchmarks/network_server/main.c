/*
 * The serving end of `hermit bench net`, by POSIX's sockets and threads: an echo, a sink and a
 * source of TCP, an echo of UDP, and HTTP. It serves until a client orders the end.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "bench_net.h"
#include "server.h"

void fail(const char *what)
{
	printf("%s: %s\n", what, strerror(errno));
	exit(1);
}

static int bound(int type, int port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	int fd = socket(AF_INET, type, 0), one = 1;

	if (fd < 0)
		fail("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (bind(fd, (struct sockaddr *)&address, sizeof address))
		fail("bind");
	if (type == SOCK_STREAM && listen(fd, 64))
		fail("listen");
	return fd;
}

struct service {
	void (*function)(int fd);
	int fd;
};

static void *run(void *argument)
{
	const struct service *service = argument;

	service->function(service->fd);
	return NULL;
}

int main(void)
{
	static struct service services[2];
	int fd = bound(SOCK_STREAM, TCP_PORT);

	services[0] = (struct service){serve_datagrams, bound(SOCK_DGRAM, UDP_PORT)};
	services[1] = (struct service){serve_http, bound(SOCK_STREAM, HTTP_PORT)};
	for (int i = 0; i < 2; i++) {
		pthread_t thread;

		if (pthread_create(&thread, NULL, run, &services[i]))
			fail("pthread_create");
	}
	puts("ready");
	fflush(stdout);
	serve_connections(fd);
	return 0;
}
