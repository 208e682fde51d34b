/*
 * What poll and epoll say of pipes and eventfds while they are filled, emptied, closed
 * and made again at random, against a model of them. Runs on Linux, too.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { PIPES = 6, EVENTS = 6, STEPS = 20000, LARGEST = 70000 };

struct pipe {
	int ends[2]; /* -1: closed */
	long count;  /* bytes in it */
	bool isFull; /* not one byte was taken */
};

static struct pipe pipes[PIPES];
static struct { int fd; uint64_t value; } events[EVENTS];
static char bytes[LARGEST];
static int set;
static uint64_t state = 88172645463325252u;

static uint32_t chance(uint32_t limit)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 32) % limit;
}

static void fail(const char *what, int step, long value)
{
	printf("step %d: %s: %ld, errno %d\n", step, what, value, errno);
	exit(1);
}

/* For all, until it is closed. */
static void interest(int fd, int step)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLOUT, .data.fd = fd };

	if (epoll_ctl(set, EPOLL_CTL_ADD, fd, &event))
		fail("epoll_ctl", step, fd);
}

static void make(struct pipe *pipe, int step)
{
	for (int i = 0; i < 2; i++)
		if (pipe->ends[i] >= 0)
			close(pipe->ends[i]);
	if (pipe2(pipe->ends, O_NONBLOCK))
		fail("pipe2", step, -1);
	interest(pipe->ends[0], step);
	interest(pipe->ends[1], step);
	pipe->count = 0;
	pipe->isFull = false;
}

static void change(struct pipe *pipe, int step)
{
	/* Short ones are usual. */
	size_t size = chance(4) ? 1 + chance(200) : 1 + chance(LARGEST);
	ssize_t moved;

	switch (chance(12)) {
	case 0:
		make(pipe, step);
		break;
	case 1:
		for (int i = 0; i < 2; i++) {
			if (pipe->ends[i] >= 0 && chance(4) == 0) {
				close(pipe->ends[i]);
				pipe->ends[i] = -1;
			}
		}
		break;
	case 2: case 3: case 4: case 5: case 6:
		if (pipe->ends[1] < 0 || pipe->ends[0] < 0)
			break;
		moved = write(pipe->ends[1], bytes, size);
		if (moved < 0 && errno != EAGAIN)
			fail("write", step, moved);
		if (moved > 0)
			pipe->count += moved;
		if (size == 1)
			pipe->isFull = moved < 0;
		break;
	default:
		if (pipe->ends[0] < 0)
			break;
		moved = read(pipe->ends[0], bytes, size);
		if (moved > pipe->count || (moved < 0 && (errno != EAGAIN || pipe->count > 0)))
			fail("read", step, moved);
		if (moved > 0) {
			pipe->count -= moved;
			pipe->isFull = false;
		}
	}
}

static void count(int step)
{
	uint32_t i = chance(EVENTS);
	uint64_t value = 1 + chance(3);

	if (chance(2)) {
		if (write(events[i].fd, &value, sizeof value) != sizeof value)
			fail("eventfd's write", step, (long)value);
		events[i].value += value;
	} else {
		ssize_t moved = read(events[i].fd, &value, sizeof value);

		if (events[i].value ? moved != sizeof value || value != events[i].value
				    : moved >= 0 || errno != EAGAIN)
			fail("eventfd's read", step, (long)value);
		events[i].value = 0;
	}
}

/* What epoll says, level by level, is what poll says at the same moment. */
static void compare(int step)
{
	struct epoll_event told[2 * PIPES + EVENTS + 1];
	struct pollfd fds[2 * PIPES + EVENTS];
	int ready, found = epoll_wait(set, told, 2 * PIPES + EVENTS + 1, 0);

	for (int i = 0; i < PIPES; i++)
		for (int end = 0; end < 2; end++)
			fds[2 * i + end] =
				(struct pollfd){ pipes[i].ends[end], POLLIN | POLLOUT, 0 };
	for (int i = 0; i < EVENTS; i++)
		fds[2 * PIPES + i] = (struct pollfd){ events[i].fd, POLLIN | POLLOUT, 0 };
	ready = poll(fds, 2 * PIPES + EVENTS, 0);
	if (found != ready)
		fail("epoll_wait", step, found);
	for (int i = 0; i < found; i++) {
		int k = 0;

		while (k < 2 * PIPES + EVENTS && fds[k].fd != told[i].data.fd)
			k++;
		if (k == 2 * PIPES + EVENTS || (uint32_t)fds[k].revents != told[i].events)
			fail("an event of epoll's", step, (long)told[i].events);
	}
}

static void check(int step)
{
	struct pollfd fds[2 * PIPES + EVENTS];
	int found, ready = 0;

	for (int i = 0; i < PIPES; i++) {
		for (int end = 0; end < 2; end++)
			fds[2 * i + end] = (struct pollfd){
				pipes[i].ends[end], (short)(chance(4) ? POLLIN | POLLOUT : 0), -1 };
	}
	for (int i = 0; i < EVENTS; i++)
		fds[2 * PIPES + i] = (struct pollfd){
			events[i].fd, (short)(chance(4) ? POLLIN : 0), -1 };
	found = poll(fds, 2 * PIPES + EVENTS, 0);
	for (int i = 0; i < PIPES; i++) {
		const struct pipe *pipe = pipes + i;
		int reading = (pipe->count ? POLLIN & fds[2 * i].events : 0) |
			(pipe->ends[1] < 0 ? POLLHUP : 0);
		int writing = fds[2 * i + 1].revents;

		if (fds[2 * i].revents != (pipe->ends[0] < 0 ? 0 : reading))
			fail("a pipe's reading end", step, fds[2 * i].revents);
		if (pipe->ends[1] < 0 ? writing != 0
		    : ((writing & POLLERR) != 0) != (pipe->ends[0] < 0) ||
		      writing & ~(POLLERR | (POLLOUT & fds[2 * i + 1].events)))
			fail("a pipe's writing end", step, writing);
		/* In between each system has a rule of its own. */
		if (pipe->ends[0] >= 0 && pipe->ends[1] >= 0 && fds[2 * i + 1].events &&
		    (pipe->isFull ? writing != 0 : pipe->count == 0 && writing != POLLOUT))
			fail("room in a pipe", step, writing);
	}
	for (int i = 0; i < EVENTS; i++) {
		int expected = events[i].value ? POLLIN & fds[2 * PIPES + i].events : 0;

		if (fds[2 * PIPES + i].revents != expected)
			fail("an eventfd", step, fds[2 * PIPES + i].revents);
	}
	for (int i = 0; i < 2 * PIPES + EVENTS; i++)
		ready += fds[i].revents != 0;
	if (found != ready)
		fail("poll", step, found);
}

int main(void)
{
	set = epoll_create1(0);
	for (int i = 0; i < PIPES; i++) {
		pipes[i].ends[0] = pipes[i].ends[1] = -1;
		make(pipes + i, -1);
	}
	for (int i = 0; i < EVENTS; i++)
		interest(events[i].fd = eventfd(0, EFD_NONBLOCK), -1);
	for (int step = 0; step < STEPS; step++) {
		if (chance(2))
			change(pipes + chance(PIPES), step);
		else
			count(step);
		if (chance(2))
			compare(step);
		check(step);
	}
	puts("all as it should be");
	return 0;
}
