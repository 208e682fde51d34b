/*
 * What comes by a connection goes back by it; IPv4 and IPv6 by one listener, a thread for each
 * connection:
 *
 *   hermit run --forward 7007:7 examples-c/tcp_echo
 *   nc 127.0.0.1 7007
 *
 * The first argument is the port. With a second one it ends after so many connections.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void *echo(void *argument)
{
	int connection = (int)(long)argument;
	char buffer[16384];
	ssize_t count;
	long total = 0;

	while ((count = recv(connection, buffer, sizeof(buffer), 0)) > 0) {
		for (ssize_t done = 0; done < count;) {
			ssize_t sent = send(connection, buffer + done, (size_t)(count - done), MSG_NOSIGNAL);
			if (sent < 0)
				goto done;
			done += sent;
		}
		total += count;
	}
done:
	close(connection);
	return (void *)total;
}

int main(int argc, char **argv)
{
	struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = in6addr_any}, peer;
	int port = argc > 1 ? atoi(argv[1]) : 7, one = 1, zero = 0;
	long most = argc > 2 ? atol(argv[2]) : 0;
	socklen_t length;

	address.sin6_port = htons((unsigned short)port);
	int listener = socket(AF_INET6, SOCK_STREAM, 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	/* Connections by IPv4 come here, too, with addresses such as ::ffff:10.0.2.2. */
	setsockopt(listener, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof(zero));
	if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0
	    || listen(listener, 128) < 0) {
		perror("listen");
		return 1;
	}
	printf("listening on port %d\n", port);
	fflush(stdout);
	for (long taken = 0; most == 0 || taken < most; taken++) {
		pthread_t thread;
		void *total;
		int connection = accept(listener, (struct sockaddr *)&peer, (length = sizeof(peer), &length));
		if (connection < 0) {
			perror("accept");
			return 1;
		}
		if (pthread_create(&thread, NULL, echo, (void *)(long)connection) != 0) {
			close(connection);
			continue;
		}
		if (most == 0) {
			pthread_detach(thread);
			continue;
		}
		char text[INET6_ADDRSTRLEN];
		pthread_join(thread, &total);
		printf("%ld bytes from %s\n", (long)total, inet_ntop(AF_INET6, &peer.sin6_addr, text, sizeof(text)));
	}
	return 0;
}
