/*
 * For the host: a link that loses, delays, doubles and damages frames, between a tap device of
 * its own and the emulator, which connects to a port of the loopback (-netdev socket).
 *
 *   bad_link TAP PORT SEED
 *
 * Of each direction's frames 2 % are lost, 5 % overtaken by up to three others, 1 % come twice, and
 * of 1 % one bit is another. Ends when the emulator does, and prints what it has done.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { LONGEST = 65536, HELD_MILLISECONDS = 5 };

/* One direction: at most one frame is held back, until others have overtaken it or time has passed. */
struct direction {
	void (*send)(const unsigned char *, size_t);
	unsigned char held[LONGEST];
	size_t held_length;
	int overtakers;
	long long held_until;
	long frames, lost, overtaken, doubled, damaged;
};

static int tap, emulator;
static uint64_t state;

/* xorshift64* */
static uint32_t chance(uint32_t below)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (uint32_t)((state * 2685821657736338717u) >> 33) % below;
}

static long long milliseconds(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
}

static void give_up(const char *why)
{
	perror(why);
	exit(1);
}

static void to_tap(const unsigned char *frame, size_t length)
{
	if (write(tap, frame, length) < 0 && errno != EIO && errno != EINVAL)
		give_up("tap");
}

static void to_emulator(const unsigned char *frame, size_t length)
{
	static unsigned char bytes[LONGEST + 4];
	uint32_t size = htonl((uint32_t)length);

	memcpy(bytes, &size, 4);
	memcpy(bytes + 4, frame, length);
	for (size_t done = 0; done < length + 4;) {
		ssize_t part = send(emulator, bytes + done, length + 4 - done, MSG_NOSIGNAL);
		if (part <= 0)
			return;
		done += (size_t)part;
	}
}

static struct direction to_host = {.send = to_tap}, to_guest = {.send = to_emulator};

static void release(struct direction *way)
{
	size_t length = way->held_length;

	way->held_length = 0;
	if (length > 0)
		way->send(way->held, length);
}

static void carry(struct direction *way, unsigned char *frame, size_t length)
{
	way->frames++;
	if (chance(100) < 2) {
		way->lost++;
		return;
	}
	if (chance(100) < 1) {
		uint32_t bit = chance((uint32_t)length * 8);
		frame[bit / 8] ^= (unsigned char)(1 << bit % 8);
		way->damaged++;
	}
	if (way->held_length == 0 && chance(100) < 5) {
		memcpy(way->held, frame, length);
		way->held_length = length;
		way->overtakers = 1 + (int)chance(3);
		way->held_until = milliseconds() + HELD_MILLISECONDS;
		way->overtaken++;
		return;
	}
	way->send(frame, length);
	if (chance(100) < 1) {
		way->send(frame, length);
		way->doubled++;
	}
	if (way->held_length > 0 && --way->overtakers == 0)
		release(way);
}

static int open_tap(const char *name)
{
	struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
	int fd = open("/dev/net/tun", O_RDWR);

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &request) < 0)
		give_up(name);
	return fd;
}

static int accept_emulator(int port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 1) < 0)
		give_up("listen");
	puts("listening");
	fflush(stdout);
	int fd = accept(listener, NULL, NULL);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	return fd;
}

static int receive_all(unsigned char *bytes, size_t count)
{
	return recv(emulator, bytes, count, MSG_WAITALL) == (ssize_t)count;
}

/* 0: the emulator has ended. */
static int take_from_emulator(unsigned char *frame)
{
	uint32_t size;

	if (!receive_all((unsigned char *)&size, 4) || (size = ntohl(size)) > LONGEST || !receive_all(frame, size))
		return 0;
	if (size > 0)
		carry(&to_host, frame, size);
	return 1;
}

static void tell(const char *name, const struct direction *way)
{
	printf("to the %s: %ld frames, %ld lost, %ld overtaken, %ld doubled, %ld damaged\n", name, way->frames,
	       way->lost, way->overtaken, way->doubled, way->damaged);
}

int main(int argc, char **argv)
{
	static unsigned char frame[LONGEST];

	if (argc != 4)
		return 2;
	state = strtoull(argv[3], NULL, 10) * 2 + 1;
	tap = open_tap(argv[1]);
	emulator = accept_emulator(atoi(argv[2]));
	for (;;) {
		struct pollfd ends[2] = {{.fd = tap, .events = POLLIN}, {.fd = emulator, .events = POLLIN}};
		int is_holding = to_host.held_length > 0 || to_guest.held_length > 0;
		if (poll(ends, 2, is_holding ? 1 : -1) < 0)
			give_up("poll");
		long long now = milliseconds();
		if (to_host.held_length > 0 && to_host.held_until <= now)
			release(&to_host);
		if (to_guest.held_length > 0 && to_guest.held_until <= now)
			release(&to_guest);
		if (ends[0].revents) {
			ssize_t length = read(tap, frame, sizeof frame);
			if (length > 0)
				carry(&to_guest, frame, (size_t)length);
		}
		if (ends[1].revents && !take_from_emulator(frame))
			break;
	}
	tell("guest", &to_guest);
	tell("host", &to_host);
	return 0;
}
