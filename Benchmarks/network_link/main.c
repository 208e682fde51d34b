/*
 * For the host: a link that delays, loses, disorders, doubles and damages frames, between a tap
 * device of its own, or one that is there, and the emulator, which connects to a port of the
 * loopback (-netdev socket).
 *
 *   network_link TAP PORT SEED DELAY LOST [OVERTAKEN DOUBLED DAMAGED]
 *
 * DELAY are the microseconds that a frame takes, the others are frames of 10,000, in each direction:
 * those that are lost, that up to three others overtake, that come twice, and of which one bit is
 * another. Prints a line when it listens; ends when the emulator does, and prints what it has done.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
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

/* Of linux/if_tun.h, which is the kernel's and not beside every C library. */
#ifndef TUNSETIFF
#define TUNSETIFF _IOW('T', 202, int)
#define IFF_TAP 0x0002
#define IFF_NO_PI 0x1000
#endif

enum { LONGEST = 1600, MOST = 4096, HELD_NANOSECONDS = 5000000 };

struct frame {
	long long due;
	size_t length;
	/* Behind its length, as the emulator wants it. */
	unsigned char bytes[4 + LONGEST];
};

/* The frames of one direction that are on their way, oldest first; and at most one that is held back,
   until others have overtaken it or time has passed. */
struct direction {
	struct frame frames[MOST], held;
	size_t first, count;
	int overtakers;
	long seen, lost, overtaken, doubled, damaged;
};

static struct direction to_host, to_guest;
static int tap, emulator;
static long long delay;
/* Frames of 10,000. */
static uint32_t losses, overtakings, doublings, damages;
static uint64_t state;

/* xorshift64* */
static uint32_t chance(uint32_t below)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (uint32_t)((state * 2685821657736338717u) >> 33) % below;
}

static long long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void give_up(const char *why)
{
	perror(why);
	exit(1);
}

/* What finds the way full is lost. */
static void send_off(struct direction *way, const struct frame *frame)
{
	struct frame *place = &way->frames[(way->first + way->count) % MOST];

	if (way->count == MOST) {
		way->lost++;
		return;
	}
	memcpy(place->bytes + 4, frame->bytes + 4, frame->length);
	place->length = frame->length;
	place->due = now() + delay;
	way->count++;
}

static void release(struct direction *way)
{
	if (way->held.length > 0)
		send_off(way, &way->held);
	way->held.length = 0;
}

static void carry(struct direction *way, struct frame *frame)
{
	way->seen++;
	if (chance(10000) < losses) {
		way->lost++;
		return;
	}
	if (chance(10000) < damages) {
		uint32_t bit = chance((uint32_t)frame->length * 8);

		frame->bytes[4 + bit / 8] ^= (unsigned char)(1 << bit % 8);
		way->damaged++;
	}
	if (way->held.length == 0 && chance(10000) < overtakings) {
		way->held = *frame;
		way->held.due = now() + HELD_NANOSECONDS;
		way->overtakers = 1 + (int)chance(3);
		way->overtaken++;
		return;
	}
	send_off(way, frame);
	if (chance(10000) < doublings) {
		send_off(way, frame);
		way->doubled++;
	}
	if (way->held.length > 0 && --way->overtakers == 0)
		release(way);
}

static int receive_all(void *bytes, size_t count)
{
	return recv(emulator, bytes, count, MSG_WAITALL) == (ssize_t)count;
}

/* 0: the emulator has ended. */
static int take_from_emulator(void)
{
	static struct frame frame;
	uint32_t size;

	if (!receive_all(&size, 4) || (size = ntohl(size)) > LONGEST || !receive_all(frame.bytes + 4, size))
		return 0;
	frame.length = size;
	if (size > 0)
		carry(&to_host, &frame);
	return 1;
}

static void take_from_tap(void)
{
	static struct frame frame;
	ssize_t length = read(tap, frame.bytes + 4, LONGEST);

	if (length > 0) {
		frame.length = (size_t)length;
		carry(&to_guest, &frame);
	}
}

/* 0: the emulator has ended. */
static int send_to_emulator(struct frame *frame)
{
	uint32_t size = htonl((uint32_t)frame->length);

	memcpy(frame->bytes, &size, 4);
	for (size_t done = 0; done < frame->length + 4;) {
		ssize_t part = send(emulator, frame->bytes + done, frame->length + 4 - done, MSG_NOSIGNAL);
		if (part <= 0)
			return 0;
		done += (size_t)part;
	}
	return 1;
}

static struct frame *take_due(struct direction *way, long long time)
{
	struct frame *frame = &way->frames[way->first];

	if (way->count == 0 || frame->due > time)
		return NULL;
	way->first = (way->first + 1) % MOST;
	way->count--;
	return frame;
}

/* 0: the emulator has ended. */
static int deliver(void)
{
	long long time = now();
	struct frame *frame;

	if (to_host.held.due <= time)
		release(&to_host);
	if (to_guest.held.due <= time)
		release(&to_guest);
	while ((frame = take_due(&to_host, time)))
		if (write(tap, frame->bytes + 4, frame->length) < 0 && errno != EIO && errno != EINVAL)
			give_up("tap");
	while ((frame = take_due(&to_guest, time)))
		if (!send_to_emulator(frame))
			return 0;
	return 1;
}

static void make_earlier(long long *due, const struct direction *way)
{
	if (way->count > 0 && way->frames[way->first].due < *due)
		*due = way->frames[way->first].due;
	if (way->held.length > 0 && way->held.due < *due)
		*due = way->held.due;
}

/* How long nothing is due; NULL: for ever. */
static struct timespec *time_left(struct timespec *left)
{
	long long due = INT64_MAX, wait;

	make_earlier(&due, &to_host);
	make_earlier(&due, &to_guest);
	if (due == INT64_MAX)
		return NULL;
	wait = due - now();
	left->tv_sec = wait > 0 ? wait / 1000000000 : 0;
	left->tv_nsec = wait > 0 ? wait % 1000000000 : 0;
	return left;
}

static int open_tap(const char *name)
{
	struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK);

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
	if (fd < 0)
		give_up("accept");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	return fd;
}

static void tell(const char *name, const struct direction *way)
{
	printf("to the %s: %ld frames, %ld lost, %ld overtaken, %ld doubled, %ld damaged\n", name, way->seen,
	       way->lost, way->overtaken, way->doubled, way->damaged);
}

static void serve(void)
{
	for (;;) {
		struct pollfd ends[2] = {{.fd = tap, .events = POLLIN}, {.fd = emulator, .events = POLLIN}};
		struct timespec left;

		if (ppoll(ends, 2, time_left(&left), NULL) < 0)
			give_up("poll");
		if (ends[0].revents)
			take_from_tap();
		if (ends[1].revents && !take_from_emulator())
			return;
		if (!deliver())
			return;
	}
}

int main(int argc, char **argv)
{
	if (argc != 6 && argc != 9)
		return 2;
	state = strtoull(argv[3], NULL, 10) * 2 + 1;
	delay = atoll(argv[4]) * 1000;
	losses = (uint32_t)atoi(argv[5]);
	if (argc == 9) {
		overtakings = (uint32_t)atoi(argv[6]);
		doublings = (uint32_t)atoi(argv[7]);
		damages = (uint32_t)atoi(argv[8]);
	}
	tap = open_tap(argv[1]);
	emulator = accept_emulator(atoi(argv[2]));
	serve();
	tell("guest", &to_guest);
	tell("host", &to_host);
	return 0;
}
