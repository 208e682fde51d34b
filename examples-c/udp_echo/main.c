/*
 * Each datagram goes back to who has sent it:
 *
 *   hermit run --forward 7007:7/udp examples-c/udp_echo
 *   nc -u 127.0.0.1 7007
 *
 * The first argument is the port. With a second one it ends after so many datagrams.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = in6addr_any}, peer;
	int port = argc > 1 ? atoi(argv[1]) : 7, zero = 0;
	long most = argc > 2 ? atol(argv[2]) : 0, bytes = 0, count = 0;
	static char buffer[65536];

	address.sin6_port = htons((unsigned short)port);
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);
	setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof(zero));
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		perror("bind");
		return 1;
	}
	printf("listening on port %d\n", port);
	fflush(stdout);
	while (most == 0 || count < most) {
		socklen_t length = sizeof(peer);
		ssize_t size = recvfrom(fd, buffer, sizeof(buffer), 0, (struct sockaddr *)&peer, &length);
		if (size < 0 || sendto(fd, buffer, (size_t)size, 0, (struct sockaddr *)&peer, length) < 0) {
			/* What the network says of one that has gone is no reason to end. */
			perror("datagram");
			continue;
		}
		bytes += size;
		count++;
	}
	printf("%ld datagrams, %ld bytes\n", count, bytes);
	return 0;
}
