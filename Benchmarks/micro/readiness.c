/* Waiting for descriptors of which few have something to read. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "micro.h"

enum { IDLE = 1000, ACTIVE = 10, ALL = IDLE + ACTIVE };

static struct pollfd many[ALL];

static void close_all(int count)
{
	for (int i = 0; i < count; i++)
		close(many[i].fd);
}

/* Opens them, those with something to read evenly among the others: 0, or -1 and errno. */
static int open_all(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return -1;
	if (limit.rlim_cur < ALL + 50) {
		limit.rlim_cur = ALL + 50;
		if (limit.rlim_max < limit.rlim_cur)
			limit.rlim_max = limit.rlim_cur;
		if (setrlimit(RLIMIT_NOFILE, &limit))
			return -1;
	}
	for (int i = 0; i < ALL; i++) {
		many[i].fd = eventfd(i % (ALL / ACTIVE) == 0, 0);
		many[i].events = POLLIN;
		if (many[i].fd < 0) {
			close_all(i);
			return -1;
		}
	}
	return 0;
}

uint64_t poll_many(uint64_t count)
{
	uint64_t time = FAILED, start, i;

	if (open_all())
		return FAILED;
	start = now();
	for (i = 0; i < count; i++)
		if (poll(many, ALL, -1) != ACTIVE)
			break;
	if (i == count)
		time = now() - start;
	close_all(ALL);
	return time;
}

uint64_t wait_for_many(uint64_t count)
{
	struct epoll_event events[64];
	uint64_t time = FAILED, start, i;
	int set;

	if (open_all())
		return FAILED;
	set = epoll_create1(0);
	for (i = 0; i < ALL; i++) {
		struct epoll_event event = { .events = EPOLLIN, .data.fd = many[i].fd };

		if (epoll_ctl(set, EPOLL_CTL_ADD, many[i].fd, &event))
			count = 0;
	}
	start = now();
	for (i = 0; i < count; i++)
		if (epoll_wait(set, events, 64, -1) != ACTIVE)
			break;
	if (count && i == count)
		time = now() - start;
	close(set);
	close_all(ALL);
	return time;
}
