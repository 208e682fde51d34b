/*
 * Asks a host for echoes, IPv4 or IPv6, and says what has come: ping [-c COUNT] [-i SECONDS]
 * [-s BYTES] [-t HOPS] [-W SECONDS] ADDRESS. The status is 0 if anything has come back, 1 if
 * nothing has, and 2 for other errors.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { HEADER = 8, MOST = 65507 };

static unsigned char message[HEADER + MOST];
static unsigned char answer[HEADER + MOST];
static struct sockaddr_storage target;
static socklen_t target_length;
static int family;
static long count = 4, size = 56, hops, patience = 10;
static double interval = 1;

static long long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static int fails(const char *what)
{
	perror(what);
	return 2;
}

static int usage(void)
{
	fprintf(stderr, "usage: ping [-c count] [-i seconds] [-s bytes] [-t hops] [-W seconds] address\n");
	return 2;
}

/* The address that a text is; -1: it is none. */
static int find(const char *text)
{
	struct sockaddr_in *four = (struct sockaddr_in *)&target;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)&target;
	char address[INET6_ADDRSTRLEN];
	const char *zone = strchr(text, '%');

	if (inet_pton(AF_INET, text, &four->sin_addr) == 1) {
		family = four->sin_family = AF_INET;
		target_length = sizeof *four;
		return 0;
	}
	/* The interface of a link's address: its number. */
	snprintf(address, sizeof address, "%.*s", zone ? (int)(zone - text) : (int)sizeof address - 1, text);
	if (inet_pton(AF_INET6, address, &six->sin6_addr) != 1)
		return -1;
	six->sin6_scope_id = zone ? (uint32_t)strtoul(zone + 1, NULL, 10) : 0;
	family = six->sin6_family = AF_INET6;
	target_length = sizeof *six;
	return 0;
}

/* The hop limit that came with a message; -1: none came. */
static int hopLimit(struct msghdr *header)
{
	for (struct cmsghdr *item = CMSG_FIRSTHDR(header); item; item = CMSG_NXTHDR(header, item))
		if ((item->cmsg_level == IPPROTO_IP && item->cmsg_type == IP_TTL) ||
		    (item->cmsg_level == IPPROTO_IPV6 && item->cmsg_type == IPV6_HOPLIMIT)) {
			int value;

			memcpy(&value, CMSG_DATA(item), sizeof value);
			return value;
		}
	return -1;
}

/* Waits for an echo's answer; 1: it has come, 0: it has not in time, -1: errno says more. */
static int receive(int fd, unsigned sequence, long long sent, double *time)
{
	long long end = sent + patience * 1000000000LL;

	for (;;) {
		char control[64], text[INET6_ADDRSTRLEN];
		struct sockaddr_storage from;
		struct iovec part = {answer, sizeof answer};
		struct msghdr header = {
			.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &part, .msg_iovlen = 1,
			.msg_control = control, .msg_controllen = sizeof control};
		struct pollfd entry = {.fd = fd, .events = POLLIN};
		long long left = (end - now()) / 1000000;
		ssize_t length;

		if (left <= 0 || poll(&entry, 1, (int)left) == 0)
			return 0;
		length = recvmsg(fd, &header, 0);
		if (length < 0)
			return -1;
		if (length < HEADER || (answer[6] << 8 | answer[7]) != (int)(sequence & 0xffff))
			continue;
		*time = (now() - sent) / 1e6;
		inet_ntop(family, family == AF_INET ? (void *)&((struct sockaddr_in *)&from)->sin_addr
						   : (void *)&((struct sockaddr_in6 *)&from)->sin6_addr,
			  text, sizeof text);
		printf("%zd bytes from %s: icmp_seq=%u ttl=%d time=%.3f ms%s\n", length, text, sequence,
		       hopLimit(&header), *time,
		       length == HEADER + size && !memcmp(answer + HEADER, message + HEADER, (size_t)size)
			       ? "" : " (not what was sent)");
		return 1;
	}
}

int main(int argc, char **argv)
{
	int option, fd, on = 1, code;
	long sent = 0, received = 0;
	double least = INFINITY, most = 0, sum = 0, squares = 0;
	long long start;
	char text[INET6_ADDRSTRLEN];

	setvbuf(stdout, NULL, _IOLBF, 0);
	while ((option = getopt(argc, argv, "c:i:s:t:W:")) != -1)
		switch (option) {
		case 'c': count = strtol(optarg, NULL, 10); break;
		case 'i': interval = strtod(optarg, NULL); break;
		case 's': size = strtol(optarg, NULL, 10); break;
		case 't': hops = strtol(optarg, NULL, 10); break;
		case 'W': patience = strtol(optarg, NULL, 10); break;
		default: return usage();
		}
	if (optind + 1 != argc || count < 1 || size < 0 || size > MOST || interval < 0 || patience < 1)
		return usage();
	if (find(argv[optind])) {
		fprintf(stderr, "ping: '%s' is no address\n", argv[optind]);
		return 2;
	}
	fd = socket(family, SOCK_DGRAM, family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6);
	if (fd < 0)
		return fails("socket");
	if (family == AF_INET ? setsockopt(fd, IPPROTO_IP, IP_RECVTTL, &on, sizeof on)
			      : setsockopt(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, &on, sizeof on))
		return fails("setsockopt");
	code = (int)hops;
	if (hops && (family == AF_INET ? setsockopt(fd, IPPROTO_IP, IP_TTL, &code, sizeof code)
				       : setsockopt(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, &code, sizeof code)))
		return fails("setsockopt");
	if (connect(fd, (struct sockaddr *)&target, target_length))
		return fails("connect");
	inet_ntop(family, family == AF_INET ? (void *)&((struct sockaddr_in *)&target)->sin_addr
					   : (void *)&((struct sockaddr_in6 *)&target)->sin6_addr,
		  text, sizeof text);
	printf("PING %s: %ld data bytes\n", text, size);
	for (long i = 0; i < size; i++)
		message[HEADER + i] = (unsigned char)i;
	start = now();
	for (unsigned sequence = 1; sequence <= count; sequence++) {
		long long begin = now(), next = begin + (long long)(interval * 1e9);
		double time = 0;

		memset(message, 0, HEADER);
		message[0] = family == AF_INET ? 8 : 128;
		message[6] = (unsigned char)(sequence >> 8);
		message[7] = (unsigned char)sequence;
		/* The system gives it the identifier and the checksum. */
		if (send(fd, message, (size_t)(HEADER + size), 0) < 0) {
			printf("icmp_seq=%u: %s\n", sequence, strerror(errno));
		} else {
			sent++;
			code = receive(fd, sequence, begin, &time);
			if (code < 0)
				printf("icmp_seq=%u: %s\n", sequence, strerror(errno));
			if (code > 0) {
				received++;
				least = fmin(least, time);
				most = fmax(most, time);
				sum += time;
				squares += time * time;
			}
		}
		if (sequence < count && next > now()) {
			struct timespec rest = {(next - now()) / 1000000000, (next - now()) % 1000000000};

			nanosleep(&rest, NULL);
		}
	}
	printf("--- %s ping statistics ---\n", text);
	printf("%ld packets transmitted, %ld received, %ld%% packet loss, time %lldms\n", sent, received,
	       sent ? (sent - received) * 100 / sent : 0, (now() - start) / 1000000);
	if (received) {
		double mean = sum / received;

		printf("rtt min/avg/max/mdev = %.3f/%.3f/%.3f/%.3f ms\n", least, mean, most,
		       sqrt(fmax(squares / received - mean * mean, 0)));
	}
	return received ? 0 : 1;
}
